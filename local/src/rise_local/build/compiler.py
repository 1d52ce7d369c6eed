"""One `go build`: counted while it runs, finished by a rename, explained when it fails."""

import os
import signal
import subprocess
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile

from rise_local.build.progress import Progress
from rise_local.build.servers import Server
from rise_local.build.store import COMMON_FLAGS, finish
from rise_local.errors import LocalError

PATIENCE_S = 10.0
# The machine's own settings that would build something else, or for another machine.
_FOREIGN = frozenset({"GOARCH", "GOEXPERIMENT", "GOFLAGS", "GOOS", "GOROOT", "GOWORK"})
_SETTINGS = {
    "CGO_ENABLED": "0",
    "GOFLAGS": "-mod=readonly",  # not empty: an empty one leaves `go env -w` its say
    "GOTOOLCHAIN": "local",
    "GOWORK": "off",
}
_WHY = {
    "no space left": "the disk is full: make room",
    "signal: killed": "a compiler was killed, most likely for want of memory: end something else",
    "no such host": "its modules cannot be fetched: check the network, or set GOPROXY",
    "dial tcp": "its modules cannot be fetched: check the network, or set GOPROXY",
    "i/o timeout": "its modules cannot be fetched: check the network, or set GOPROXY",
    "TLS handshake": "its modules cannot be fetched: check the network, or set GOPROXY",
    "SECURITY ERROR": "a module is not what go.sum says: do not use it, and tell us",
}


class Compiler:
    """Runs Go in the modules under `tools`, several at once, until it is stopped."""

    def __init__(self, go: Path, tools: Path, progress: Progress) -> None:
        """Use the command `go` on the modules under `tools`."""
        self._go = go
        self._tools = tools
        self._progress = progress
        self._running: set[subprocess.Popen[str]] = set()
        self._stopped = False

    def compile(self, server: Server, shelf: Path, lock: int) -> None:
        """Build `server` into `shelf`, whose `lock` we hold.

        An interrupted build leaves only a part file, which the next one removes.

        Raises:
            LocalError: Go refuses, or was stopped; the log is named.
        """
        for left in shelf.glob(f".{server.name}.*.part"):
            left.unlink()  # under the lock: nobody is writing it
        part = shelf / f".{server.name}.{os.getpid()}.part"
        began = time.monotonic()
        try:
            self._build(server, part, shelf / f"{server.name}.log", lock)
            finish(part, shelf / server.name)
        finally:
            part.unlink(missing_ok=True)
        self._progress.finish(server.name, time.monotonic() - began)

    def stop(self) -> None:
        """End every Go that runs, with all its compilers; start no other."""
        self._stopped = True
        for process in tuple(self._running):
            # An interrupted go removes its work directory; a terminated one leaves it behind.
            _signal_group(process, signal.SIGINT)
            try:
                process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                _signal_group(process, signal.SIGKILL)

    def _build(self, server: Server, part: Path, log: Path, lock: int) -> None:
        directory = self._tools / server.module
        self._progress.advance(server.name, 0, 0)
        total = self._packages(server, directory, log, lock)
        flags = [*COMMON_FLAGS, *_tags(server), "-ldflags", server.linker_flags, "-o", str(part)]
        command = [str(self._go), "build", "-v", *flags, server.package]
        with log.open("w") as said, self._run(command, directory, lock, None) as process:
            self._progress.advance(server.name, 0, total)
            for done, line in enumerate(process.stderr or (), start=1):
                said.write(line)
                self._progress.advance(server.name, done, total)
        if process.returncode != 0:
            raise _failure(server, log, stopped=self._stopped)

    def _packages(self, server: Server, directory: Path, log: Path, lock: int) -> int:
        """Return how many packages there are to compile; the modules are fetched on the way."""
        command = [str(self._go), "list", "-deps", *_tags(server), server.package]
        with (
            TemporaryFile("w+") as listed,
            log.open("w") as said,
            self._run(command, directory, lock, listed.fileno()) as process,
        ):
            said.writelines(process.stderr or ())
            process.wait()
            listed.seek(0)
            packages = sum(1 for _ in listed)
        if process.returncode != 0:
            raise _failure(server, log, stopped=self._stopped)
        return packages

    @contextmanager
    def _run(
        self, command: Sequence[str], directory: Path, lock: int, output: int | None
    ) -> Generator[subprocess.Popen[str]]:
        """Run Go in a session of its own, so that `stop` reaches its compilers too."""
        with subprocess.Popen(  # noqa: S603 - Go, on our own modules
            command,
            cwd=directory,
            env=environment(os.environ),
            stdout=subprocess.DEVNULL if output is None else output,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
            pass_fds=(lock,),
        ) as process:
            self._running.add(process)
            if self._stopped:
                _signal_group(process, signal.SIGKILL)
            try:
                yield process
            finally:
                self._running.discard(process)


def environment(machine: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which the machine's own Go settings change nothing."""
    return {key: value for key, value in machine.items() if key not in _FOREIGN} | _SETTINGS


def _signal_group(process: subprocess.Popen[str], number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def _tags(server: Server) -> list[str]:
    return ["-tags", ",".join(server.tags)] if server.tags else []


def _failure(server: Server, log: Path, *, stopped: bool) -> LocalError:
    if stopped:
        return LocalError(f"the build of {server.name} was stopped; run it again to go on")
    said = log.read_text(errors="replace")
    why = next((why for sign, why in _WHY.items() if sign in said), "Go refuses: read the log")
    return LocalError(f"{server.name} cannot be built, {why}. The log: {log}")
