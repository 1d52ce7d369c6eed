"""What each server's files held when it was started: most servers read them only then.

By which command, with which variables and in which order it was started stands in the supervisor's
own configuration: when that changes, the supervisor is started again, with all its processes.
"""

import hashlib
import json
from collections.abc import Sequence
from contextlib import suppress

from rise_local.home import Home, write_private
from rise_local.process import Process


def outdated(home: Home, processes: Sequence[Process]) -> list[str]:
    """Return the processes whose files hold something else than when they were started."""
    kept: dict[str, str] = {}
    with suppress(FileNotFoundError, ValueError):
        kept = json.loads(home.started_with.read_text())
    now = _digests(processes)
    return [name for name, digest in now.items() if kept.get(name) != digest]


def remember(home: Home, processes: Sequence[Process]) -> None:
    """Remember what the files hold, while none runs that was started with something else.

    In this order an interruption costs one start too many, and never leaves one out.
    """
    text = json.dumps(_digests(processes), indent=2, sort_keys=True)
    write_private(home.started_with, f"{text}\n")


def _digests(processes: Sequence[Process]) -> dict[str, str]:
    return {process.name: _digest(process) for process in processes if process.files}


def _digest(process: Process) -> str:
    read = hashlib.sha256()
    for path in process.files:
        content = path.read_bytes()
        read.update(f"{path} {len(content)}\n".encode() + content)
    return read.hexdigest()
