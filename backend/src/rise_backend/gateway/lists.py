"""Lists of what a person may see, and the watches that follow them."""

import asyncio
import gzip
import re
import time

from rise_backend.gateway import formats, selectors, statuses, watches
from rise_backend.gateway.catalogue import NOT_READY, Catalogue, Kind
from rise_backend.gateway.exchange import Exchange
from rise_backend.gateway.formats import Shape
from rise_backend.gateway.selectors import Selector, SelectorError
from rise_backend.gateway.statuses import Refusal
from rise_backend.gateway.told import Question, Told
from rise_backend.gateway.watches import Watch, WatchRequest
from rise_backend.identity.identity import Identity

WAIT_S = 3.0
GZIP_ABOVE_BYTES = 128 * 1024
_VERSION = re.compile(r"[0-9]{1,20}")


class RefusedError(Exception):
    """The request is answered with a Status."""

    def __init__(self, refusal: Refusal) -> None:
        """Answer with `refusal`."""
        super().__init__(refusal.message)
        self.refusal = refusal


class Lists:
    """Answers lists and watches from the catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        """Answer from `catalogue`."""
        self._catalogue = catalogue
        self._told = Told()

    async def list(self, exchange: Exchange, kind: Kind, identity: Identity) -> None:
        """Answer a list.

        Raises:
            RefusedError: it cannot be answered as asked.
        """
        shape, selector = _shape(exchange), _selector(exchange, kind)
        if exchange.params.get("continue"):
            raise RefusedError(statuses.expired())
        await self._wait(exchange, kind)
        cache = self._catalogue.cache(kind.resource)
        chosen = self._catalogue.visible(kind.resource, identity)
        if not selector.is_empty:
            chosen = {
                name: each
                for name, each in chosen.items()
                if selector.selects(each.labels, each.fields)
            }
        self._told.remember(_question(exchange, kind, identity), cache.version, chosen)
        body = formats.listed(
            kind.kind,
            chosen.values(),
            shape=shape,
            version=cache.version,
            columns=cache.columns,
            include=exchange.params.get("includeObject", "Metadata"),
            now_s=time.time(),
        )
        await _reply(exchange, body)

    async def watch(self, exchange: Exchange, kind: Kind, identity: Identity) -> None:
        """Answer a watch.

        Raises:
            RefusedError: it cannot be answered as asked.
        """
        shape, selector = _shape(exchange), _selector(exchange, kind)
        await self._wait(exchange, kind)
        initial = exchange.flag("sendInitialEvents")
        bookmarks = exchange.flag("allowWatchBookmarks")
        since = None if initial else _version(exchange) or None
        request = WatchRequest(
            kind=kind,
            identity=identity,
            selector=selector,
            question=_question(exchange, kind, identity),
            shape=shape,
            include=exchange.params.get("includeObject", "Metadata"),
            since=since,
            bookmarks=bookmarks,
            initial_bookmark=initial and bookmarks,
            ends_at=watches.ends_at(exchange.params.get("timeoutSeconds", ""), identity),
        )
        await Watch(self._catalogue, self._told, request).serve(exchange)

    async def _wait(self, exchange: Exchange, kind: Kind) -> None:
        """Wait until the catalogue holds what the client has already seen."""
        if not (self._catalogue.usable or await self._catalogue.ready(WAIT_S)):
            raise RefusedError(statuses.unavailable(NOT_READY))
        cache, asked = self._catalogue.cache(kind.resource), _version(exchange)
        if exchange.params.get("resourceVersionMatch") == "Exact" and asked != cache.version:
            raise RefusedError(statuses.expired(f"too old resource version: {asked}"))
        if asked > cache.version and not await cache.reached(asked, WAIT_S):
            raise RefusedError(statuses.too_new(asked, cache.version))


def _shape(exchange: Exchange) -> Shape:
    shape = formats.accepted(exchange.header(b"accept"))
    if shape is None:
        raise RefusedError(statuses.not_acceptable())
    return shape


def _selector(exchange: Exchange, kind: Kind) -> Selector:
    params = exchange.params
    try:
        return selectors.parsed(
            params.get("labelSelector", ""), params.get("fieldSelector", ""), kind.fields
        )
    except SelectorError as error:
        raise RefusedError(statuses.bad_request(str(error))) from error


def _version(exchange: Exchange) -> int:
    text = exchange.params.get("resourceVersion", "")
    if text and not _VERSION.fullmatch(text):
        raise RefusedError(statuses.bad_request(f"invalid resource version {text[:64]!r}"))
    return int(text or 0)


def _question(exchange: Exchange, kind: Kind, identity: Identity) -> Question:
    params = exchange.params
    return Question(
        kind.resource,
        identity.key,
        params.get("labelSelector", ""),
        params.get("fieldSelector", ""),
    )


async def _reply(exchange: Exchange, body: bytes) -> None:
    headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-cache, private")]
    if len(body) > GZIP_ABOVE_BYTES and "gzip" in exchange.header(b"accept-encoding"):
        body = await asyncio.to_thread(gzip.compress, body, 4)
        headers += [(b"content-encoding", b"gzip"), (b"vary", b"Accept-Encoding")]
    headers.append((b"content-length", str(len(body)).encode()))
    await exchange.reply(200, headers, body)
