"""When a stream that passes through ends early: its reader lost the right to what it shows.

The API server asks for rights when a watch begins, and never again. Here they are looked at while
it lasts:

    one Project or Team      as soon as the index no longer shows it to the reader
    a project's namespace    as soon as the index no longer shows the project; and the API server is
                             asked each half second for a while after the project has changed
    everything else          the API server is asked again and again: within a second, or seldom
                             enough that all streams together ask no more than 20 times a second
"""

import asyncio
import logging
import random
from collections.abc import Callable
from contextlib import suppress

from rise_backend.errors import UnavailableError
from rise_backend.gateway.asked import Asked
from rise_backend.gateway.catalogue import Catalogue
from rise_backend.gateway.reviews import Reviews
from rise_backend.gateway.upstream import BrokenOffError, Caller

SOON_S = 0.5
OFTEN_S = 0.6  # and an answer of half that age is taken: a right that is lost is noticed in 0.9 s
SELDOM_S = 10.0
ASKED_A_SECOND = 20  # of all streams together, where nothing has changed
SETTLED_S = 10.0  # so long the operator may take to follow a change
UNANSWERED_S = 30.0  # a stream whose right nobody has known for so long ends

_log = logging.getLogger(__name__)


class Revocations:
    """Says when a stream's reader has lost the right to it."""

    def __init__(self, catalogue: Catalogue, reviews: Reviews) -> None:
        """Look at `catalogue`; have `reviews` ask the API server."""
        self._catalogue = catalogue
        self._reviews = reviews
        self._streams = 0

    async def lost(self, caller: Caller, asked: Asked) -> None:
        """Return when `caller` may no longer see what a stream of `asked` shows."""
        self._streams += 1
        try:
            await self._lost(_Stream(self._catalogue, self._calm_s, caller, asked), caller, asked)
        finally:
            self._streams -= 1
        _log.info("a stream ended: its reader may not see %s any more", asked.resource)

    async def _lost(self, stream: "_Stream", caller: Caller, asked: Asked) -> None:
        with self._catalogue.feed(stream.resource, caller.identity) as feed:
            while not stream.hidden:
                with suppress(TimeoutError):
                    async with asyncio.timeout(stream.left_s()):
                        await feed.wake.wait()
                names, _ = feed.taken()
                stream.look(changed=stream.name in names)
                if stream.is_due() and not await self._goes_on(stream, caller, asked):
                    return

    def _calm_s(self) -> float:
        """Return how long an answer holds where nothing has changed."""
        return min(SELDOM_S, max(OFTEN_S, self._streams / ASKED_A_SECOND))

    async def _goes_on(self, stream: "_Stream", caller: Caller, asked: Asked) -> bool:
        try:
            allowed = await self._reviews.may(caller, asked, stream.period_s() / 2)
        except (UnavailableError, BrokenOffError):
            return _now() - stream.answered_at < UNANSWERED_S
        stream.answered_at = _now()
        return allowed


class _Stream:
    """What is known of one stream's right, and when to ask next."""

    def __init__(
        self, catalogue: Catalogue, calm_s: Callable[[], float], caller: Caller, asked: Asked
    ) -> None:
        self._catalogue = catalogue
        self._calm_s = calm_s
        self._identity = caller.identity
        self._one_of_ours = asked.is_one_of_ours
        ours = self._one_of_ours and asked.resource == "teams"
        self.resource = "teams" if ours else "projects"
        self.name = asked.name if self._one_of_ours else asked.project
        self.hidden = False
        self.answered_at = _now()
        self._seen = False
        self._unsettled_until = 0.0
        self._ask_at = _now() + calm_s() * random.uniform(0.5, 1)  # noqa: S311 - spreads load
        self.look(changed=False)
        if self.name and not self._seen:  # more rights than the index knows, or just taken away
            self.look(changed=True)

    def look(self, *, changed: bool) -> None:
        """See whether the object is still shown to the reader; expect rights to follow a change."""
        if changed:
            self._unsettled_until = _now() + SETTLED_S
            self._ask_at = min(self._ask_at, _now() + SOON_S)
        if not self.name:
            return
        sees = self._catalogue.seen(self.resource, self.name, self._identity) is not None
        there = self.name in self._catalogue.cache(self.resource).entries
        # of one object that is gone the stream itself tells; a namespace says nothing more
        self.hidden = self._seen and not sees and (there or not self._one_of_ours)
        self._seen = sees

    def period_s(self) -> float:
        """Return how long an answer holds."""
        return SOON_S if _now() < self._unsettled_until else self._calm_s()

    def left_s(self) -> float:
        """Return how long until the next question."""
        return max(0.0, self._ask_at - _now())

    def is_due(self) -> bool:
        """Say whether the API server should be asked now; if so, not again for a while."""
        if self.hidden or _now() < self._ask_at:
            return False
        self._ask_at = _now() + self.period_s()
        return not (self._one_of_ours and self._seen)


def _now() -> float:
    return asyncio.get_running_loop().time()
