"""An API server as far as the gateway's caches read one: lists, watches, versions, what goes wrong.

It keeps every event, so that a watch from an older version is told what came since; `forget` makes
it keep nothing for a while, so that the next watch ends in a 410, and a list has to show what was
missed.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from rise_backend.gateway.upstream import BrokenOffError, Upstream

Manifest = dict[str, Any]
Ending = Literal["in order", "broken off", "expired"]
RESOURCES = ("projects", "teams")
GONE = json.dumps({"type": "ERROR", "object": {"code": 410}}).encode() + b"\n"


@dataclass
class Stream:
    """One watch: lines, or how it ends."""

    lines: asyncio.Queue[bytes | Ending] = field(default_factory=asyncio.Queue[bytes | Ending])
    status: int = 200

    async def chunks(self) -> AsyncIterator[bytes]:
        """Return the lines until the watch ends."""
        while True:
            match await self.lines.get():
                case "in order":
                    return
                case "broken off":
                    raise BrokenOffError
                case "expired":
                    yield GONE
                case bytes(line):
                    yield line


@dataclass
class Whole:
    """An answer that is there whole."""

    body: bytes
    status: int = 200
    raw_headers: tuple[tuple[bytes, bytes], ...] = ()

    async def read(self) -> bytes:
        """Return the whole body."""
        return self.body


class Script:
    """Objects with versions, and what lists and watches say of them."""

    def __init__(self) -> None:
        """Hold nothing."""
        self.version = 1
        self.objects: dict[str, dict[str, Manifest]] = {name: {} for name in RESOURCES}
        self._kept: dict[str, list[tuple[int, bytes | None]]] = {name: [] for name in RESOURCES}
        self._open: dict[str, Stream] = {}
        self._forgetful: set[str] = set()
        self._made = 0

    def put(self, resource: str, name: str, content: Manifest, labels: Mapping[str, str]) -> None:
        """Create or change an object."""
        known = self.objects[resource].get(name)
        self.version += 1
        self._made += known is None
        metadata = {
            "name": name,
            "uid": known["metadata"]["uid"] if known else f"uid-{self._made}",
            "resourceVersion": str(self.version),
            "labels": dict(labels),
        }
        self.objects[resource][name] = {"metadata": metadata, **content}
        self._say(resource, "MODIFIED" if known else "ADDED", self.objects[resource][name])

    def remove(self, resource: str, name: str) -> None:
        """Delete an object, if it is there."""
        gone = self.objects[resource].pop(name, None)
        if gone is not None:
            self.version += 1
            metadata = {**gone["metadata"], "resourceVersion": str(self.version)}
            self._say(resource, "DELETED", {**gone, "metadata": metadata})

    def bookmark(self, resource: str) -> None:
        """Say which version the watch has reached."""
        self._say(resource, "BOOKMARK", {"metadata": {"resourceVersion": str(self.version)}})

    def forget(self, resource: str) -> None:
        """Tell nobody of what comes now, and do not keep it."""
        self._forgetful.add(resource)

    def end(self, resource: str, ending: Ending) -> None:
        """End the watch; from now on everything is told again."""
        self._forgetful.discard(resource)
        if resource in self._open:
            self._open[resource].lines.put_nowait(ending)

    def uid(self, team: str) -> str:
        """Return the UID of the Team that has the name now."""
        known = self.objects["teams"].get(team)
        return known["metadata"]["uid"] if known else "uid-of-nobody"

    def listed(self, resource: str) -> Whole:
        """Answer a list."""
        manifests = list(self.objects[resource].values())
        return Whole(json.dumps(_table(self.version, manifests)).encode())

    @asynccontextmanager
    async def watched(self, resource: str, since: int) -> AsyncGenerator[Stream]:
        """Answer a watch: first with what came since."""
        stream = Stream()
        missed = [line for version, line in self._kept[resource] if version > since]
        for line in missed:
            stream.lines.put_nowait("expired" if line is None else line)
        self._open[resource] = stream
        try:
            yield stream
        finally:
            if self._open.get(resource) is stream:  # else a gateway that came after holds another
                del self._open[resource]

    def _say(self, resource: str, kind: str, manifest: Manifest) -> None:
        event = {"type": kind, "object": _table(self.version, [manifest])}
        line = json.dumps(event).encode() + b"\n"
        told = resource not in self._forgetful
        if kind != "BOOKMARK":
            self._kept[resource].append((self.version, line if told else None))
        if told and resource in self._open:
            self._open[resource].lines.put_nowait(line)


class Scripted(Upstream):
    """The gateway's way to the script."""

    def __init__(self, script: Script) -> None:
        """Ask `script`."""
        self._script = script

    def as_gateway(
        self, target: str, *, accept: str = "application/json", silence_s: float | None = None
    ) -> Any:
        """Answer a list or a watch."""
        del accept, silence_s
        path, _, query = target.partition("?")
        parameters = dict(part.split("=", 1) for part in query.split("&"))
        resource = path.rpartition("/")[2]
        if "watch" in parameters:
            return self._script.watched(resource, int(parameters["resourceVersion"]))
        return answered(self._script.listed(resource))

    def as_person(self, *_: Any, **__: Any) -> Any:
        """Answer a review: nobody may do anything everywhere."""
        return answered(Whole(b'{"status":{"allowed":false}}', status=201))


@asynccontextmanager
async def answered(answer: Whole) -> AsyncGenerator[Whole]:
    """Answer a request."""
    yield answer


def _table(version: int, manifests: list[Manifest]) -> Manifest:
    rows = [{"cells": [], "object": manifest} for manifest in manifests]
    return {"metadata": {"resourceVersion": str(version)}, "rows": rows}
