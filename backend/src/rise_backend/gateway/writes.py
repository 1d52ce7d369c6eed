"""What happens to a write: sent as the person, answered when its effect can be seen.

    POST                                    as the person
    what is there and out of their sight    not at all
    apply of a name that nobody has         as the person with one more group, which may only create
    any other change or deletion            as the person

A POST instead of the first apply would record its fields under the operation Update, and the next
apply would conflict with them. The gateway and REST write alike: both through `Writes.answer`.
"""

import asyncio
import logging
import re
from dataclasses import dataclass, field
from http import HTTPStatus

import orjson

from rise_backend.gateway import statuses
from rise_backend.gateway.asked import Asked, read
from rise_backend.gateway.catalogue import NOT_READY, READY_S, Catalogue, Kind
from rise_backend.gateway.lists import RefusedError
from rise_backend.gateway.relay import Answer, whole
from rise_backend.gateway.sight import Sight
from rise_backend.gateway.upstream import Caller, Upstream
from rise_crds.api import API_VERSION, APPLY_GROUP, POLICIES_STARTING

SEEN_S = 0.5  # a write's answer waits this long for the lists to hold it
GRANTED_S = 5.0  # a new object's answer waits this long until its creator may use it
POLICY_S = 30.0  # so long may policies with parameters refuse everything after a server's start
PAUSES_S = (0.02, 0.05, 0.1, 0.2, 0.4)
DENIED_BY_ROLES = re.compile(rb'cannot [a-z]+ resource \\"')
_STARTING = tuple(said.encode() for said in POLICIES_STARTING)

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Write:
    """A write of one Project or Team; `target` is path and query, byte for byte."""

    method: str
    target: str
    kind: Kind
    name: str = ""  # of the object that is changed; empty when one is created by POST
    headers: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    body: bytes = b""
    dry_run: bool = False

    @property
    def asked(self) -> Asked | None:
        """What this is about, in the words of the authorizer."""
        return read(self.target.partition("?")[0], {}, method=self.method)

    @property
    def applies(self) -> bool:
        """Whether this is a server-side apply, which may create."""
        return any(
            name.lower() == "content-type" and value.startswith("application/apply-patch")
            for name, value in self.headers
        )


class Writes:
    """Hands writes of Projects and Teams on."""

    def __init__(self, upstream: Upstream, catalogue: Catalogue, sight: Sight) -> None:
        """Send to `upstream`; look in `catalogue` for what is there, ask `sight` for whom."""
        self._upstream = upstream
        self._catalogue = catalogue
        self._sight = sight

    async def answer(self, caller: Caller, write: Write) -> Answer:
        """Write as `caller` and return the API server's answer, once its effect can be seen.

        Raises:
            RefusedError: `caller` cannot see an object of that name; or nobody knows yet.
            UnavailableError: the API server cannot be reached; nothing was sent.
            BrokenOffError: the connection ended on the way.
        """
        answer = await self._changed(caller, write) if write.name else None
        answer = answer or await self._sent(caller, write)
        if answer.code < HTTPStatus.MULTIPLE_CHOICES and not write.dry_run:
            await self._settle(answer, caller, write.kind)
        return answer

    async def _changed(self, caller: Caller, write: Write) -> Answer:
        """Change or delete what has a name.

        A role that still stands after somebody left lets no change pass, but would let them read:
        the API server looks at what a patch makes of an object, and quotes it, before it asks the
        policies.
        """
        unseen = statuses.already_exists if write.applies else statuses.not_found
        asked = write.asked
        if asked is None or await self._sight.hides(caller, asked):
            raise RefusedError(unseen(write.kind.resource, write.name))
        first = await self._applied_first(caller, write) if write.applies else None
        answer = first or await self._sent(caller, write)
        denied = answer.code == HTTPStatus.FORBIDDEN and DENIED_BY_ROLES.search(answer.body)
        resource = write.kind.resource
        if denied and self._catalogue.seen(resource, write.name, caller.identity) is None:
            raise RefusedError(unseen(resource, write.name))
        return answer

    async def _applied_first(self, caller: Caller, write: Write) -> Answer | None:
        """Apply a name that nobody has; None: somebody has it, also when they were just faster.

        How the API server refuses then is never handed on: it names managers and fields.
        """
        if not await self._catalogue.ready(READY_S):
            raise RefusedError(statuses.unavailable(NOT_READY))
        if write.name in self._catalogue.cache(write.kind.resource).entries:
            return None
        answer = await self._sent(caller, write, groups=(APPLY_GROUP,))
        refused = answer.code >= HTTPStatus.BAD_REQUEST
        return None if refused and await self._exists(write) else answer

    async def _exists(self, write: Write) -> bool:
        target = _target(write.kind, write.name)
        async with self._upstream.as_gateway(target) as response:
            await response.read()
        return response.status == HTTPStatus.OK

    async def _sent(self, caller: Caller, write: Write, *, groups: tuple[str, ...] = ()) -> Answer:
        """Send a write, again and again while the API server's policies are starting."""
        deadline = _now() + POLICY_S
        while True:
            async with self._upstream.as_person(
                caller,
                write.method,
                write.target,
                headers=write.headers,
                body=write.body or None,
                groups=groups,
            ) as response:
                answer = await whole(response)
            if not policies_starting(answer) or _now() > deadline:
                return answer
            await asyncio.sleep(0.5)

    async def _settle(self, answer: Answer, caller: Caller, kind: Kind) -> None:
        """Wait until lists hold a write, and until who made something new may use it."""
        written = _metadata(answer.body)
        if written is None:
            return
        name, version = written
        created = answer.code == HTTPStatus.CREATED
        deadline = _now() + GRANTED_S
        cache = self._catalogue.cache(kind.resource)
        reached = await cache.reached(version, GRANTED_S if created else SEEN_S)
        if created and reached and self._catalogue.seen(kind.resource, name, caller.identity):
            await self._granted(caller, kind, name, deadline)

    async def _granted(self, caller: Caller, kind: Kind, name: str, deadline: float) -> None:
        turn = 0
        while _now() < deadline:
            async with self._upstream.as_person(caller, "GET", _target(kind, name)) as response:
                await response.read()
            if response.status != HTTPStatus.FORBIDDEN:
                return
            await asyncio.sleep(PAUSES_S[min(turn, len(PAUSES_S) - 1)])
            turn += 1
        _log.info("the operator has not granted %s/%s to its creator yet", kind.resource, name)


def _now() -> float:
    return asyncio.get_running_loop().time()


def policies_starting(answer: Answer) -> bool:
    """Say whether a write was refused because the API server has just been started."""
    return answer.code >= HTTPStatus.BAD_REQUEST and any(said in answer.body for said in _STARTING)


def _target(kind: Kind, name: str) -> str:
    return f"/apis/{API_VERSION}/{kind.resource}/{name}"


def _metadata(body: bytes) -> tuple[str, int] | None:
    """Return name and version of the object that a write answered with; None: it is none."""
    try:
        metadata = orjson.loads(body)["metadata"]
        return metadata["name"], int(metadata["resourceVersion"])
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return None
