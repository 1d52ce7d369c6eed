"""Keeps one kind in a cache: a complete list first, then every change, for ever.

    begin ──► everything that exists ──► cache.replace ──► changes ──► cache.seen ──┐
      ▲        (watch with initial events,                    ▲                     │
      │         or pages of a list)                           └──── reconnect ◄─────┤
      └──── version no longer kept (410), or refused ◄──────────────────────────────┘

A connection that stays silent for longer than the server's bookmarks is taken for dead.
"""

from __future__ import annotations

import asyncio
import logging
import random
from typing import TYPE_CHECKING, Any

from rise_operator.engine.cache import version_of
from rise_operator.engine.refusals import ApiError, Away, Gone, Invalid
from rise_operator.engine.stream import ends_initial_events, events

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from rise_operator.engine.cache import Cache
    from rise_operator.engine.client import Client
    from rise_operator.engine.metrics import Metrics
    from rise_operator.engine.resource import Resource

PAGE = 500
SILENCE_S = 90.0  # the server sends a bookmark a minute
SESSION_S = (300, 600)  # the server ends a watch after that long
PAUSES_S = (0.05, 5.0)

_log = logging.getLogger(__name__)


class Reflector:
    """One kind, or those objects of it that `selector` selects (labelSelector, fieldSelector)."""

    def __init__(
        self,
        client: Client,
        resource: Resource,
        cache: Cache[Any],
        metrics: Metrics,
        selector: dict[str, str] | None = None,
    ) -> None:
        """Begin with nothing."""
        self.resource = resource
        self.synced = asyncio.Event()  # set once the cache has held everything
        self._client = client
        self._cache = cache
        self._selector = selector or {}
        self._version = ""
        self._streams_lists = True
        self._relists = metrics.relists.labels(resource.label)
        metrics.objects.labels(resource.label).set_function(lambda: len(cache))

    async def run(self) -> None:
        """Keep the cache true until cancelled."""
        pause = PAUSES_S[0]
        while True:
            try:
                await self._follow()
                pause = PAUSES_S[0]
            except Gone:
                _log.info("%s: the version is no longer kept; listing again", self.resource.label)
                self._version = ""
            except ApiError as error:
                _log.log(
                    logging.DEBUG if isinstance(error, Away) else logging.WARNING,
                    "%s: %s; trying again",
                    self.resource.label,
                    error,
                )
                if not isinstance(error, Away):
                    self._version = ""
                await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - jitter
                pause = min(pause * 2, PAUSES_S[1])

    async def _follow(self) -> None:
        """Take a complete list if there is none, then changes until the watch ends."""
        if not self._version:
            if self._streams_lists:
                await self._stream_list()
                return
            await self._page_list()
        options = {"resourceVersion": self._version}
        async with self._client.watch(self.resource, self._watching(options), SILENCE_S) as chunks:
            await self._take(events(chunks))

    async def _stream_list(self) -> None:
        """Open a watch that begins with everything there is, and go on with its changes."""
        self._cache.listing()
        options = {"sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan"}
        try:
            async with self._client.watch(
                self.resource, self._watching(options), SILENCE_S
            ) as chunks:
                stream = events(chunks)
                await self._initial(stream)
                await self._take(stream)
        except Invalid as error:  # before Kubernetes 1.32, or switched off
            _log.info("%s: listing by pages (%s)", self.resource.label, error)
            self._streams_lists = False

    async def _initial(self, stream: AsyncIterator[tuple[str, dict[str, Any]]]) -> None:
        found: dict[str, dict[str, Any]] = {}
        async for type_, obj in stream:
            if type_ == "BOOKMARK":
                if ends_initial_events(obj):
                    self._replace(list(found.values()), obj["metadata"]["resourceVersion"])
                    return
                continue
            uid = obj["metadata"]["uid"]
            if type_ == "DELETED":
                found.pop(uid, None)
            else:
                found[uid] = obj
        raise Away("the watch ended before everything had been sent")

    async def _page_list(self) -> None:
        self._cache.listing()
        found: list[dict[str, Any]] = []
        page: dict[str, Any] = {"metadata": {"continue": None}}
        while (token := page["metadata"].get("continue")) != "":
            options = {
                **self._selector,
                "limit": str(PAGE),
                **({"continue": token} if token else {}),
            }
            page = await self._client.list(self.resource, options)
            found += page["items"]
            page["metadata"].setdefault("continue", "")
        self._replace(found, page["metadata"]["resourceVersion"])

    async def _take(self, stream: AsyncIterator[tuple[str, dict[str, Any]]]) -> None:
        async for type_, obj in stream:
            if type_ != "BOOKMARK":
                self._cache.seen(obj, deleted=type_ == "DELETED")
            self._version = str(version_of(obj))

    def _replace(self, objects: list[dict[str, Any]], version: str) -> None:
        self._cache.replace(objects, int(version))
        self._version = version
        self._relists.inc()
        self.synced.set()
        _log.debug("%s: %d objects at %s", self.resource.label, len(objects), version)

    def _watching(self, options: dict[str, str]) -> dict[str, str]:
        seconds = random.randint(*SESSION_S)  # noqa: S311 - jitter: not all watches at once
        return {
            **self._selector,
            **options,
            "watch": "true",
            "allowWatchBookmarks": "true",
            "timeoutSeconds": str(seconds),
        }
