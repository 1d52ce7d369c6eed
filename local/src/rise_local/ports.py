"""Ports on the loopback address: chosen once, remembered, chosen again when somebody took one.

A port is a platform's from when it is chosen, not only while somebody listens: a link in the user's
cache shows every platform's choice to the others.

    <cache>/ports/<digest of the root>    link to the platform's ports.json
    <cache>/ports/lock                    held while one chooses
"""

import fcntl
import hashlib
import json
import os
import random
import socket
from collections.abc import Callable, Collection, Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from rise_local.build.store import user_cache
from rise_local.errors import LocalError
from rise_local.home import Home, write_private

LOOPBACK = "127.0.0.1"
# Below the ports that Linux (32768 up) and macOS (49152 up) hand to outgoing connections.
FIRST, LAST = 21000, 31999
ATTEMPTS = 200


def is_free(port: int) -> bool:
    """Return whether nobody listens on `port` of the loopback address."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        if probe.connect_ex((LOOPBACK, port)) == 0:
            return False
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def remembered(home: Home) -> dict[str, int]:
    """Return the ports chosen earlier; empty when there are none."""
    return _read(home.ports)


def choose(
    home: Home, names: Sequence[str], say: Callable[[str], None], *, cache: Path | None = None
) -> dict[str, int]:
    """Return a port for each name, as remembered where it is still free, and remember them.

    Only for a platform that is not running: its own servers would look like somebody else's.

    Raises:
        LocalError: no free port was found.
    """
    with _others(home, (cache or user_cache()) / "ports") as others:
        before = remembered(home)
        ports: dict[str, int] = {}
        for name in names:
            port = before.get(name)
            if port is None or not is_free(port) or port in {*ports.values(), *others}:
                ports[name] = _another({*ports.values(), *before.values(), *others})
                if port is not None:
                    new = ports[name]
                    say(f"port {port} of {name} is taken by somebody else: {new} from now on")
            else:
                ports[name] = port
        write_private(home.ports, json.dumps(ports, indent=2) + "\n")
    return ports


@contextmanager
def _others(home: Home, directory: Path) -> Generator[set[int]]:
    """Yield what this user's other platforms have chosen; let no two choose at the same time.

    Where the cache cannot be written, nobody knows of anybody.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        lock = (directory / "lock").open("a")
    except OSError:
        yield set()
        return
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        own = home.ports.resolve()  # a checkout may be reached by several paths
        mine = directory / hashlib.sha256(os.fsencode(own)).hexdigest()[:16]
        if not mine.is_symlink():
            mine.symlink_to(own)
        yield {port for link in directory.iterdir() if link != mine for port in _shown(link)}


def _shown(link: Path) -> Collection[int]:
    """Return the ports of the platform behind `link`, which goes when the platform was reset."""
    if link.is_symlink() and not link.exists():
        link.unlink()
    return _read(link).values() if link.is_symlink() else ()


def _another(used: set[int]) -> int:
    dice = random.SystemRandom()
    for _ in range(ATTEMPTS):
        port = dice.randint(FIRST, LAST)
        if port not in used and is_free(port):
            return port
    raise LocalError(
        f"no free port between {FIRST} and {LAST} on {LOOPBACK}: end a program that listens there"
    )


def _read(path: Path) -> dict[str, int]:
    with suppress(OSError, ValueError):
        return {str(name): int(port) for name, port in json.loads(path.read_text()).items()}
    return {}
