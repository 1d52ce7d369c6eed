"""A connection that remembers what was written to it, in the pieces in which it left."""

from __future__ import annotations

import asyncio
from typing import Any

THE_END = b"(the end)"


class Recording(asyncio.Transport):
    """Remembers what it was told; `THE_END` is its close."""

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__({"peername": ("127.0.0.1", 1)})
        self.written: list[bytes] = []

    def write(self, data: bytes | bytearray | memoryview[Any]) -> None:
        """Remember `data`."""
        self.written.append(bytes(data))

    def close(self) -> None:
        """Remember the end."""
        self.written.append(THE_END)

    def is_closing(self) -> bool:
        """Whether the end was told."""
        return THE_END in self.written

    def pause_reading(self) -> None:
        """Be told to wait."""

    def resume_reading(self) -> None:
        """Be told to go on."""
