"""`rise` in a fork of a process that has imported it (`fork_server`): as a start, but quick."""

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import fork_server


def run(
    command: Sequence[str], *, stdin: str, env: Mapping[str, str], timeout_s: float
) -> subprocess.CompletedProcess[str]:
    """Run `rise`, as `subprocess.run` would with text captured.

    Raises:
        subprocess.TimeoutExpired: it does not end; it is killed.
    """
    asked = {"command": list(command), "env": dict(env), "folder": str(Path.cwd())}
    with (
        tempfile.TemporaryFile("w+") as given,
        tempfile.TemporaryFile("w+") as out,
        tempfile.TemporaryFile("w+") as err,
        socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as connection,
    ):
        given.write(stdin)
        given.seek(0)
        connection.connect(_address())
        streams = [given.fileno(), out.fileno(), err.fileno()]
        socket.send_fds(connection, [json.dumps(asked).encode()], streams)
        code = _end(connection, command, timeout_s)
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(command, code, out.read(), err.read())


def _end(connection: socket.socket, command: Sequence[str], timeout_s: float) -> int:
    process = int(connection.recv(64))
    connection.settimeout(timeout_s)
    try:
        return int(connection.recv(64))
    except TimeoutError:
        os.kill(process, signal.SIGKILL)
        raise subprocess.TimeoutExpired(command, timeout_s) from None


@cache
def _address() -> str:
    """Start the server; it ends with this process. Return where it listens."""
    folder = tempfile.TemporaryDirectory(prefix="rise-forks-")
    address = str(Path(folder.name) / "socket")
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(address)
        listener.listen(64)
        number = listener.fileno()
        server = subprocess.Popen(
            [sys.executable, fork_server.__file__, str(number)],
            stdin=subprocess.PIPE,
            pass_fds=[number],
        )

    def end() -> None:
        server.communicate()
        folder.cleanup()

    atexit.register(end)
    return address
