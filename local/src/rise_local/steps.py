"""What a person sees while the platform comes up: one line a step."""

import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import TextIO

WORTH_SAYING_S = 0.1


class Steps:
    """Prints steps as they end; on a terminal also the one under way."""

    def __init__(self, stream: TextIO = sys.stderr) -> None:
        """Print to `stream`."""
        self._stream = stream
        self._live = stream.isatty()

    def say(self, text: str) -> None:
        """Print a line."""
        self._erase()
        self._stream.write(f"{text}\n")
        self._stream.flush()

    @contextmanager
    def step(self, name: str) -> Generator[None]:
        """Show that `name` is under way, then that it is done and how long it took."""
        if self._live:
            self._stream.write(f"  … {name}")
            self._stream.flush()
        began = time.monotonic()
        try:
            yield
        except BaseException:
            self.say(f"  ✗ {name}")
            raise
        took = time.monotonic() - began
        self.say(f"  ✓ {name}" + (f" ({took:.1f} s)" if took > WORTH_SAYING_S else ""))

    def _erase(self) -> None:
        if self._live:
            self._stream.write("\r\033[K")


class Silent(Steps):
    """Prints nothing: the platform of a test session."""

    def say(self, text: str) -> None:
        """Print nothing."""
        del text
