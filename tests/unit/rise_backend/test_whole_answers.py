"""An answer that is sent in one piece is what uvicorn would have written."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import uvicorn
from transport import Recording
from uvicorn.server import ServerState

from rise_backend.gateway.exchange import WHOLE, Exchange, Headers
from rise_backend.server import Protocol

LENGTH = (b"content-length", b"4")
JSON = (b"content-type", b"application/json")
GET = b"GET / HTTP/1.1\r\nhost: here\r\n\r\n"
CLOSE = b"GET / HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n"


def _written(sent: bytes, code: int, headers: Headers, *, whole: bool) -> tuple[bytes, int]:
    """Return what a client gets, and how many of the answers went in one piece."""
    recording, pieces = Recording(), 0

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        nonlocal pieces
        in_one = scope.pop(WHOLE)

        def counted(code: int, headers: Headers, body: bytes) -> bool:
            nonlocal pieces
            done = in_one(code, headers, body)
            pieces += done
            return bool(done)

        if whole:
            scope[WHOLE] = counted
        await Exchange(scope, receive, send, asyncio.Event()).reply(code, headers, b"body")

    async def run() -> None:
        configuration = uvicorn.Config(answer, lifespan="off", log_config=None, server_header=False)
        configuration.load()
        state = ServerState()
        state.default_headers = []
        protocol = Protocol(configuration, state, {})
        protocol.connection_made(recording)
        protocol.data_received(sent)
        while state.tasks:
            await asyncio.gather(*state.tasks)
        await asyncio.sleep(0)

    asyncio.run(run())
    return b"".join(recording.written), pieces


@pytest.mark.parametrize(
    ("sent", "code", "headers", "pieces"),
    [
        pytest.param(GET, 200, [JSON, LENGTH], 1, id="whole"),
        pytest.param(GET, 404, [LENGTH], 1, id="a refusal"),
        pytest.param(GET + GET, 200, [LENGTH], 2, id="two requests at once"),
        pytest.param(b"HEAD" + GET[3:], 200, [LENGTH], 1, id="no body"),
        pytest.param(GET, 200, [JSON], 0, id="of unknown length"),
        pytest.param(CLOSE, 200, [LENGTH], 0, id="the last of a connection"),
        pytest.param(GET.replace(b"1.1", b"1.0"), 200, [LENGTH], 0, id="HTTP/1.0"),
    ],
)
def test_it_is_what_uvicorn_writes(sent: bytes, code: int, headers: Headers, pieces: int) -> None:
    ours, in_one_piece = _written(sent, code, headers, whole=True)
    theirs, _ = _written(sent, code, headers, whole=False)
    assert ours == theirs
    assert ours.startswith(b"HTTP/1.1 ")
    assert in_one_piece == pieces


def test_who_reads_too_slowly_is_waited_for() -> None:
    """Where uvicorn waits until more may be written, nothing is sent in one piece."""

    async def run() -> bool:
        configuration = uvicorn.Config(_nothing, lifespan="off", log_config=None)
        configuration.load()
        protocol = Protocol(configuration, ServerState(), {})
        protocol.connection_made(Recording())
        protocol.data_received(GET)
        in_one = protocol.scope[WHOLE]  # pyright: ignore[reportGeneralTypeIssues] - one of ours
        protocol.pause_writing()
        sent = in_one(200, [LENGTH], b"body")
        protocol.resume_writing()
        return bool(sent)

    assert asyncio.run(run()) is False


async def _nothing(_scope: Any, _receive: Any, _send: Any) -> None:
    await asyncio.Event().wait()
