"""Workers that take keys from a queue and reconcile them, and what follows from a failure."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from rise_operator.errors import InvalidSpec, NotReady, Unavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from rise_operator.engine.metrics import Metrics
    from rise_operator.engine.queue import Queue

_LOUD_AFTER = 3  # what heals within two tries is nobody's concern

_log = logging.getLogger(__name__)


class Controller:
    """Reconciles the keys of one queue, each by one worker at a time."""

    def __init__(
        self,
        queue: Queue,
        reconcile: Callable[[str], Awaitable[None]],
        workers: int,
        metrics: Metrics,
    ) -> None:
        """Do nothing until `run`."""
        self.queue = queue
        self._reconcile = reconcile
        self._workers = workers
        name = queue.name
        self._results = {
            result: metrics.reconciles.labels(name, result)
            for result in ("success", "requeue_after", "requeue", "error")
        }
        self._errors = metrics.reconcile_errors.labels(name)
        self._seconds = metrics.reconcile_seconds.labels(name)
        self._busy = metrics.active_workers.labels(name)

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as group:
            for number in range(self._workers):
                group.create_task(self._work(), name=f"{self.queue.name}-{number}")

    async def _work(self) -> None:
        while True:
            key = await self.queue.get()
            began = time.perf_counter()
            self._busy.inc()
            try:
                result = await self._attempt(key)
            except asyncio.CancelledError:
                self.queue.add(key)  # whoever works next begins with it
                raise
            finally:
                self._busy.dec()
                self.queue.done(key)
            self._seconds.observe(time.perf_counter() - began)
            self._results[result].inc()

    async def _attempt(self, key: str) -> str:
        try:
            await self._reconcile(key)
        except InvalidSpec as error:
            _log.info("%s %s: %s", self.queue.name, key, error)
        except NotReady as error:
            _log.debug("%s %s waits: %s", self.queue.name, key, error)
            self.queue.forget(key)
            self.queue.add_after(key, error.retry_s)
            return "requeue_after"
        except Unavailable as error:
            failures = self.queue.failures(key) + 1
            level = logging.WARNING if failures >= _LOUD_AFTER else logging.DEBUG
            pause = self.queue.retry(key)
            _log.log(level, "%s %s: %s; again in %.1f s", self.queue.name, key, error, pause)
            self._errors.inc()
            return "requeue"
        except Exception:  # noqa: BLE001 - one object's defect must not stop the others
            _log.exception("%s %s: an error of our own", self.queue.name, key)
            self.queue.retry(key)
            self._errors.inc()
            return "error"
        self.queue.forget(key)
        return "success"
