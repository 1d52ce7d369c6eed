"""What is sent by one call reaches the client as what uvicorn would have sent by two messages."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from rise_backend import whole_answers
from rise_backend.server import Protocol
from rise_backend.whole_answers import WHOLE, Headers

LENGTH = (b"content-length", b"4")
KIND = (b"content-type", b"text/plain")
GET = b"GET / HTTP/1.1\r\nhost: here\r\n\r\n"
LAST = b"GET / HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n"
OLD = b"GET / HTTP/1.0\r\nhost: here\r\n\r\n"
Application = Callable[[Any, Any, Any], Awaitable[None]]


class Client(asyncio.Transport):
    """Remembers what it was sent."""

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__({"peername": ("127.0.0.1", 1)})
        self.writes: list[bytes] = []
        self.closed = False

    def write(self, data: Any) -> None:
        """Remember `data`."""
        self.writes.append(bytes(data))

    def close(self) -> None:
        """Remember the end."""
        self.closed = True

    def pause_reading(self) -> None:
        """Take what comes all the same."""

    def resume_reading(self) -> None:
        """Take what comes."""

    def is_closing(self) -> bool:
        """Whether the end came."""
        return self.closed


def _asked(application: Application, *requests: bytes) -> Client:
    async def run() -> Client:
        configuration = uvicorn.Config(application, lifespan="off", log_config=None)
        configuration.load()
        state, client = ServerState(), Client()
        protocol = Protocol(configuration, state, {})
        protocol.connection_made(client)
        for request in requests:
            protocol.data_received(request)
            while state.tasks:
                await asyncio.gather(*state.tasks)
                await asyncio.sleep(0)
        closed = client.closed
        protocol.connection_lost(None)
        client.closed = closed
        return client

    return asyncio.run(run())


async def _two_messages(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [LENGTH, KIND]})
    await send({"type": "http.response.body", "body": b"body"})


def _one_call(headers: Headers) -> Application:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        if "extensions" in scope:
            await scope["extensions"][WHOLE]["send"](200, headers, b"body")
        else:
            await _two_messages(scope, receive, send)

    return application


@pytest.mark.parametrize(
    "requests",
    [
        pytest.param([GET], id="one"),
        pytest.param([GET, GET], id="one after the other"),
        pytest.param([GET + GET + GET], id="three at once"),
        pytest.param([GET, GET + LAST], id="the last"),
        pytest.param([OLD], id="HTTP/1.0"),
    ],
)
def test_the_client_sees_no_difference(requests: list[bytes]) -> None:
    ours = _asked(_one_call([LENGTH, KIND]), *requests)
    uvicorns = _asked(_two_messages, *requests)
    assert b"".join(ours.writes) == b"".join(uvicorns.writes)
    assert b"".join(ours.writes).count(b"\r\n\r\nbody") == b"".join(requests).count(b"GET")
    assert ours.closed == uvicorns.closed == (requests[-1] == OLD or requests[-1].endswith(LAST))


@pytest.mark.parametrize("value", [b"a\r\nx: b", b"a\nb", b"a\rb", b"a\x00b", b"a\x7f"])
@pytest.mark.parametrize("at", ["name", "value"])
def test_a_header_that_is_more_than_one_line_is_not_sent(value: bytes, at: str) -> None:
    header = (value, b"x") if at == "name" else (b"x", value)
    answered = b"".join(_asked(_one_call([LENGTH, header]), GET).writes)
    assert answered.startswith(b"HTTP/1.1 500")
    assert value not in answered


def test_a_tab_may_stand_in_a_value() -> None:
    assert b"x: a\tb\r\n" in b"".join(_asked(_one_call([LENGTH, (b"x", b"a\tb")]), GET).writes)


def test_there_is_one_answer_to_a_request() -> None:
    async def twice(scope: Any, receive: Any, send: Any) -> None:
        await _two_messages(scope, receive, send)
        with pytest.raises(RuntimeError):
            await scope["extensions"][WHOLE]["send"](200, [LENGTH], b"more")

    assert b"more" not in b"".join(_asked(twice, GET).writes)


@pytest.mark.parametrize(
    ("method", "headers", "fits"),
    [
        pytest.param("GET", [KIND, LENGTH], True, id="it says its length"),
        pytest.param("GET", [KIND], False, id="it came in chunks"),
        pytest.param("GET", [(b"content-length", b"5")], False, id="another length"),
        pytest.param("HEAD", [LENGTH], False, id="no body is sent"),
    ],
)
def test_what_is_sent_by_two_messages(method: str, headers: Headers, *, fits: bool) -> None:
    assert whole_answers.fits(method, headers, b"body") is fits
