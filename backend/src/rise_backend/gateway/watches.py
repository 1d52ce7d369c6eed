"""A watch of what a person may see: the difference to what they were last told, again and again."""

import asyncio
import random
import re
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import orjson

from rise_backend.gateway import formats, objects, statuses
from rise_backend.gateway.catalogue import Catalogue, Kind
from rise_backend.gateway.exchange import Exchange
from rise_backend.gateway.feeds import Feed
from rise_backend.gateway.formats import Shape
from rise_backend.gateway.objects import Entry
from rise_backend.gateway.selectors import Selector
from rise_backend.gateway.told import Question, Told
from rise_backend.identity.identity import Identity

BOOKMARK_S = 60.0
LONGEST_S = 3600.0
_SECONDS = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True)
class Event:
    """What a watcher is told of one object."""

    type: str
    entry: Entry


@dataclass(frozen=True)
class WatchRequest:
    """What a client asked for."""

    kind: Kind
    identity: Identity
    selector: Selector
    question: Question
    shape: Shape
    include: str
    since: int | None  # None: begin with what there is
    bookmarks: bool
    initial_bookmark: bool
    ends_at: float  # monotonic


def ends_at(params_timeout: str, identity: Identity) -> float:
    """Return when a watch ends: as asked, and never after the token it was opened with."""
    left = (identity.expires_at - datetime.now(UTC)).total_seconds()
    asked = int(params_timeout) if _SECONDS.fullmatch(params_timeout) else 0
    longest = asked or LONGEST_S * random.uniform(0.5, 1)  # noqa: S311 - spreads reconnects
    return time.monotonic() + max(0.0, min(left, longest))


class Watch:
    """One watcher."""

    def __init__(self, catalogue: Catalogue, told: Told, request: WatchRequest) -> None:
        """Prepare to tell a client of `request`."""
        self._catalogue = catalogue
        self._told = told
        self._request = request
        self._cache = catalogue.cache(request.kind.resource)
        self._known: dict[str, Entry] = {}
        # told without a newer version: who comes back with this one may have it, or may not
        self._under_way: dict[str, Entry] = {}
        self._version = request.since or 0
        self._first = True
        self._begun = False

    async def serve(self, exchange: Exchange) -> None:
        """Send events until the end of the watch, or until the client is gone."""
        await exchange.start(
            200, [(b"content-type", b"application/json"), (b"cache-control", b"no-cache, private")]
        )
        request = self._request
        with self._catalogue.feed(request.kind.resource, request.identity) as feed:
            listening = await exchange.stream(self._feed(exchange, feed))
        if self._begun:  # else nobody knows what the client has of this version
            known = {**self._known, **self._under_way}
            self._told.remember(self._request.question, self._version, known)
        if listening:
            await exchange.end()

    async def _feed(self, exchange: Exchange, feed: Feed) -> None:
        if not await self._begin(exchange):
            return
        bookmark_at = time.monotonic() + BOOKMARK_S
        while (now := time.monotonic()) < self._request.ends_at and self._cache.usable:
            with suppress(TimeoutError):
                async with asyncio.timeout(min(bookmark_at, self._request.ends_at) - now):
                    await feed.wake.wait()
            await self._send(exchange, self._news(*feed.taken()))
            if time.monotonic() >= bookmark_at:
                bookmark_at += BOOKMARK_S
                if self._request.bookmarks:
                    await self._bookmark(exchange)

    async def _begin(self, exchange: Exchange) -> bool:
        """Send what happened since the client last looked; say whether the watch goes on."""
        since = self._request.since
        if since is not None:
            known = self._told.recall(self._request.question, since)
            if known is None:
                gone = statuses.expired(f"too old resource version: {since}")
                await exchange.send(
                    orjson.dumps({"type": "ERROR", "object": gone.status()}) + b"\n"
                )
                return False
            self._known = dict(known)
        self._begun = True
        await self._send(exchange, self._news(set(), everything=True))
        if self._request.initial_bookmark:
            await self._bookmark(exchange, initial_end=True)
        return True

    def _news(self, names: set[str], everything: bool) -> list[Event]:  # noqa: FBT001 - as Feed.taken returns it
        current = self._current(None if everything else names)
        events = [
            event
            for name in (self._known.keys() | current.keys() if everything else names)
            for event in difference(self._known.get(name), current.get(name), self._cache.version)
        ]
        for name in names if not everything else list(self._known):
            if name not in current:
                self._known.pop(name, None)
        self._known |= current
        return sorted(events, key=lambda event: event.entry.version)

    def _current(self, names: Iterable[str] | None) -> dict[str, Entry]:
        request, catalogue = self._request, self._catalogue
        resource = request.kind.resource
        if names is None:
            seen: Iterable[Entry | None] = catalogue.visible(resource, request.identity).values()
        else:
            seen = (catalogue.seen(resource, name, request.identity) for name in names)
        return {
            entry.name: entry
            for entry in seen
            if entry is not None and request.selector.selects(entry.labels, entry.fields)
        }

    async def _send(self, exchange: Exchange, events: list[Event]) -> None:
        if not events:
            return
        now_s = time.time()
        chunks: list[bytes] = []
        for event in events:
            chunks.append(
                formats.event(
                    event.type,
                    event.entry,
                    shape=self._request.shape,
                    columns=self._cache.columns,
                    first=self._first,
                    include=self._request.include,
                    now_s=now_s,
                )
            )
            self._first = False
            if event.entry.version > self._version:
                self._version, self._under_way = event.entry.version, {}
            else:
                self._under_way[event.entry.name] = replace(event.entry, version=-1)
        await exchange.send(b"".join(chunks))

    async def _bookmark(self, exchange: Exchange, *, initial_end: bool = False) -> None:
        self._version = max(self._version, self._cache.version)
        await exchange.send(
            formats.bookmark(
                self._request.kind.kind,
                self._version,
                shape=self._request.shape,
                initial_end=initial_end,
            )
        )


def difference(before: Entry | None, after: Entry | None, version: int) -> list[Event]:
    """Return what to tell somebody who knows `before` when they may see `after`.

    Who may no longer see an object gets its last known state, as the API server does when an
    object leaves a selector: never the new one.
    """
    if before is not None and after is not None and before.uid == after.uid:
        return [] if before.version == after.version else [Event("MODIFIED", after)]
    # where another has taken the name, both have its version: the old one goes first
    at = version if after is None else after.version
    gone = [] if before is None else [Event("DELETED", objects.at(before, at))]
    return gone + ([] if after is None else [Event("ADDED", after)])
