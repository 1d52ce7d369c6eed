"""How far the builds are: one line that changes on a terminal, a line now and then elsewhere."""

import shutil
import sys
import threading
import time
from typing import TextIO

PLAIN_INTERVAL_S = 30.0
LIVE_INTERVAL_S = 0.1


class Progress:
    """Counts packages of each program; safe to call from several threads."""

    def __init__(self, stream: TextIO | None = None, interval_s: float = PLAIN_INTERVAL_S) -> None:
        """Show on `stream`; without a terminal at most one line in `interval_s` seconds."""
        self._stream = stream or sys.stderr
        self._live = self._stream.isatty()
        self._interval_s = LIVE_INTERVAL_S if self._live else interval_s
        self._counts: dict[str, tuple[int, int]] = {}
        self._shown = float("-inf")
        self._lock = threading.Lock()

    def say(self, text: str) -> None:
        """Print a line."""
        with self._lock:
            self._write(text, final=True)

    def advance(self, name: str, done: int, total: int) -> None:
        """Say that `done` of `total` packages of `name` are compiled; 0: they are being fetched."""
        with self._lock:
            self._counts[name] = (min(done, total), total)
            self._show()

    def finish(self, name: str, seconds: float) -> None:
        """Say that `name` is built."""
        with self._lock:
            self._counts.pop(name, None)
            self._write(f"  built {name} ({seconds:.0f} s)", final=True)

    def _show(self) -> None:
        now = time.monotonic()
        if now - self._shown < self._interval_s:
            return
        self._shown = now
        text = "  " + ", ".join(_count(name, *count) for name, count in self._counts.items())
        if self._live:
            text = text[: shutil.get_terminal_size().columns - 1]
        self._write(text, final=not self._live)

    def _write(self, text: str, *, final: bool) -> None:
        start = "\r\033[K" if self._live else ""
        self._stream.write(start + text + ("\n" if final else ""))
        self._stream.flush()


def _count(name: str, done: int, total: int) -> str:
    return f"{name} {done}/{total} packages" if total else f"{name}: fetching its modules"
