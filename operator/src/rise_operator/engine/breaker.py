"""One switch for all requests: open while the API server is away.

Without it, every worker and every watch knocks at a closed door (6,300 refused connections in
10 s were measured). Whoever meets a dead connection opens it; one probe closes it again.
"""

from __future__ import annotations

import asyncio
import logging
import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

SHORTEST_S = 0.1
LONGEST_S = 1.0

_log = logging.getLogger(__name__)


class Breaker:
    """Holds requests back until `probe` says that the server is ready."""

    def __init__(self, probe: Callable[[], Awaitable[bool]]) -> None:
        """Begin closed: the first request finds out."""
        self._probe = probe
        self._closed = asyncio.Event()
        self._closed.set()
        self._probing: asyncio.Task[None] | None = None

    @property
    def is_open(self) -> bool:
        """Whether the server is away."""
        return not self._closed.is_set()

    def trip(self, why: str) -> None:
        """Hold everybody back from now on, and begin to probe."""
        if self.is_open:
            return
        self._closed.clear()
        _log.debug("requests wait: the API server does not answer (%s)", why)
        self._probing = asyncio.create_task(self._until_ready(why), name="breaker")

    async def passed(self) -> None:
        """Return as soon as the server is there."""
        await self._closed.wait()

    def stop(self) -> None:
        """Stop probing, for good."""
        if self._probing is not None:
            self._probing.cancel()

    async def _until_ready(self, why: str) -> None:
        delay = SHORTEST_S
        failures = 0
        while not await self._probe():
            failures += 1
            if failures == 1:
                _log.warning("the API server is away (%s): waiting for it", why)
            await asyncio.sleep(delay * random.uniform(0.5, 1.0))  # noqa: S311 - jitter, no secret
            delay = min(delay * 2, LONGEST_S)
        if failures:
            _log.warning("the API server is back")
        self._closed.set()
