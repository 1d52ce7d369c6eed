"""The process: one ASGI application in front of the two surfaces, and what it answers itself.

/api /apis /openapi /version     the Kubernetes gateway
/registry/token                  tokens of self-hosted registries
/livez /readyz /healthz /metrics this module
everything else                  REST (also /api/v1/{login, logout, me, config, projects, teams, …})
"""

import argparse
import itertools
import logging
import re
import sys
import time
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from http import HTTPStatus
from uuid import uuid4

import orjson
from pydantic import ValidationError

from rise_backend import logs
from rise_backend.errors import BackendError
from rise_backend.gateway.exchange import (
    WHOLE,
    Headers,
    Message,
    Receive,
    Scope,
    Send,
    Whole,
)
from rise_backend.registry.server import PATH as REGISTRY_TOKEN
from rise_backend.rest.api import rest_api
from rise_backend.rest.limit import BodyLimit
from rise_backend.server import server
from rise_backend.services import Services, started
from rise_backend.settings import PREFIX, Settings, described

OWN = frozenset({"/livez", "/readyz", "/healthz", "/metrics"})
REST_UNDER_API = re.compile(
    r"/api/v1/(login|logout|me|config|projects|teams|registry|registries|openapi\.json)(/.*)?",
    re.DOTALL,
)
GATEWAY = re.compile(r"/(api|apis|openapi|version)(/.*)?", re.DOTALL)
REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")

_log = logging.getLogger(__name__)


class Backend:
    """The outer application."""

    def __init__(self, settings: Settings) -> None:
        """Prepare to serve with `settings`."""
        self._settings = settings
        self._stack = AsyncExitStack()
        self._services: Services | None = None
        self._rest: BodyLimit | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or start and stop with the server."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)

    def close(self) -> None:
        """End open streams: the process is asked to end."""
        if self._services is not None:
            self._services.gateway.close()

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            self._services = await self._stack.enter_async_context(started(self._settings))
        except BackendError as error:
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        self._rest = BodyLimit(rest_api(self._services))
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._stack.aclose()
        await send({"type": "lifespan.shutdown.complete"})

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        identifier = _request_id(scope)
        scope["rise.request_id"] = identifier
        token = logs.request_id.set(identifier)
        record = _Record(send, identifier, scope.get(WHOLE))
        scope[WHOLE] = record.whole
        surface, began = surface_of(scope["path"]), time.monotonic()
        try:
            if surface == "gateway":
                await self._ready.gateway(scope, receive, record)
            elif surface == "registry":
                await self._ready.tokens(scope, receive, record)
            elif surface == "rest" and self._rest is not None:
                await self._rest(scope, receive, record)
            else:
                await self._own(scope["path"], record)
        finally:
            self._account(surface, scope, record, time.monotonic() - began)
            logs.request_id.reset(token)

    async def _own(self, path: str, send: Send) -> None:
        if path == "/livez":
            await _reply(send, HTTPStatus.OK, b"text/plain", b"ok")
        elif path == "/metrics":
            self._measure()
            text = self._ready.metrics.text()
            await _reply(send, HTTPStatus.OK, b"text/plain; version=0.0.4; charset=utf-8", text)
        else:
            await self._say_whether_ready(path, send)

    async def _say_whether_ready(self, path: str, send: Send) -> None:
        """Answer /readyz, and /healthz in the API server's one word: Headlamp asks for it."""
        checks = await self._ready.checks()
        # without the database lists come from the gateway's cache: nothing is refused
        ready = all(said == "ok" for name, said in checks.items() if name != "database")
        code = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
        if path == "/healthz":
            await _reply(send, code, b"text/plain", b"ok" if ready else b"not ready: see /readyz")
            return
        body = orjson.dumps({"ready": ready, "checks": checks}, option=orjson.OPT_INDENT_2)
        await _reply(send, code, b"application/json", body + b"\n")

    def _measure(self) -> None:
        metrics, catalogue = self._ready.metrics, self._ready.catalogue
        for resource, count in catalogue.counted().items():
            metrics.objects.labels(resource).set(count)
        metrics.watches.set(catalogue.watchers())

    def _account(self, surface: str, scope: Scope, record: "_Record", seconds: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        self._ready.metrics.answers.count(
            surface, method, record.code, None if record.streamed else seconds
        )
        quiet = surface == "own" or (
            method in {"GET", "HEAD"} and record.code < HTTPStatus.BAD_REQUEST
        )
        level = logging.DEBUG if quiet else logging.INFO
        if not _log.isEnabledFor(level):
            return
        _log.log(
            level,
            "answered",
            extra={
                "surface": surface,
                "method": method,
                "path": scope["path"],
                "code": record.code,
                "user": scope.get("rise.user", ""),
                "durationMs": round(seconds * 1000, 1),
            },
        )

    @property
    def _ready(self) -> Services:
        if self._services is None:
            raise RuntimeError("a request came before the start")
        return self._services


_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})


class _Record:
    """Sends an answer on, with the request's id, and remembers what it was."""

    def __init__(self, send: Send, identifier: str, whole: Whole | None) -> None:
        self._send = send
        self._whole = whole
        self._identifier: tuple[bytes, bytes] = (b"x-request-id", identifier.encode())
        self.code = 0
        self.streamed = False

    def __call__(self, message: Message) -> Awaitable[None]:
        if message["type"] == "http.response.start":
            self.code = message["status"]
            headers = [*message.get("headers", ()), self._identifier]
            message = {**message, "headers": headers}
            self.streamed = b"content-length" not in dict(headers)
        return self._send(message)

    def whole(self, code: int, headers: Headers, body: bytes) -> bool:
        """Send an answer in one piece, if that can be done."""
        if self._whole is None or not self._whole(code, [*headers, self._identifier], body):
            return False
        self.code = code
        return True


# The ids of requests that bring none: drawn for the process, then counted.
_PROCESS = str(uuid4())[:-12]
_requests = itertools.count()


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and REQUEST_ID.fullmatch(value):
            return value.decode()
    return f"{_PROCESS}{next(_requests):012x}"


def surface_of(path: str) -> str:
    """Return who answers a path: `own`, `registry`, `rest` or `gateway`."""
    if path.startswith("/apis/"):  # most requests: what follows costs more
        return "gateway"
    if path in OWN:
        return "own"
    if path == REGISTRY_TOKEN:
        return "registry"
    if REST_UNDER_API.fullmatch(path):
        return "rest"
    return "gateway" if GATEWAY.fullmatch(path) else "rest"


async def _reply(send: Send, code: int, kind: bytes, body: bytes) -> None:
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": code, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def serve(settings: Settings) -> None:
    """Serve until the process is asked to end."""
    logs.configure(settings.log_level)
    backend = Backend(settings)
    running = server(backend, settings, backend.close)
    running.run()
    if not running.started:
        sys.exit(1)


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        prog="rise-backend",
        description="REST, the Kubernetes gateway and sign-in, on one port.",
        epilog=f"Environment:\n{described()}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.parse_args()
    try:
        settings = Settings()  # pyright: ignore[reportCallIssue] - the environment fills it
    except ValidationError as error:
        for problem in error.errors(include_input=False, include_url=False):
            name = PREFIX + "_".join(map(str, problem["loc"])).upper()
            sys.stderr.write(f"error: {name}: {problem['msg']} (see rise-backend --help)\n")
        sys.exit(2)
    serve(settings)


if __name__ == "__main__":
    main()
