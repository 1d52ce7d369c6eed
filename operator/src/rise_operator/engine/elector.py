"""Which of several operators works: the one that holds the Lease (15 / 10 / 2 s).

The holder's name is stable over a restart (host and port, which no two living processes share):
an operator that was killed takes its own Lease back at once, a stranger waits until it ends.
Whoever cannot renew for 10 s stops working and stands by; nobody else can begin before 15 s.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from rise_operator.engine.refusals import ApiError, Conflict, NotFound
from rise_operator.engine.resource import LEASES

if TYPE_CHECKING:
    from collections.abc import Callable

    from rise_operator.engine.metrics import Metrics
    from rise_operator.engine.resource import Resource
    from rise_operator.manifest import Manifest

DURATION_S = 15.0
RENEW_S = 10.0
RETRY_S = 2.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Observed:
    """What the Lease said, and when we saw it: foreign clocks are not compared with ours."""

    version: str
    at: float


class Leases(Protocol):
    """What an elector needs of the client."""

    async def get(self, resource: Resource, name: str, namespace: str = "") -> dict[str, Any]:
        """Return one object."""
        ...

    async def create(self, resource: Resource, manifest: Manifest) -> dict[str, Any]:
        """Create an object that must not exist yet."""
        ...

    async def replace(self, resource: Resource, manifest: Manifest) -> dict[str, Any]:
        """Replace an object of exactly the resourceVersion in `manifest`."""
        ...


class Elector:
    """Acquires, renews and releases one Lease."""

    def __init__(
        self,
        client: Leases,
        namespace: str,
        name: str,
        *,
        identity: str,
        metrics: Metrics,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Stand by until `run` acquires."""
        self.leading = asyncio.Event()
        self.resigned = asyncio.Event()
        self.resigned.set()
        self._client = client
        self._namespace = namespace
        self._name = name
        self._identity = identity
        self._clock = clock
        self._observed = _Observed("", 0.0)
        self._renewed_at = 0.0
        self._gauge = metrics.leader.labels(name)
        self._gauge.set(0)

    async def run(self) -> None:
        """Acquire and renew until cancelled."""
        while True:
            began = self._clock()
            try:
                async with asyncio.timeout(min(RENEW_S / 2, self._left_s())):
                    held = await self._acquire_or_renew()
            except (ApiError, TimeoutError) as error:
                _log.debug("lease %s: %s", self._name, error)
                held = self.leading.is_set() and self._left_s() > 0
            else:
                if held:
                    self._renewed_at = began
            self._say(held=held)
            pause = RETRY_S * random.uniform(0.8, 1.0)  # noqa: S311 - jitter
            await asyncio.sleep(min(pause, self._left_s()))

    def _left_s(self) -> float:
        """Return how long we may lead without renewing; who does not lead has time."""
        if not self.leading.is_set():
            return RENEW_S
        return max(0.0, self._renewed_at + RENEW_S - self._clock())

    async def release(self) -> None:
        """Let the next one begin at once, if we lead."""
        if not self.leading.is_set():
            return
        self._say(held=False)
        try:
            async with asyncio.timeout(RETRY_S):
                lease = await self._client.get(LEASES, self._name, self._namespace)
                if lease["spec"].get("holderIdentity") == self._identity:
                    lease["spec"]["holderIdentity"] = ""
                    await self._client.replace(LEASES, lease)
        except (ApiError, TimeoutError) as error:
            _log.debug("lease %s ends by itself: %s", self._name, error)

    async def _acquire_or_renew(self) -> bool:
        try:
            lease = await self._client.get(LEASES, self._name, self._namespace)
        except NotFound:
            return await self._won(self._lease({}, 0))
        spec: dict[str, Any] = lease.get("spec") or {}
        version = lease["metadata"]["resourceVersion"]
        if version != self._observed.version:
            self._observed = _Observed(version, self._clock())
        holder = spec.get("holderIdentity") or ""
        ours = holder == self._identity
        if holder and not ours and self._lasts(spec):
            return False
        transitions = int(spec.get("leaseTransitions") or 0) + (not ours)
        body = self._lease(spec if ours else {}, transitions)
        body["metadata"]["resourceVersion"] = version
        if not ours:
            return await self._won(body)
        # Whoever touched our Lease meanwhile did not take it: a conflict is only a failed try.
        await self._client.replace(LEASES, body)
        return True

    async def _won(self, body: Manifest) -> bool:
        exists = "resourceVersion" in body["metadata"]
        try:
            await (self._client.replace if exists else self._client.create)(LEASES, body)
        except Conflict:
            _log.debug("lease %s: another one was faster", self._name)
            return False
        return True

    def _lasts(self, spec: dict[str, Any]) -> bool:
        duration = float(spec.get("leaseDurationSeconds") or DURATION_S)
        return self._clock() - self._observed.at < duration

    def _lease(self, before: dict[str, Any], transitions: int) -> dict[str, Any]:
        now = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        return {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"name": self._name, "namespace": self._namespace},
            "spec": {
                "holderIdentity": self._identity,
                "leaseDurationSeconds": int(DURATION_S),
                "acquireTime": before.get("acquireTime") or now,
                "renewTime": now,
                "leaseTransitions": transitions,
            },
        }

    def _say(self, *, held: bool) -> None:
        if held == self.leading.is_set():
            return
        self._gauge.set(int(held))
        if held:
            _log.info("leading as %s", self._identity)
            self.resigned.clear()
            self.leading.set()
        else:
            _log.warning("not leading any more: standing by")
            self.leading.clear()
            self.resigned.set()
