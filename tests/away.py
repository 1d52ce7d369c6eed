"""Something is away for a while."""

import signal
from collections.abc import Generator
from contextlib import contextmanager

from rise_local.platform import Platform


@contextmanager
def away(platform: Platform, name: str, number: int = signal.SIGTERM) -> Generator[None]:
    """Stop one process by a signal, and start it again whatever happens."""
    platform.stop(name, number)
    try:
        yield
    finally:
        platform.start(name)
