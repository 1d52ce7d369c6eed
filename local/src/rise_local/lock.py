"""One command at a time changes a platform."""

import fcntl
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import IO

from rise_local.home import Home


@contextmanager
def held(home: Home, say: Callable[[str], None]) -> Generator[None]:
    """Keep other commands from changing the platform meanwhile; `say` who does while waiting.

    The lock is the kernel's: it goes with the process that has it, however that ends.
    """
    lock = _open(home, say)
    while not _is_in_place(lock, home):  # whoever had it was `reset`, and deleted it
        lock.close()
        home.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = _open(home, say)
    with lock:
        lock.seek(0)
        lock.truncate()
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


def _open(home: Home, say: Callable[[str], None]) -> IO[str]:
    lock = home.lock.open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.seek(0)
        say(f"waiting for another command (process {lock.read().strip()})")
        fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def _is_in_place(lock: IO[str], home: Home) -> bool:
    try:
        return os.fstat(lock.fileno()).st_ino == home.lock.stat().st_ino
    except FileNotFoundError:
        return False
