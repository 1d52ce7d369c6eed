"""What a person sees while the platform comes up: one line a step."""

import sys
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import TextIO

WORTH_SAYING_S = 0.1
ERASE = "\r\033[K"


class Steps:
    """Prints steps as they end; on a terminal also the one under way.

    A terminal that has gone away stops nothing: whoever prints may be cleaning up.
    """

    def __init__(self, stream: TextIO = sys.stderr) -> None:
        """Print to `stream`."""
        self._stream = stream
        self._live = stream.isatty()

    def say(self, text: str) -> None:
        """Print a line."""
        self._write(f"{ERASE if self._live else ''}{text}\n")

    @contextmanager
    def step(self, name: str) -> Generator[None]:
        """Show that `name` is under way, then that it is done and how long it took."""
        if self._live:
            self._write(f"  … {name}")
        began = time.monotonic()
        try:
            yield
        except BaseException:
            self.say(f"  ✗ {name}")
            raise
        took = time.monotonic() - began
        self.say(f"  ✓ {name}" + (f" ({took:.1f} s)" if took > WORTH_SAYING_S else ""))

    def _write(self, text: str) -> None:
        with suppress(OSError):
            self._stream.write(text)
            self._stream.flush()


class Silent(Steps):
    """Prints nothing: the platform of a test session."""

    def say(self, text: str) -> None:
        """Print nothing."""
        del text
