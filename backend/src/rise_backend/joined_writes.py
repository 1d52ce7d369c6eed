"""A transport on which what is written in one turn of the event loop leaves together.

uvicorn writes the head of an answer and its body apart: two TLS records, two system calls, and a
client that is woken twice, for answers that are smaller than one packet.
"""

from __future__ import annotations

import asyncio
from typing import Any

HELD_BYTES = 64 * 1024  # more is sent at once, so that whoever writes is told when to wait


class JoinedWrites(asyncio.Transport):
    """Hands everything on to a transport; writes a turn of the loop later at most."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        """Write to `transport`, whose protocol runs in `loop`."""
        super().__init__()
        self._transport = transport
        self._loop = loop
        self._held: list[bytes | bytearray | memoryview[Any]] = []
        self._held_bytes = 0
        self._ended = False

    def write(self, data: bytes | bytearray | memoryview[Any]) -> None:
        """Send `data` after what was written before; nothing after the end."""
        if self._ended:
            return
        if not self._held:
            self._loop.call_soon(self.flush)
        self._held.append(data)
        self._held_bytes += len(data)
        if self._held_bytes > HELD_BYTES:
            self.flush()

    def send(self, data: bytes) -> None:
        """Send `data` after what was written before, now: nothing follows soon."""
        if self._held or self._ended:
            self.write(data)
            self.flush()
        else:
            self._transport.write(data)

    def flush(self) -> None:
        """Send what is held."""
        if self._held:
            held, self._held, self._held_bytes = self._held, [], 0
            self._transport.write(held[0] if len(held) == 1 else b"".join(held))

    def close(self) -> None:
        """Send what is left, then end the connection."""
        self.flush()
        self._transport.close()

    def can_write_eof(self) -> bool:
        """Whether the end can be told while the client still sends: with TLS it cannot."""
        return self._transport.can_write_eof()

    def write_eof(self) -> None:
        """Send what is left, and that nothing follows; go on reading."""
        self.flush()
        self._ended = True
        self._transport.write_eof()

    def is_closing(self) -> bool:
        """Whether the connection has ended or is about to."""
        return self._ended or self._transport.is_closing()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Return what the transport knows of the connection."""
        return self._transport.get_extra_info(name, default)
