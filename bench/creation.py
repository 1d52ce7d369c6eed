"""Many Projects at once: created by an administrator, and watched until they are Ready."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson

from rise_crds.api import API_VERSION
from rise_crds.conditions import MIRRORED, READY
from rise_local.site import Site

PATH = f"/apis/{API_VERSION}/projects"
CONCURRENCY = 32
WITHIN_S = 300.0
LONGEST_LINE = 1 << 20


@dataclass(frozen=True)
class Created:
    """What the API server said of a new Project."""

    name: str
    uid: str
    version: str


def manifest(name: str) -> dict[str, Any]:
    """Return a Project as people write it."""
    spec = {"owner": {"user": "alice@example.com"}, "description": "One of many"}
    return {
        "apiVersion": API_VERSION,
        "kind": "Project",
        "metadata": {"name": name},
        "spec": spec,
    }


class _Creation:
    """Creates Projects and waits for them."""

    def __init__(self, session: aiohttp.ClientSession, server: str) -> None:
        self._session = session
        self._server = server

    async def bulk(self, names: Sequence[str], created: Callable[[Created], None]) -> float:
        version = await self._version()
        async with asyncio.timeout(WITHIN_S), asyncio.TaskGroup() as group:
            watching = asyncio.Event()
            everything = group.create_task(self._until_ready(set(names), version, watching))
            await watching.wait()
            began = time.perf_counter()
            left = iter(names)
            for _ in range(CONCURRENCY):
                group.create_task(self._create(left, created))
            await everything
            return time.perf_counter() - began

    async def _create(self, names: Iterator[str], created: Callable[[Created], None]) -> None:
        for name in names:
            async with self._session.post(self._server + PATH, json=manifest(name)) as answer:
                metadata = (await answer.json())["metadata"]
            created(Created(name, metadata["uid"], metadata["resourceVersion"]))

    async def _version(self) -> str:
        """Return the version from which a watch sees every Project that is created from now on."""
        async with self._session.get(f"{self._server}{PATH}?limit=1") as answer:
            return str((await answer.json())["metadata"]["resourceVersion"])

    async def _until_ready(self, names: set[str], version: str, watching: asyncio.Event) -> None:
        options = {"watch": "true", "resourceVersion": version}
        async with self._session.get(self._server + PATH, params=options) as answer:
            watching.set()
            async for line in answer.content:
                project = orjson.loads(line)["object"]
                if is_ready(project):
                    names.discard(project["metadata"]["name"])
                if not names:
                    return
        raise TimeoutError(f"the watch ended before {len(names)} projects were Ready")


def is_ready(project: dict[str, Any]) -> bool:
    """Tell whether a Project is Ready, and its row written."""
    conditions = (project.get("status") or {}).get("conditions") or []
    good = {each["type"] for each in conditions if each["status"] == "True"}
    return {READY, MIRRORED} <= good


async def bulk(site: Site, names: Sequence[str], created: Callable[[Created], None]) -> float:
    """Return the seconds from the first create until all Projects are Ready and mirrored.

    `created` hears of each Project as soon as it exists.

    Raises:
        TimeoutError: they are not in time.
        aiohttp.ClientError: the API server refused, or did not answer.
    """
    tls = ssl.create_default_context(cafile=site.ca)
    administrator = site.authority.pair("admin")
    tls.load_cert_chain(administrator.certificate, administrator.key)
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, ssl=tls),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=5),
        raise_for_status=True,
        read_bufsize=LONGEST_LINE,
        json_serialize=lambda value: orjson.dumps(value).decode(),
    ) as session:
        return await _Creation(session, site.url("kube-apiserver")).bulk(names, created)
