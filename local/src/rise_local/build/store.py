"""Where finished programs are kept, and how two runs keep out of each other's way.

    <cache>/tools/<module>-<digest>/<program>        finished, put there by one rename
    <cache>/tools/<module>-<digest>/<program>.log    what its last build said
    <cache>/tools/<module>-<digest>.lock             held while somebody builds; says who

The digest covers go.mod, go.sum, the flags, the Go version and the machine's kind.
"""

import contextlib
import fcntl
import hashlib
import os
import platform
import shutil
import socket
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from rise_local.build.servers import SERVERS, Server
from rise_local.errors import LocalError
from rise_local.home import CHECKOUT

COMMON_FLAGS = ("-trimpath",)
UNUSED_S = 30 * 24 * 3600.0


@dataclass(frozen=True)
class Store:
    """The cache, and what is built into it from where."""

    cache: Path
    tools: Path = CHECKOUT / "tools"
    servers: tuple[Server, ...] = SERVERS

    def shelf(self, module: str, go_version: str) -> Path:
        """Return the directory of the programs of `module`."""
        system = f"{sys.platform} {platform.machine()}"
        digest = hashlib.sha256("\n".join([go_version, system, *COMMON_FLAGS]).encode())
        for server in self.servers:
            if server.module == module:
                built_with = " ".join([server.linker_flags, *server.tags])
                digest.update(f"\n{server.package} {built_with}".encode())
        for name in ("go.mod", "go.sum"):
            digest.update((self.tools / module / name).read_bytes())
        return self.cache / "tools" / f"{module}-{digest.hexdigest()[:16]}"


def user_cache() -> Path:
    """Return the user's cache directory for Rise.

    Raises:
        LocalError: the user has no home directory.
    """
    chosen = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if chosen.is_absolute():  # anything else is to be ignored, says the specification
        return chosen / "rise"
    try:
        home = Path.home()
    except RuntimeError:
        raise LocalError(
            "there is no home directory to keep the servers in: set HOME or XDG_CACHE_HOME"
        ) from None
    parts = ("Library", "Caches") if sys.platform == "darwin" else (".cache",)
    return home.joinpath(*parts) / "rise"


@contextmanager
def held(directory: Path, say: Callable[[str], None]) -> Generator[int]:
    """Hold the lock of `directory`, yielding its descriptor; `say` who has it while waiting.

    The lock is the kernel's: it goes with the last process that has the descriptor open, however
    that ends. A compiler inherits it, so an orphan is waited for too.

    Raises:
        LocalError: the cache cannot be written.
    """
    path = Path(f"{directory}.lock")
    try:
        directory.mkdir(parents=True, exist_ok=True)
        path.touch()
    except OSError as error:
        raise LocalError(
            f"the servers are kept in {directory.parent}, which cannot be written "
            f"({error.strerror}): give yourself the right, or name another place in XDG_CACHE_HOME"
        ) from error
    with path.open("r+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting for another build of {directory.name}, by {_holder(lock)}")
            fcntl.flock(lock, fcntl.LOCK_EX)
        _sign(lock)
        yield lock.fileno()


def finish(part: Path, program: Path) -> None:
    """Put the finished `part` in place; a crash of the machine leaves it whole or not at all."""
    for path in (part, part.parent):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if path is part:
            part.replace(program)


def mark_used(shelf: Path) -> None:
    """Remember that the programs of `shelf` are in use, where the cache can be written."""
    with contextlib.suppress(OSError):
        os.utime(shelf)


def discard_unused(shelf: Path, module: str) -> None:
    """Delete what earlier builds of `module` left, unless it was used in the last month."""
    for other in shelf.parent.glob(f"{module}-????????????????"):
        if other != shelf and time.time() - other.stat().st_mtime > UNUSED_S:
            shutil.rmtree(other, ignore_errors=True)


def _holder(lock: IO[str]) -> str:
    lock.seek(0)
    return lock.read().strip() or "somebody who has not signed yet"


def _sign(lock: IO[str]) -> None:
    lock.seek(0)
    lock.truncate()
    since = datetime.now(UTC).isoformat(timespec="seconds")
    lock.write(f"process {os.getpid()} on {socket.gethostname()} since {since}\n")
    lock.flush()
