"""Ports on the loopback address: chosen once, remembered, chosen again when somebody took one."""

import json
import random
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress

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
    with suppress(FileNotFoundError, ValueError):
        return {str(name): int(port) for name, port in json.loads(home.ports.read_text()).items()}
    return {}


def choose(home: Home, names: Sequence[str], say: Callable[[str], None]) -> dict[str, int]:
    """Return a port for each name, as remembered where it is still free, and remember them.

    Only for a platform that is not running: its own servers would look like somebody else's.

    Raises:
        LocalError: no free port was found.
    """
    before = remembered(home)
    ports: dict[str, int] = {}
    for name in names:
        port = before.get(name)
        if port is None or not is_free(port) or port in ports.values():
            ports[name] = _another({*ports.values(), *before.values()})
            if port is not None:
                say(f"port {port} of {name} is taken by somebody else: {ports[name]} from now on")
        else:
            ports[name] = port
    write_private(home.ports, json.dumps(ports, indent=2) + "\n")
    return ports


def _another(used: set[int]) -> int:
    dice = random.SystemRandom()
    for _ in range(ATTEMPTS):
        port = dice.randint(FIRST, LAST)
        if port not in used and is_free(port):
            return port
    raise LocalError(
        f"no free port between {FIRST} and {LAST} on {LOOPBACK}: end a program that listens there"
    )
