"""Whether the rules of ownership are in force, as the backend watches and tries them.

While they are not, nobody's write goes through the backend, and it is not ready: what the API
server would let pass then is not what Rise promises. Reads go on.
"""

import asyncio
import logging
from http import HTTPStatus
from pathlib import Path
from typing import Any

import msgspec

from rise_backend import policy_attempts
from rise_backend.errors import UnavailableError
from rise_backend.gateway.reflector import FAILURES, PAUSES_S, lines
from rise_backend.gateway.upstream import Upstream
from rise_backend.metrics import Metrics
from rise_crds.enforcement import Enforcement
from rise_crds.policies import BINDING, KEYS, POLICY, Key, installed

PATH = "/apis/admissionregistration.k8s.io/v1"
PLURALS = {
    POLICY: "validatingadmissionpolicies",
    BINDING: "validatingadmissionpolicybindings",
}
WATCH_S = 300
CLOSED = (
    "the rules of ownership are not in force, and nothing is changed through Rise until they are"
)

_log = logging.getLogger(__name__)


class Policies:
    """The chart's policies and bindings, as the API server has them."""

    def __init__(self, copy: Path) -> None:
        """Begin with none; `copy` is what they have to be."""
        self.enforcement = Enforcement(copy)

    def problems(self) -> list[str]:
        """Return what is wrong; nothing while all of them are in force."""
        return self.enforcement.problems()

    def check(self) -> None:
        """Return when people may write.

        Raises:
            UnavailableError: the rules of ownership are not in force.
        """
        problems = self.problems()
        if problems:
            raise UnavailableError(f"{CLOSED}: {'; '.join(problems)}")

    async def run(self, upstream: Upstream, metrics: Metrics) -> None:
        """Look after every change until cancelled."""

        async def attempt() -> str:
            return await policy_attempts.tried(upstream)

        def told(problems: list[str], new: list[str]) -> None:
            metrics.policies_in_force.set(not problems)
            metrics.show_exempt(self.enforcement.exempt)
            if not problems:
                _log.info("the rules of ownership are in force")
            for problem in new:
                _log.warning("people's writes are refused: %s", problem)

        watches = [_Watch(kind, self.enforcement, upstream) for kind in PLURALS]
        async with asyncio.TaskGroup() as group:
            for watch in watches:
                group.create_task(watch.run())
            for watch in watches:
                await watch.synced.wait()
            group.create_task(self.enforcement.run(attempt, told))


class _Watch:
    """One of the two kinds: a list, and every change after it."""

    def __init__(self, kind: str, enforcement: Enforcement, upstream: Upstream) -> None:
        self.synced = asyncio.Event()
        self._kind = kind
        self._enforcement = enforcement
        self._upstream = upstream
        self._path = f"{PATH}/{PLURALS[kind]}"

    async def run(self) -> None:
        failures = 0
        while True:
            try:
                version = await self._list()
                failures = 0
                await self._watch(version)
            except FAILURES as error:
                pause = PAUSES_S[min(failures, len(PAUSES_S) - 1)]
                failures += 1
                _log.debug("%s cannot be watched: %s", PLURALS[self._kind], error)
                await asyncio.sleep(pause)

    async def _list(self) -> str:
        async with self._upstream.as_gateway(self._path) as response:
            body = await response.read()
        if response.status != HTTPStatus.OK:
            raise UnavailableError(f"listing answers {response.status}")
        found = msgspec.json.decode(body)
        there = {each["metadata"]["name"]: each["spec"] for each in found["items"]}
        for key in KEYS:
            if key.kind == self._kind:
                self._take(key, there.get(key.name))
        self.synced.set()
        return found["metadata"]["resourceVersion"]

    async def _watch(self, version: str) -> None:
        """Take in changes until the server ends the watch; then a new list is taken."""
        options = f"watch=true&resourceVersion={version}&timeoutSeconds={WATCH_S}"
        async with self._upstream.as_gateway(f"{self._path}?{options}") as response:
            if response.status != HTTPStatus.OK:
                raise UnavailableError(f"watching answers {response.status}")
            async for line in lines(response):
                event = msgspec.json.decode(line)
                if event["type"] not in {"ADDED", "MODIFIED", "DELETED"}:
                    return
                obj = event["object"]
                gone = event["type"] == "DELETED"
                self._take(Key(self._kind, obj["metadata"]["name"]), None if gone else obj["spec"])

    def _take(self, key: Key, spec: dict[str, Any] | None) -> None:
        if key in KEYS:
            self._enforcement.take(key, None if spec is None else installed(key, spec))
