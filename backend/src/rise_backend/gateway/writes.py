"""What happens to a write: sent as the person, answered when its effect can be seen.

    POST                                    as the person
    apply of a name that nobody has         as the person with one more group, which may only create
    any other change or deletion            as the person

A POST instead of the first apply would record its fields under the operation Update, and the next
apply would conflict with them.
"""

import asyncio
import logging
import re
import time
from http import HTTPStatus

import orjson

from rise_backend.gateway import headers, statuses
from rise_backend.gateway.catalogue import Catalogue, Kind
from rise_backend.gateway.exchange import Exchange
from rise_backend.gateway.lists import NOT_READY, RefusedError
from rise_backend.gateway.relay import Answer, whole
from rise_backend.gateway.upstream import Caller, Upstream
from rise_crds.api import API_VERSION, APPLY_GROUP

SEEN_S = 0.5  # a write's answer waits this long for the lists to hold it
GRANTED_S = 5.0  # a new object's answer waits this long until its creator may use it
POLICY_S = 30.0  # so long may policies with parameters refuse everything after a server's start
POLICY_NOT_READY = b"failed to find resource referenced by paramKind"
PAUSES_S = (0.02, 0.05, 0.1, 0.2, 0.4)
DENIED_BY_ROLES = re.compile(rb'cannot [a-z]+ resource \\"')

_log = logging.getLogger(__name__)


class Writes:
    """Hands writes of Projects and Teams on."""

    def __init__(self, upstream: Upstream, catalogue: Catalogue) -> None:
        """Send to `upstream`; look in `catalogue` for what is there."""
        self._upstream = upstream
        self._catalogue = catalogue

    async def create(self, exchange: Exchange, caller: Caller, kind: Kind) -> None:
        """Hand a creation on."""
        body = await exchange.body()
        await self._reply(exchange, caller, kind, await self._sent(exchange, caller, body))

    async def change(self, exchange: Exchange, caller: Caller, kind: Kind, name: str) -> None:
        """Hand a change or a deletion on; or an apply, which may create.

        Raises:
            RefusedError: the person cannot see an object of that name.
        """
        body = await exchange.body()
        apply = exchange.header(b"content-type").startswith("application/apply-patch")
        answer = await self._applied_first(exchange, caller, kind, name, body) if apply else None
        if answer is None:
            answer = await self._sent(exchange, caller, body)
            denied = answer.code == HTTPStatus.FORBIDDEN and DENIED_BY_ROLES.search(answer.body)
            if denied and self._catalogue.seen(kind.resource, name, caller.identity) is None:
                unseen = statuses.already_exists if apply else statuses.not_found
                raise RefusedError(unseen(kind.resource, name))
        await self._reply(exchange, caller, kind, answer)

    async def _applied_first(
        self, exchange: Exchange, caller: Caller, kind: Kind, name: str, body: bytes
    ) -> Answer | None:
        """Apply a name that nobody has; None: somebody has it, also when they were just faster.

        How the API server refuses then is never handed on: it names managers and fields.
        """
        if not await self._catalogue.ready(GRANTED_S):
            raise RefusedError(statuses.unavailable(NOT_READY))
        if name in self._catalogue.cache(kind.resource).entries:
            return None
        answer = await self._sent(exchange, caller, body, groups=(APPLY_GROUP,))
        refused = answer.code >= HTTPStatus.BAD_REQUEST
        return None if refused and await self._exists(kind, name) else answer

    async def _exists(self, kind: Kind, name: str) -> bool:
        target = f"/apis/{API_VERSION}/{kind.resource}/{name}"
        async with self._upstream.as_gateway(target) as response:
            await response.read()
        return response.status == HTTPStatus.OK

    async def _sent(
        self, exchange: Exchange, caller: Caller, body: bytes, *, groups: tuple[str, ...] = ()
    ) -> Answer:
        passed, deadline = headers.passed(exchange.headers), time.monotonic() + POLICY_S
        while True:
            async with self._upstream.as_person(
                caller,
                exchange.method,
                exchange.target,
                headers=passed,
                body=body or None,
                groups=groups,
            ) as response:
                answer = await whole(response)
            refused = answer.code >= HTTPStatus.BAD_REQUEST and POLICY_NOT_READY in answer.body
            if not refused or time.monotonic() > deadline:
                return answer
            await asyncio.sleep(0.5)

    async def _reply(self, exchange: Exchange, caller: Caller, kind: Kind, answer: Answer) -> None:
        if answer.code < HTTPStatus.MULTIPLE_CHOICES and "dryRun" not in exchange.params:
            await self._settle(answer, caller, kind)
        await exchange.reply(answer.code, answer.headers, answer.body)

    async def _settle(self, answer: Answer, caller: Caller, kind: Kind) -> None:
        """Wait until lists hold a write, and until who made something new may use it."""
        written = _metadata(answer.body)
        if written is None:
            return
        name, version = written
        created = answer.code == HTTPStatus.CREATED
        deadline = time.monotonic() + GRANTED_S
        cache = self._catalogue.cache(kind.resource)
        reached = await cache.reached(version, GRANTED_S if created else SEEN_S)
        if created and reached and self._catalogue.seen(kind.resource, name, caller.identity):
            await self._granted(caller, kind, name, deadline)

    async def _granted(self, caller: Caller, kind: Kind, name: str, deadline: float) -> None:
        target = f"/apis/{API_VERSION}/{kind.resource}/{name}"
        turn = 0
        while time.monotonic() < deadline:
            async with self._upstream.as_person(caller, "GET", target) as response:
                await response.read()
            if response.status != HTTPStatus.FORBIDDEN:
                return
            await asyncio.sleep(PAUSES_S[min(turn, len(PAUSES_S) - 1)])
            turn += 1
        _log.info("the operator has not granted %s/%s to its creator yet", kind.resource, name)


def _metadata(body: bytes) -> tuple[str, int] | None:
    """Return name and version of the object that a write answered with; None: it is none."""
    try:
        metadata = orjson.loads(body)["metadata"]
        return metadata["name"], int(metadata["resourceVersion"])
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return None
