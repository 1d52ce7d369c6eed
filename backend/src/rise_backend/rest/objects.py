"""Projects and teams as the API server has them, read and written as the person who asks.

REST writes as the gateway does, through `Writes`: answered when the effect can be seen, sent again
while the API server's policies start. What the API server refuses becomes a problem in its words.
"""

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import orjson

from rise_backend.errors import UnavailableError
from rise_backend.gateway.catalogue import KINDS
from rise_backend.gateway.lists import RefusedError
from rise_backend.gateway.relay import Answer
from rise_backend.gateway.upstream import Caller
from rise_backend.gateway.writes import Write
from rise_backend.rest.kinds import Kind
from rise_backend.rest.preconditions import Tags
from rise_backend.rest.problems import ProblemError
from rise_backend.rest.refusals import refusal
from rise_backend.rest.shape import JSON, MERGE_PATCH
from rise_backend.services import Services
from rise_crds.api import API_VERSION, NAME_PATTERN
from rise_crds.patches import JSON_PATCH, overtaken, patch, pauses

MANAGER = "rise-rest"
_NAME = re.compile(NAME_PATTERN)

Object = Mapping[str, Any]
Spec = Mapping[str, Any]
Decide = Callable[[Object], Spec]


class ChangedMeanwhileError(Exception):
    """The object is at another version than the write was made for."""


@dataclass(frozen=True)
class Objects:
    """The objects of one resource, as one person may use them."""

    shared: Services
    caller: Caller
    resource: str  # projects or teams

    async def read(self, name: str) -> Object:
        """Return the object.

        Raises:
            ProblemError: there is none that the person may see.
        """
        found = await self.find(name)
        if found is None:
            raise self._not_found(name)
        return found

    async def find(self, name: str) -> Object | None:
        """Return the object; None: there is none that the person may see."""
        if not _NAME.fullmatch(name):
            return None
        raw = await self.shared.gateway.one(self.caller, self.resource, name)
        return None if raw is None else orjson.loads(raw)

    async def create(self, name: str, spec: Spec) -> Object:
        """Create an object.

        Raises:
            ProblemError: the API server refuses; NAME_TAKEN also for a name of somebody else's.
        """
        kind = KINDS[self.resource].kind
        manifest = {"apiVersion": API_VERSION, "kind": kind, "metadata": {"name": name}}
        return await self._write("POST", "", {**manifest, "spec": spec})

    async def merge(self, name: str, spec: Spec, tags: Tags | None = None) -> Object:
        """Merge into the spec of an object as it is by then; `tags` says which it has to be.

        Raises:
            ProblemError: the API server refuses, `tags` does not hold, or there is none.
        """
        if tags is None:
            return await self._write("PATCH", name, {"spec": spec}, MERGE_PATCH)
        return await self.change(name, lambda _: spec, tags)

    async def change(self, name: str, decide: Decide, tags: Tags | None = None) -> Object:
        """Merge what `decide` makes of the object as it is into it; `tags` says which it has to be.

        Nobody's change of the spec is lost: one that comes between is read, and decided on anew.
        With a tag everything counts that moves it, a new status, too.

        Raises:
            ProblemError: the API server refuses, `tags` does not hold, or there is none.
        """
        for pause_s in pauses():
            await asyncio.sleep(pause_s)
            found = await self.read(name)
            if tags is not None:
                tags.check(found)
            at = "generation" if tags is None or tags.any else "resourceVersion"
            try:
                return await self._write("PATCH", name, patch(found, decide(found), at), JSON_PATCH)
            except ChangedMeanwhileError:
                continue
        raise ProblemError(
            Kind.CONFLICT, "somebody else changed it each time just before: try again"
        )

    async def delete(self, name: str, tags: Tags | None = None) -> Object:
        """Begin to delete an object; return it, or what is left to say of it.

        Raises:
            ProblemError: the API server refuses, `tags` does not hold, or there is none.
        """
        options: dict[str, Any] = {}
        for pause_s in pauses():
            await asyncio.sleep(pause_s)
            if tags is not None:
                found = await self.read(name)
                tags.check(found)
                tested = "uid" if tags.any else "resourceVersion"
                options = {"preconditions": {tested: found["metadata"][tested]}}
            try:
                return await self._write("DELETE", name, options)
            except ChangedMeanwhileError:
                continue
        raise ProblemError(
            Kind.CONFLICT, "somebody else changed it each time just before: try again"
        )

    async def _write(self, method: str, name: str, body: Any, content: str = JSON) -> Object:
        if name and not _NAME.fullmatch(name):
            raise self._not_found(name)
        path = f"/apis/{API_VERSION}/{self.resource}" + (f"/{name}" if name else "")
        query = "" if method == "DELETE" else f"?fieldManager={MANAGER}&fieldValidation=Strict"
        write = Write(
            method,
            path + query,
            KINDS[self.resource],
            name,
            headers=[("Accept", "application/json"), ("Content-Type", content)],
            body=orjson.dumps(body),
        )
        return self._read(name, await self._answer(write))

    async def _answer(self, write: Write) -> Answer:
        try:
            return await self.shared.writes.answer(self.caller, write)
        except RefusedError as error:
            if error.refusal.code == HTTPStatus.NOT_FOUND:
                raise self._not_found(write.name) from error
            raise

    def _read(self, name: str, answer: Answer) -> Object:
        if answer.code < HTTPStatus.BAD_REQUEST:
            return orjson.loads(answer.body)
        try:
            status = orjson.loads(answer.body)
        except orjson.JSONDecodeError as error:
            raise UnavailableError(f"the API server answered {answer.code}: try again") from error
        if answer.code == HTTPStatus.NOT_FOUND:
            raise self._not_found(name)
        if overtaken(answer.code, status):
            raise ChangedMeanwhileError
        raise refusal(status, self.resource.removesuffix("s"))

    def _not_found(self, name: str) -> ProblemError:
        return ProblemError(
            Kind.NOT_FOUND,
            f"there is no {self.resource.removesuffix('s')} called {name} that you may see: look "
            f"at the spelling, or ask its owner to add you",
        )


def version_of(found: Object) -> str:
    """Return the version of an object."""
    return str(found["metadata"]["resourceVersion"])
