"""Who sends slowly is cut off; who waits for an answer is not."""

import asyncio
import re
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from itertools import repeat
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from rise_backend.server import Protocol

WITHIN_S = 0.3
ANSWERED = "HTTP/1.1 200"
REFUSED = "HTTP/1.1 408"


class Quick(Protocol):
    """The backend's protocol, less patient."""

    within_s = WITHIN_S


class Patient(Quick):
    """Reads on for long after a refusal."""

    linger_s = 3600.0


class Brief(Quick):
    """Reads on for no time that could be noticed."""

    linger_s = 0.01


async def _application(scope: Any, receive: Any, send: Any) -> None:
    """Read the body, think for longer than a request may take, answer."""
    if scope["path"] != "/early":
        while (message := await receive()).get("more_body"):
            pass
        assert message["type"] in {"http.request", "http.disconnect"}
        await asyncio.sleep(WITHIN_S * 2 if scope["path"] == "/long" else 0)
    length = [(b"content-length", b"2")]
    await send({"type": "http.response.start", "status": 200, "headers": length})
    await send({"type": "http.response.body", "body": b"ok"})


@asynccontextmanager
async def _served(protocol: type[Quick] = Quick) -> AsyncGenerator[int]:
    settings = uvicorn.Config(_application, ws="none", lifespan="off", log_config=None)
    settings.load()
    state = ServerState()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: protocol(settings, state, {}), "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


@pytest.mark.parametrize(
    ("sent", "received"),
    [
        pytest.param([], [REFUSED], id="nothing"),
        pytest.param([b"GET / HT"], [REFUSED], id="half a line"),
        pytest.param([b"GET / HTTP/1.1\r\nX: 1"], [REFUSED], id="half a head"),
        pytest.param(
            [b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nhalf"], [REFUSED], id="half a body"
        ),
        pytest.param(
            [b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", *[b"1\r\na\r\n"] * 9],
            [REFUSED],
            id="a body without end, a byte at a time",
        ),
        pytest.param(
            [b"POST /early HTTP/1.1\r\nContent-Length: 9\r\n\r\nhalf"],
            [ANSWERED, REFUSED],
            id="half a body that nobody waits for",
        ),
        pytest.param(
            [b"GET / HTTP/1.1\r\n\r\n", b"GET / HT"], [ANSWERED, REFUSED], id="half a second one"
        ),
        pytest.param([b"GET / HTTP/1.1\r\n\r\n", *[b"\r\n"] * 9], [ANSWERED, REFUSED], id="noise"),
    ],
)
async def test_who_sends_slowly_is_cut_off(sent: list[bytes], received: list[str]) -> None:
    async with _served() as port, asyncio.timeout(60):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        answer = asyncio.create_task(reader.read())
        for part in sent:
            writer.write(part)
            await asyncio.sleep(WITHIN_S / 6)
        said = await answer
        writer.close()
    assert re.findall("HTTP/1.1 [0-9]+", said.decode()) == received


async def test_an_answer_may_take_longer() -> None:
    async with _served() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /long HTTP/1.1\r\nConnection: close\r\n\r\n")
        assert (await reader.read()).decode().startswith(ANSWERED)
        writer.close()


async def _refused(port: int, sent: bytes, code: int) -> asyncio.StreamWriter:
    """Be cut off, and hear of it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    assert (await reader.read()).decode().startswith(f"HTTP/1.1 {code} ")
    return writer


async def _send(writer: asyncio.StreamWriter, parts: Iterable[bytes]) -> None:
    for part in parts:
        writer.write(part)
        await writer.drain()
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        pytest.param(b"GET / HT", 408, id="slow"),
        pytest.param(b"GET / HTTP/1.1\r\nX: " + b"x" * 70_000, 431, id="long"),
        pytest.param(b"no request\r\n", 400, id="nonsense"),
    ],
)
async def test_who_goes_on_sending_is_not_reset_before_he_could_read_the_refusal(
    sent: bytes, code: int
) -> None:
    async with _served(Patient) as port, asyncio.timeout(60):
        writer = await _refused(port, sent, code)
        await _send(writer, repeat(b"noise", 9))
        writer.close()
        await writer.wait_closed()


async def test_who_goes_on_sending_for_long_is_cut_off_after_all() -> None:
    async with _served(Brief) as port, asyncio.timeout(60):
        writer = await _refused(port, b"GET / HT", 408)
        with pytest.raises(ConnectionError):
            await _send(writer, repeat(b"noise"))
