"""A queue of keys with the rules of client-go's workqueue.

    add ──► dirty ──► get ──► processing ──► done
              ▲                    │ added meanwhile
              └────────────────────┘

A key waits at most once; a key that is added while it is worked on is worked on again
afterwards, never at the same time; what fails comes back later and later.
"""

from __future__ import annotations

import asyncio
import random
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from rise_operator.engine.metrics import Metrics

BASE_S = 0.2
CEILING_S = 30.0
_EXPONENT_MAX = 16


class Queue:
    """Keys to reconcile, for one controller."""

    def __init__(
        self, name: str, metrics: Metrics, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Begin empty."""
        self.name = name
        self._clock = clock
        self._waiting: asyncio.Queue[str] = asyncio.Queue()
        self._dirty: dict[str, float] = {}  # key → since when
        self._processing: dict[str, float] = {}
        self._later: dict[str, tuple[float, asyncio.TimerHandle]] = {}
        self._failures: dict[str, int] = {}
        self._adds = metrics.adds.labels(name)
        self._retries = metrics.retries.labels(name)
        self._queued = metrics.queued.labels(name)
        self._worked = metrics.worked.labels(name)
        metrics.depth.labels(name).set_function(lambda: len(self._dirty))
        metrics.unfinished.labels(name).set_function(lambda: sum(self._ages()))
        metrics.longest.labels(name).set_function(lambda: max(self._ages(), default=0.0))

    def __len__(self) -> int:
        """Return how many keys wait; those that come back later do not count."""
        return len(self._dirty)

    def add(self, key: str) -> None:
        """Have `key` reconciled as soon as a worker is free."""
        if key in self._dirty:
            return
        self._adds.inc()
        self._dirty[key] = self._clock()
        if key not in self._processing:
            self._waiting.put_nowait(key)

    def add_after(self, key: str, delay_s: float) -> None:
        """Have `key` reconciled in `delay_s` seconds, or earlier if it is asked for earlier."""
        due = self._clock() + delay_s
        planned = self._later.get(key)
        if planned is not None:
            if planned[0] <= due:
                return
            planned[1].cancel()
        handle = asyncio.get_running_loop().call_later(delay_s, self._due, key)
        self._later[key] = (due, handle)

    def retry(self, key: str) -> float:
        """Have `key` reconciled after a pause that doubles with each failure; return the pause."""
        failures = self._failures.get(key, 0)
        self._failures[key] = failures + 1
        self._retries.inc()
        pause = min(BASE_S * 2 ** min(failures, _EXPONENT_MAX), CEILING_S)
        pause *= random.uniform(0.75, 1.25)  # noqa: S311 - jitter, no secret
        self.add_after(key, pause)
        return pause

    def forget(self, key: str) -> None:
        """Begin with short pauses again: `key` succeeded."""
        self._failures.pop(key, None)

    def failures(self, key: str) -> int:
        """Return how often `key` has failed in a row."""
        return self._failures.get(key, 0)

    async def get(self) -> str:
        """Return the next key; the caller owes a `done`."""
        key = await self._waiting.get()
        now = self._clock()
        self._queued.observe(now - self._dirty.pop(key))
        self._processing[key] = now
        return key

    def done(self, key: str) -> None:
        """Give `key` back; if it was added meanwhile, it waits again."""
        self._worked.observe(self._clock() - self._processing.pop(key))
        if key in self._dirty:
            self._waiting.put_nowait(key)

    def _due(self, key: str) -> None:
        self._later.pop(key, None)
        self.add(key)

    def _ages(self) -> list[float]:
        now = self._clock()
        return [now - since for since in self._processing.values()]
