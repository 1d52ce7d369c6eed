"""Many watches of many people: what each costs, when a change is seen, whether any event is lost.

Everybody has two watches. An administrator changes Projects at a steady rate; each change carries a
number, and in the end both watches of its owner have to hold the last number of their Project.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median, quantiles
from typing import Any, cast
from urllib.parse import urlsplit

import aiohttp
import crowd
import httptools
import orjson
import psutil
from provider import Issuer
from stand import Server, Stand

EACH = 2  # watches of one person
OPENING = 32  # at a time
TURNS = 20  # changes of what somebody sees
SEEN_S = 15.0
LIVE_EVERY_S = 0.05
MERGE = {"Content-Type": "application/merge-patch+json"}
Heard = Callable[["Watcher", str, dict[str, Any]], None]


def person(number: int) -> str:
    """Return somebody who exists only here."""
    return f"person-{number:05}@bench.example.com"


@dataclass(frozen=True)
class Figures:
    """What came of it."""

    watches: int
    kib_each: float
    visible_ms: float  # from the answer to a change of members until the watcher knows; median
    visible_most_ms: float
    changes: int
    changes_per_s: float
    events: int
    lost: int  # watches that never saw the last state
    event_ms: float  # from the answer to a change until a watcher has it; median
    event_p99_ms: float
    live_most_ms: float  # the slowest /livez meanwhile


class Watcher(asyncio.Protocol):
    """One watch, of somebody's Projects."""

    def __init__(self, number: int, request: bytes, heard: Heard) -> None:
        """Watch for person `number`; tell `heard` of each event."""
        self.number = number
        self.begun: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.last: dict[str, str] = {}  # project → description
        self._request = request
        self._heard = heard
        self._rest = b""
        self._parser = httptools.HttpResponseParser(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask."""
        cast("asyncio.Transport", transport).write(self._request)

    def data_received(self, data: bytes) -> None:
        """Read on."""
        self._parser.feed_data(data)

    def on_headers_complete(self) -> None:
        """Check that it is a watch."""
        if self._parser.get_status_code() != 200:  # noqa: PLR2004 - OK
            self.begun.set_exception(ConnectionError(str(self._parser.get_status_code())))

    def on_body(self, body: bytes) -> None:
        """Take the events."""
        *lines, self._rest = (self._rest + body).split(b"\n")
        for line in lines:
            event = orjson.loads(line)
            name = event["object"]["metadata"]["name"]
            self.last[name] = event["object"]["spec"]["description"]
            self._heard(self, event["type"], event["object"])
            if not self.begun.done():
                self.begun.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """Say so when it never began."""
        if not self.begun.done():
            self.begun.set_exception(ConnectionError(str(exc)))


@dataclass
class Watching:
    """All watches, and the administrator who changes what they see."""

    stand: Stand
    backend: Server
    issuer: Issuer
    session: aiohttp.ClientSession
    first: int  # the number of the Project that belongs to person 0
    watchers: list[Watcher] = field(default_factory=list[Watcher])
    told_s: list[float] = field(default_factory=list[float])
    events: int = 0
    _answered: dict[str, float] = field(default_factory=dict[str, float])
    _expected: tuple[int, str, str] = (-1, "", "")  # person, type, project
    _seen: asyncio.Event = field(default_factory=asyncio.Event)

    async def open(self, count: int) -> None:
        """Open that many more watches, `EACH` for a person."""
        left = iter(range(len(self.watchers), len(self.watchers) + count))
        tls = ssl.create_default_context(cafile=self.stand.ca)
        async with asyncio.TaskGroup() as group:
            for _ in range(OPENING):
                group.create_task(self._open(left, tls))

    async def _open(self, left: Any, tls: ssl.SSLContext) -> None:
        url = urlsplit(self.backend.url)
        for at in left:
            number = at // EACH
            head = (
                f"GET {crowd.PROJECTS}?watch=true HTTP/1.1\r\nHost: {url.netloc}\r\n"
                f"Authorization: Bearer {self.issuer.token(person(number))}\r\n\r\n"
            )
            watcher = Watcher(number, head.encode(), self._heard)
            await asyncio.get_running_loop().create_connection(
                lambda watcher=watcher: watcher, url.hostname or "", url.port or 443, ssl=tls
            )
            await watcher.begun
            self.watchers.append(watcher)

    def memory(self) -> int:
        """Return the memory that the backend holds."""
        return int(psutil.Process(self.backend.pid).memory_info().rss)

    async def shown(self) -> list[float]:
        """Return how long it takes until person 0 sees, or sees no longer, what changed."""
        members = [{"user": person(0), "role": "viewer"}]
        taken: list[float] = []
        for turn in range(TURNS):
            appears = turn % 2 == 0
            self._expected = (0, "ADDED" if appears else "DELETED", "shop-0001")
            self._seen.clear()
            await self._change("shop-0001", {"members": members if appears else []})
            began = time.perf_counter()
            await asyncio.wait_for(self._seen.wait(), SEEN_S)
            taken.append(time.perf_counter() - began)
        return taken

    async def flood(self, changes: int, per_s: float) -> tuple[float, dict[str, str]]:
        """Change Projects at a steady rate; return the true rate, and what each was in the end."""
        self.events, people = 0, len(self.watchers) // EACH
        final: dict[str, str] = {}
        began = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for at in range(changes):
                name, description = f"shop-{self.first + at % people:04}", f"change {at}"
                final[name] = description
                group.create_task(self._change(name, {"description": description}, description))
                await asyncio.sleep(max(0.0, began + (at + 1) / per_s - time.perf_counter()))
        return changes / (time.perf_counter() - began), final

    async def lost(self, final: dict[str, str]) -> int:
        """Return how many watches do not hold the last state, even after a while."""
        deadline = time.perf_counter() + SEEN_S
        while True:
            late = [each for each in self.watchers if not self._holds(each, final)]
            if not late or time.perf_counter() > deadline:
                return len(late)
            await asyncio.sleep(0.05)

    def _holds(self, watcher: Watcher, final: dict[str, str]) -> bool:
        name = f"shop-{self.first + watcher.number:04}"
        return name not in final or watcher.last.get(name) == final[name]

    async def _change(self, name: str, spec: dict[str, Any], key: str = "") -> None:
        body = orjson.dumps({"spec": spec})
        async with self.session.patch(f"{crowd.PROJECTS}/{name}", data=body, headers=MERGE) as said:
            await said.read()
        if key:
            self._answered[key] = time.perf_counter()

    def _heard(self, watcher: Watcher, kind: str, found: dict[str, Any]) -> None:
        self.events += 1
        if (watcher.number, kind, found["metadata"]["name"]) == self._expected:
            self._seen.set()
        answered = self._answered.get(found["spec"]["description"])
        if answered is not None:
            self.told_s.append(time.perf_counter() - answered)
        elif found["spec"]["description"].startswith("change "):
            self.told_s.append(0.0)  # the event was here before the answer


async def _live(url: str, ca: str, taken: list[float]) -> None:
    tls = ssl.create_default_context(cafile=ca)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=tls)) as session:
        while True:
            began = time.perf_counter()
            async with session.get(f"{url}/livez") as answer:
                await answer.read()
            taken.append(time.perf_counter() - began)
            await asyncio.sleep(LIVE_EVERY_S)


async def measure(
    on: Stand,
    backend: Server,
    provider: Issuer,
    *,
    first: int,
    watches: int,
    changes: int,
    per_s: float,
) -> Figures:
    """Open the watches, change who sees what, then change much.

    Raises:
        ConnectionError: a watch was refused.
        TimeoutError: a change was never seen.
    """
    async with on.administrator() as session:
        watching = Watching(on, backend, provider, session, first)
        await watching.open(OPENING)  # what the first ones need is not theirs alone
        before = watching.memory()
        await watching.open(watches - OPENING)
        each = (watching.memory() - before) / (watches - OPENING)
        shown, live = await watching.shown(), list[float]()
        living = asyncio.create_task(_live(backend.url, on.ca, live))
        rate, final = await watching.flood(changes, per_s)
        lost = await watching.lost(final)
        living.cancel()
        await asyncio.wait([living])
    told = watching.told_s
    return Figures(
        watches=watches,
        kib_each=each / 1024,
        visible_ms=median(shown) * 1000,
        visible_most_ms=max(shown) * 1000,
        changes=changes,
        changes_per_s=rate,
        events=watching.events,
        lost=lost,
        event_ms=median(told) * 1000,
        event_p99_ms=_p99(told) * 1000,
        live_most_ms=max(live) * 1000,
    )


def _p99(taken_s: Sequence[float]) -> float:
    return quantiles(taken_s, n=100)[-1]
