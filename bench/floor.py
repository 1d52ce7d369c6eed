"""The floor: a bare client that sends what the operator sends, and does nothing else.

It watches, compares, remembers and mirrors nothing. Same identity, same bodies, same order, same
concurrency as the operator. A process of its own, so that CPU time and memory can be compared;
standard input has an `Order` in its first line, then a line for each Project.
"""

from __future__ import annotations

import asyncio
import ssl
import sys
from collections import Counter
from dataclasses import dataclass
from typing import Any, NamedTuple

import aiohttp
import orjson
from template import Template, filled
from yarl import URL

USER_AGENT = "rise-bench-floor"
READY = "ready"
LONGEST_LINE = 1 << 20
PATIENCE_S = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8)  # the operator's, with a right that is not seen yet
BAD_REQUEST = 400
# A right that is not seen yet; the account `default`, which Kubernetes makes at the same moment.
PASSING = {403, 409}


@dataclass(frozen=True)
class Order:
    """Where to send what, as whom, and how many requests at the same time."""

    server: str
    ca: str
    token: str
    workers: int
    templates: list[Template]


class Project(NamedTuple):
    """What a line says."""

    name: str
    uid: str
    version: str


class Floor:
    """Sends every template for every Project, and counts the answers."""

    def __init__(self, session: aiohttp.ClientSession, order: Order) -> None:
        """Send through `session`."""
        self.answers: Counter[int] = Counter()
        self._session = session
        self._order = order

    async def work(self, projects: asyncio.Queue[Project | None]) -> None:
        """Take Projects until there are no more."""
        while (project := await projects.get()) is not None:
            versions = [project.version]
            for template in self._order.templates:
                path, body = filled(template, project.name, project.uid, versions)
                answer = await self._send(template, path, body)
                if template.renews:
                    versions.append(orjson.loads(answer)["metadata"]["resourceVersion"])
        projects.put_nowait(None)  # for the next worker

    async def _send(self, template: Template, path: str, body: bytes) -> bytes:
        url = URL(self._order.server + path, encoded=True)
        headers = {"Content-Type": template.content_type}
        pauses = iter(PATIENCE_S)
        while True:
            async with self._session.request(
                template.method, url, data=body, headers=headers
            ) as answer:
                said = await answer.read()
            self.answers[answer.status] += 1
            if answer.status < BAD_REQUEST:
                return said
            pause = next(pauses, None)
            if answer.status not in PASSING or pause is None:
                raise ConnectionRefusedError(f"{template.method} {path}: {said.decode()}")
            await asyncio.sleep(pause)


async def main() -> None:
    """Work on what standard input says, until it ends; then print how often each answer came."""
    lines = await _standard_input()
    order = _order(orjson.loads(await lines.readline()))
    projects: asyncio.Queue[Project | None] = asyncio.Queue()
    tls = ssl.create_default_context(cafile=order.ca)
    headers = {
        "Authorization": f"Bearer {order.token}",
        "Accept": "application/json",
        "User-Agent": USER_AGENT,
    }
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, ssl=tls, keepalive_timeout=60), headers=headers
    ) as session:
        floor = Floor(session, order)
        async with asyncio.TaskGroup() as group:
            for _ in range(order.workers):
                group.create_task(floor.work(projects))
            _say(READY)
            async for line in lines:
                projects.put_nowait(Project(*line.decode().split()))
            projects.put_nowait(None)
    _say(orjson.dumps({str(status): times for status, times in floor.answers.items()}).decode())


def _order(given: dict[str, Any]) -> Order:
    given["templates"] = [Template(**each) for each in given["templates"]]
    return Order(**given)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def _standard_input() -> asyncio.StreamReader:
    reader = asyncio.StreamReader(limit=LONGEST_LINE)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


if __name__ == "__main__":
    asyncio.run(main())
