"""Ports for what a test starts beside the platform."""

import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from rise_local import ports
from rise_local.home import prepared


@contextmanager
def chosen_ports(*names: str) -> Generator[dict[str, int]]:
    """Choose a port for each name: nobody else's meanwhile, also while nobody listens there yet.

    Another session may look for one at the same moment, and a program takes a second to listen.
    """
    with tempfile.TemporaryDirectory(prefix="rise-ports-") as folder:
        yield ports.choose(prepared(Path(folder)), names, print)
