"""Runs `rise` again and again without importing it each time: every run is a fork of this process.

All else is as in a start of the program: a process of its own with arguments, environment,
directory, streams and exit code, and an interpreter that ends. That a start imports little is shown
by tests/unit/rise_cli, which starts the program itself, as kubectl does everywhere.

A request is one packet: JSON, with standard input, output and error beside it. The answer is the
process's id, then its exit code.
"""

import gc
import importlib
import json
import os
import pkgutil
import select
import signal
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

LARGEST = 1 << 20
STREAMS = 3
# What commands import when they need it.
HEAVY = ("urllib3", "yaml", "ssl", "email.message", "encodings.idna", "webbrowser")


def serve(listener: socket.socket) -> None:
    """Fork for each request until standard input ends: whoever started this has ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those who answer
    while sys.stdin not in select.select([listener, sys.stdin], [], [])[0]:
        connection, _ = listener.accept()
        with connection:
            if os.fork() == 0:
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                listener.close()
                answer(connection)
                return


def answer(connection: socket.socket) -> None:
    """Run what is asked for in a child, and say how it ended."""
    packet, streams, _, _ = socket.recv_fds(connection, LARGEST, STREAMS)
    child = os.fork()
    if child == 0:
        connection.close()
        become(json.loads(packet), streams)
        return
    with suppress(BrokenPipeError):  # who asked waits no longer
        connection.send(b"%d" % child)
        _, status = os.waitpid(child, 0)
        connection.send(b"%d" % os.waitstatus_to_exitcode(status))
    os._exit(0)


def become(asked: Mapping[str, Any], streams: list[int]) -> None:
    """Be the program that was asked for, to its end."""
    from rise_cli.__main__ import main  # noqa: PLC0415 - whoever imports this module runs nothing

    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - what the process has to its end
    sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", closefd=False, buffering=1)  # noqa: SIM115
    os.environ.clear()
    os.environ.update(asked["env"])
    os.chdir(asked["folder"])
    sys.argv = asked["command"]
    main()


def everything() -> None:
    """Import whatever a command may need."""
    import rise_cli  # noqa: PLC0415 - as above

    for module in pkgutil.walk_packages(rise_cli.__path__, "rise_cli."):
        importlib.import_module(module.name)
    for name in HEAVY:
        importlib.import_module(name)
    gc.freeze()  # what is shared stays shared: nobody looks for garbage in it


if __name__ == "__main__":
    everything()
    serve(socket.socket(fileno=int(sys.argv[1])))
