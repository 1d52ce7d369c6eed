"""Requests to the API server: `rise_http` and orjson, as the official client is configured.

The official client took two to three times the CPU of aiohttp for a request, and aiohttp takes more
than this; tests and everything off the hot path use the official one.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import orjson

from rise_crds.api import FIELD_MANAGER
from rise_http.errors import ExchangeError
from rise_http.pool import Pool
from rise_operator.engine.breaker import Breaker
from rise_operator.engine.refusals import Away, refusal

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence

    from rise_http.connection import Response
    from rise_operator.engine.credentials import Credentials
    from rise_operator.engine.metrics import Metrics
    from rise_operator.engine.refusals import ApiError
    from rise_operator.engine.resource import Resource
    from rise_operator.manifest import Manifest

JSON = "application/json"
APPLY = "application/apply-patch+yaml"  # JSON is YAML
JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"

REQUEST_S = 30.0
PROBE_S = 2.0

# Uncompressed: a watch that begins with a list is compressed otherwise, with a flush for each later
# event; and pages of lists are taken only where the server cannot stream them.
_HEADERS = (
    ("Accept", JSON),
    ("Accept-Encoding", "identity"),
    ("User-Agent", FIELD_MANAGER),
)
_OPTIONS = {"fieldManager": FIELD_MANAGER}
_APPLY_OPTIONS = {**_OPTIONS, "force": "true"}


class Client:
    """One identity at one API server; every request waits while the breaker is open."""

    def __init__(self, credentials: Credentials, metrics: Metrics) -> None:
        """Connect when first asked to; to be made inside the running loop."""
        self._credentials = credentials
        self._metrics = metrics
        self._host = credentials.server.partition("://")[2]
        self._pool = Pool(
            credentials.server,
            credentials.tls(),
            f"the API server at {self._host}",
            certified=credentials.server_name,
        )
        self.breaker = Breaker(self.is_ready)

    async def close(self) -> None:
        """Close every connection."""
        self.breaker.stop()
        self._pool.close()

    async def is_ready(self) -> bool:
        """Return whether the API server says that it is."""
        try:
            async with asyncio.timeout(PROBE_S):
                headers = await self._headers("")
                async with self._pool.request("GET", "/readyz", headers) as answer:
                    await answer.read()
                    return answer.status == HTTPStatus.OK
        except (ExchangeError, OSError, TimeoutError):
            return False

    async def get(self, resource: Resource, name: str, namespace: str = "") -> dict[str, Any]:
        """Return one object.

        Raises:
            ApiError: see `refusals`.
        """
        return await self._send("GET", resource.path(name, namespace))

    async def list(self, resource: Resource, options: Mapping[str, str]) -> dict[str, Any]:
        """Return one page of a list.

        Raises:
            ApiError: see `refusals`.
        """
        return await self._send("GET", resource.path(), options=options)

    async def create(self, resource: Resource, manifest: Manifest) -> dict[str, Any]:
        """Create an object that must not exist yet.

        Raises:
            Conflict: it does.
            ApiError: see `refusals`.
        """
        path = resource.path(namespace=manifest["metadata"].get("namespace", ""))
        return await self._send("POST", path, manifest, JSON, _OPTIONS)

    async def try_create(
        self, resource: Resource, manifest: Manifest, manager: str = FIELD_MANAGER
    ) -> None:
        """Have the API server decide whether an object may be created; it never is.

        Raises:
            ApiError: it may not, or there is no answer; see `refusals`.
        """
        path = resource.path(namespace=manifest["metadata"].get("namespace", ""))
        options = {"fieldManager": manager, "dryRun": "All"}
        await self._send("POST", path, manifest, JSON, options, counted="DRY_RUN")

    async def try_patch(
        self,
        resource: Resource,
        name: str,
        change: Mapping[str, Any],
        manager: str,
        subresource: str = "",
    ) -> None:
        """Have the API server decide whether a merge patch may be made; it never is.

        Raises:
            ApiError: it may not, or there is no answer; see `refusals`.
        """
        path = resource.path(name, subresource=subresource)
        options = {"fieldManager": manager, "dryRun": "All"}
        await self._send("PATCH", path, change, MERGE_PATCH, options, counted="DRY_RUN")

    async def apply(self, resource: Resource, manifest: Manifest) -> dict[str, Any]:
        """Create an object, or take over the fields that `manifest` holds.

        Raises:
            ApiError: see `refusals`.
        """
        metadata = manifest["metadata"]
        path = resource.path(metadata["name"], metadata.get("namespace", ""))
        return await self._send("PATCH", path, manifest, APPLY, _APPLY_OPTIONS)

    async def replace(self, resource: Resource, manifest: Manifest) -> dict[str, Any]:
        """Replace an object of exactly the resourceVersion in `manifest`.

        Raises:
            Conflict: it has changed meanwhile.
            ApiError: see `refusals`.
        """
        metadata = manifest["metadata"]
        path = resource.path(metadata["name"], metadata.get("namespace", ""))
        return await self._send("PUT", path, manifest, JSON)

    async def patch(
        self,
        resource: Resource,
        name: str,
        operations: Sequence[Mapping[str, Any]],
        subresource: str = "",
    ) -> dict[str, Any]:
        """Send a JSON patch that begins with a `test`.

        Raises:
            Conflict: the test failed.
            ApiError: see `refusals`.
        """
        path = resource.path(name, subresource=subresource)
        return await self._send("PATCH", path, list(operations), JSON_PATCH, _OPTIONS)

    async def delete(self, resource: Resource, name: str, uid: str, namespace: str = "") -> None:
        """Delete the object with this UID, and no other that has its name by now.

        Raises:
            NotFound: there is none of that name.
            Conflict: another object has the name.
            ApiError: see `refusals`.
        """
        options = {
            "apiVersion": "v1",
            "kind": "DeleteOptions",
            "preconditions": {"uid": uid},
            "propagationPolicy": "Background",
        }
        await self._send("DELETE", resource.path(name, namespace), options, JSON)

    @asynccontextmanager
    async def watch(
        self, resource: Resource, options: Mapping[str, str], silence_s: float
    ) -> AsyncGenerator[AsyncIterator[bytes]]:
        """Open a watch and give its bytes; it is over when nothing comes for `silence_s`.

        Raises:
            ApiError: see `refusals`.
        """
        target = _target(resource.path(), options)
        async with self._exchange("GET", target, silence_s=silence_s) as answer:
            self._count("WATCH", answer.status)
            if answer.status != HTTPStatus.OK:
                raise self._refusal(answer.status, await answer.read())
            yield answer.chunks()

    async def _send(
        self,
        method: str,
        path: str,
        body: Any = None,
        content_type: str = "",
        options: Mapping[str, str] | None = None,
        *,
        counted: str = "",
    ) -> dict[str, Any]:
        data = None if body is None else orjson.dumps(body)
        async with self._exchange(
            method, _target(path, options or {}), data, content_type
        ) as answer:
            raw = await answer.read()
        self._count(counted or method, answer.status)
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise self._refusal(answer.status, raw, tested=content_type == JSON_PATCH)
        return orjson.loads(raw)

    def _refusal(self, status: int, raw: bytes, *, tested: bool = False) -> ApiError:
        if status == HTTPStatus.UNAUTHORIZED:
            self._credentials.forget()
        return refusal(status, _decoded(raw), tested=tested)

    @asynccontextmanager
    async def _exchange(
        self,
        method: str,
        target: str,
        data: bytes | None = None,
        content_type: str = "",
        *,
        silence_s: float = REQUEST_S,
    ) -> AsyncGenerator[Response]:
        """Send one request; a connection that fails holds all others back."""
        await self.breaker.passed()
        try:
            headers = await self._headers(content_type)
            async with self._pool.request(
                method, target, headers, data, silence_s=silence_s
            ) as answer:
                yield answer
        except (ExchangeError, OSError) as error:
            said = error.why if isinstance(error, ExchangeError) else str(error)
            self._count(method, 0)
            self.breaker.trip(said)
            raise Away(f"the API server at {self._host} does not answer: {said}") from error

    async def _headers(self, content_type: str) -> list[tuple[str, str]]:
        token = await self._credentials.authorization()
        sent = [*_HEADERS]
        if content_type:
            sent.append(("Content-Type", content_type))
        if token:
            sent.append(("Authorization", token))
        return sent

    def _count(self, method: str, status: int) -> None:
        code = str(status) if status else "<error>"
        self._metrics.requests.labels(code, method, self._host).inc()


def _target(path: str, options: Mapping[str, str]) -> str:
    return f"{path}?{urlencode(options, quote_via=quote)}" if options else path


def _decoded(raw: bytes) -> Any:
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return raw.decode(errors="replace")
