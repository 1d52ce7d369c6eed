"""What a client gets when the API server fails: its words as they are, or a Status of ours."""

import asyncio
import json
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import tokens

from rise_backend.cluster import Cluster
from rise_backend.gateway import at_once
from rise_backend.gateway.catalogue import Catalogue
from rise_backend.gateway.exchange import Message
from rise_backend.gateway.gateway import Gateway
from rise_backend.gateway.pace import BURST_S, Pace
from rise_backend.gateway.reviews import Reviews
from rise_backend.gateway.sight import Sight
from rise_backend.gateway.upstream import Upstream
from rise_backend.gateway.visibility import Visibility
from rise_backend.gateway.writes import Writes
from rise_backend.identity.keys import Keys
from rise_backend.identity.verifier import Verifier
from rise_backend.settings import UpstreamIdentity

SAID = b'{"kind":"Status","status":"Failure","message":"etcdserver: leader changed","code":500}'
FAILED = (
    b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nAudit-Id: a-1\r\nRetry-After: 7\r\n"
    b"Content-Length: " + str(len(SAID)).encode() + b"\r\n\r\n" + SAID
)
PIECES = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n"
WAYS = pytest.mark.parametrize("way", list(UpstreamIdentity))


@dataclass
class Received:
    """What a client gets."""

    code: int = 0
    headers: dict[bytes, bytes] = field(default_factory=dict[bytes, bytes])
    body: bytes = b""
    whole: bool = False

    async def take(self, message: Message) -> None:
        """Take note of one ASGI message."""
        if message["type"] == "http.response.start":
            self.code, self.headers = message["status"], dict(message["headers"])
        else:
            self.body += message.get("body", b"")
            self.whole = not message.get("more_body", False)


@asynccontextmanager
async def _api_server(answer: bytes) -> AsyncGenerator[str]:
    """An API server that says `answer` to whatever it is asked, and hangs up."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"


async def _published() -> dict[str, Any]:
    return tokens.PUBLISHED


def _gateway(server: str, way: UpstreamIdentity, per_s: float = 1000.0) -> tuple[Gateway, Upstream]:
    """Return a gateway in front of `server`, and what it asks by."""
    tls = ssl.create_default_context()
    cluster = Cluster(server, people=tls, own=tls, authorization=lambda: None)
    visibility = Visibility()
    upstream = Upstream(cluster, way, visibility.knows_group, lambda: None)
    catalogue, reviews = Catalogue(visibility, upstream), Reviews(upstream)
    writes = Writes(upstream, catalogue, Sight(catalogue, reviews))
    verifier = Verifier(tokens.ISSUER, Keys(_published))
    return Gateway(verifier, upstream, catalogue, reviews, writes, pace=Pace(per_s)), upstream


async def _asked(server: str, way: UpstreamIdentity, method: str = "GET") -> Received:
    """Ask a gateway in front of `server` for something that is no project and no team."""
    gateway, upstream = _gateway(server, way)
    received = await _answered(gateway, method)
    upstream.close()
    return received


async def _answered(gateway: Gateway, method: str = "GET", body: bytes = b"") -> Received:
    token = tokens.signed(tokens.claims())
    scope = {
        "type": "http",
        "method": method,
        "path": "/version",
        "raw_path": b"/version",
        "query_string": b"",
        "headers": [(b"authorization", f"Bearer {token}".encode())],
    }
    messages = iter([{"type": "http.request", "body": body}])
    received = Received()

    async def receive() -> Message:
        for message in messages:
            return message
        await asyncio.Event().wait()
        raise AssertionError

    await gateway(scope, receive, received.take)
    return received


@WAYS
@pytest.mark.parametrize("status", [b"500 Internal", b"503 Away", b"504 Late", b"429 Busy"])
async def test_what_the_api_server_says_is_handed_on(way: UpstreamIdentity, status: bytes) -> None:
    async with _api_server(FAILED % status) as server:
        received = await _asked(server, way)
    assert (received.code, received.body, received.whole) == (int(status[:3]), SAID, True)
    assert received.headers[b"audit-id"] == b"a-1"
    assert received.headers[b"retry-after"] == b"7"


def _status(received: Received, code: int, reason: str, said: str) -> None:
    assert (received.code, received.whole) == (code, True)
    assert received.headers[b"content-type"] == b"application/json"
    status = json.loads(received.body)
    assert (status["kind"], status["code"], status["reason"]) == ("Status", code, reason)
    assert said in status["message"]


@WAYS
@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nContent-"], ids=["none", "half"])
async def test_a_read_without_an_answer_can_be_tried_again(
    way: UpstreamIdentity, answer: bytes
) -> None:
    async with _api_server(answer) as server:
        received = await _asked(server, way)
    _status(received, 503, "ServiceUnavailable", "try again in a moment")
    assert received.headers[b"retry-after"] == b"1"


@WAYS
@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nContent-"], ids=["none", "half"])
async def test_a_write_without_an_answer_is_not_tried_again(
    way: UpstreamIdentity, answer: bytes
) -> None:
    """Clients repeat what comes with Retry-After, and this may have been carried out."""
    async with _api_server(answer) as server:
        received = await _asked(server, way, "POST")
    _status(received, 502, "InternalError", "look whether the change was made")
    assert b"retry-after" not in received.headers


@WAYS
async def test_nobody_there(way: UpstreamIdentity) -> None:
    async with _api_server(b"") as server:
        pass
    for method in ("GET", "POST"):
        received = await _asked(server, way, method)
        _status(received, 503, "ServiceUnavailable", "try again in a moment")


@WAYS
async def test_an_answer_that_breaks_off_is_not_ended_as_if_it_were_whole(
    way: UpstreamIdentity,
) -> None:
    async with _api_server(PIECES) as server:
        received = await _asked(server, way)
    assert (received.code, received.body, received.whole) == (200, b"first", False)


async def test_who_asks_too_often_is_told_to_wait() -> None:
    async with _api_server(FAILED % b"500 Internal") as server:
        gateway, upstream = _gateway(server, UpstreamIdentity.TOKEN, per_s=1 / BURST_S)
        passed = await _answered(gateway)
        refused = await _answered(gateway)
        upstream.close()
    assert passed.code == 500
    _status(refused, 429, "TooManyRequests", "watch instead of asking again and again")
    assert 1 <= int(refused.headers[b"retry-after"]) <= BURST_S


async def test_bodies_that_fill_what_they_may_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(at_once, "MOST_BYTES", 10)
    async with _api_server(FAILED % b"500 Internal") as server:
        gateway, upstream = _gateway(server, UpstreamIdentity.TOKEN)
        passed = await _answered(gateway, "POST", b"x" * 10)
        refused = await _answered(gateway, "POST", b"x" * 11)
        upstream.close()
    assert passed.code == 500
    _status(refused, 429, "TooManyRequests", "send fewer of them at once")
