"""A cache of one resource, kept by the gateway's own list and watch of Tables with objects.

A row carries both the printed cells and the whole object, so that lists, tables and metadata are
joined from stored bytes, and columns follow the CRD.

    list ──► watch ──► event … event ──► (the server ends it, or it is silent too long) ──► watch
      ▲                                                                                       │
      └────────────── 410, or the list's own failure, after a pause ◄─────────────────────────┘
"""

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import msgspec

from rise_backend.errors import UnavailableError
from rise_backend.gateway.formats import Columns
from rise_backend.gateway.objects import Entry, Row
from rise_backend.gateway.upstream import BrokenOffError, Response, Upstream
from rise_crds.api import API_VERSION

TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
PAUSES_S = (0.2, 0.5, 1.0, 2.0, 5.0)
WATCH_S = 480
AT_ONCE = 250  # rows that are parsed in one go
TOLERATED_S = 15.0  # how long a cache without contact still answers

_log = logging.getLogger(__name__)


class _ListMeta(msgspec.Struct, rename="camel"):
    resource_version: str = "0"


class _Table(msgspec.Struct, rename="camel"):
    metadata: _ListMeta = msgspec.field(default_factory=_ListMeta)
    column_definitions: list[dict[str, Any]] | None = None
    rows: list[Row] = []


class _Event(msgspec.Struct):
    type: str
    object: msgspec.Raw


class _Version(msgspec.Struct):
    metadata: _ListMeta = msgspec.field(default_factory=_ListMeta)


class _Status(msgspec.Struct):
    code: int = 0


class _ExpiredError(Exception):
    """The server asks for a new list."""


FAILURES = (
    UnavailableError,
    BrokenOffError,
    msgspec.DecodeError,
    TimeoutError,
    OSError,
)


@dataclass(frozen=True)
class Change:
    """What one event did to one name."""

    name: str
    before: Entry | None
    after: Entry | None


class Reflector:
    """The cache of one resource."""

    def __init__(
        self,
        upstream: Upstream,
        resource: str,
        parse: Callable[[Row], Entry],
        changed: Callable[[Change], None],
    ) -> None:
        """Cache `resource`, reading rows with `parse`; tell `changed` what changes."""
        self._upstream = upstream
        self._path = f"/apis/{API_VERSION}/{resource}"
        self._resource = resource
        self._parse = parse
        self._changed = changed
        self._entries: dict[str, Entry] = {}
        self._moved = asyncio.Event()
        self._contact = float("-inf")
        self._connected = False
        self._lost = ""
        self.columns = Columns()
        self.version = 0

    @property
    def entries(self) -> Mapping[str, Entry]:
        """The objects, by name."""
        return self._entries

    @property
    def usable(self) -> bool:
        """Whether what is held may be handed out."""
        lately = time.monotonic() - self._contact < TOLERATED_S
        return self.version > 0 and (self._connected or lately)

    async def run(self) -> None:
        """Keep the cache until cancelled."""
        failures = 0
        while True:
            try:
                await self._list()
                failures = 0
                while True:
                    await self._watch()
            except _ExpiredError:
                await asyncio.sleep(PAUSES_S[0])
            except FAILURES as error:
                self._lose_contact(error)
                pause = PAUSES_S[min(failures, len(PAUSES_S) - 1)]
                failures += 1
                await asyncio.sleep(pause * random.uniform(0.8, 1.2))  # noqa: S311 - spreads load

    async def reached(self, version: int, within_s: float) -> bool:
        """Wait until everything up to `version` has been seen; say whether it was in time."""
        return await self._until(lambda: self.version >= version, within_s)

    async def ready(self, within_s: float) -> bool:
        """Wait until the cache may be handed out; say whether it was in time."""
        return await self._until(lambda: self.usable, within_s)

    async def _until(self, claim: Callable[[], bool], within_s: float) -> bool:
        if claim():  # nearly always: a timer costs more than all the rest
            return True
        try:
            async with asyncio.timeout(within_s):
                while not claim():
                    await self._moved.wait()
        except TimeoutError:
            return False
        return True

    async def _list(self) -> None:
        target = f"{self._path}?includeObject=Object"
        async with self._upstream.as_gateway(target, accept=TABLE) as response:
            body = await response.read()
        if response.status != HTTPStatus.OK:
            raise UnavailableError(f"listing {self._resource} answers {response.status}")
        table = msgspec.json.decode(body, type=_Table)
        fresh = {entry.name: entry async for entry in self._parsed(table.rows)}
        self.columns = Columns.of(table.column_definitions or [])
        for name in [name for name in self._entries if name not in fresh]:
            self._set(name, None)
        for name, entry in fresh.items():
            if self._entries.get(name) != entry:
                self._set(name, entry)
        self._move(int(table.metadata.resource_version))
        self._connected = True
        if self._lost:
            _log.info("%s can be listed again", self._resource)
        self._lost = ""

    async def _parsed(self, rows: list[Row]) -> AsyncIterator[Entry]:
        """Return the entries, letting others go on in between: there may be many thousands."""
        for at, row in enumerate(rows):
            if at % AT_ONCE == 0:
                await asyncio.sleep(0)
            yield self._parse(row)

    async def _watch(self) -> None:
        started = time.monotonic()
        target = (
            f"{self._path}?watch=true&allowWatchBookmarks=true&includeObject=Object"
            f"&resourceVersion={self.version}&timeoutSeconds={WATCH_S}"
        )
        async with self._upstream.as_gateway(target, accept=TABLE) as response:
            if response.status == HTTPStatus.GONE:
                raise _ExpiredError
            if response.status != HTTPStatus.OK:
                raise UnavailableError(f"watching {self._resource} answers {response.status}")
            async for line in lines(response):
                self._take(msgspec.json.decode(line, type=_Event))
        await asyncio.sleep(max(0.0, 1.0 - (time.monotonic() - started)))

    def _take(self, event: _Event) -> None:
        self._contact = time.monotonic()
        if event.type == "ERROR":
            code = msgspec.json.decode(event.object, type=_Status).code
            if code == HTTPStatus.GONE:
                raise _ExpiredError
            raise UnavailableError(f"the watch of {self._resource} ended with {code}")
        for row in msgspec.json.decode(event.object, type=_Table).rows:
            if event.type == "BOOKMARK":
                self._move(
                    int(msgspec.json.decode(row.object, type=_Version).metadata.resource_version)
                )
                continue
            entry = self._parse(row)
            self._set(entry.name, None if event.type == "DELETED" else entry)
            self._move(entry.version)

    def _set(self, name: str, after: Entry | None) -> None:
        before = self._entries.pop(name, None)
        if after is not None:
            self._entries[name] = after
        self._changed(Change(name, before, after))

    def _move(self, version: int) -> None:
        self.version = version
        self._contact = time.monotonic()
        self._moved.set()
        self._moved = asyncio.Event()

    def _lose_contact(self, error: Exception) -> None:
        self._connected = False
        said = str(error) or type(error).__name__
        if said != self._lost:
            _log.warning("%s cannot be watched: %s", self._resource, said)
        self._lost = said


async def lines(response: Response) -> AsyncIterator[bytes]:
    """Return the lines of a watch, however long they are."""
    rest = b""
    async for chunk in response.chunks():
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line
