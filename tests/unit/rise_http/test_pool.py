"""Our own client, against a server that says exactly what a case wants said, byte for byte."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rise_http.connection import HELD_BYTES
from rise_http.errors import BrokenOffError, NoAnswerError, TornHeadError
from rise_http.pool import IDLE_S, Pool
from rise_local.certificates import Authority

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
HANGS_UP = b""
CALLED = "the server of this test"
MUCH = 32 * 1024 * 1024
PIECE = 64 * 1024


@dataclass
class Server:
    """Each connection has its own list of answers, and ends after the last."""

    connections: list[Sequence[bytes]]
    heads: list[bytes] = field(default_factory=list[bytes])
    bodies: list[bytes] = field(default_factory=list[bytes])
    accepted: int = 0
    written: int = 0
    serving: set[asyncio.Task[None] | None] = field(default_factory=set[asyncio.Task[None] | None])

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.serving.add(asyncio.current_task())
        answers = self.connections[self.accepted]
        self.accepted += 1
        with suppress(ConnectionError, asyncio.IncompleteReadError):  # the client has left
            for answer in answers:
                await self._read(reader)
                for start in range(0, len(answer), PIECE):
                    writer.write(answer[start : start + PIECE])
                    await writer.drain()
                    self.written = start + PIECE
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.heads.append(head)
        lines = [line.lower().partition(b":") for line in head.split(b"\r\n")]
        length = next((int(value) for name, _, value in lines if name == b"content-length"), 0)
        self.bodies.append(await reader.readexactly(length))


@asynccontextmanager
async def answering(
    *connections: Sequence[bytes], idle_s: float = IDLE_S
) -> AsyncGenerator[tuple[Server, Pool]]:
    server = Server(list(connections))
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    pool = Pool(f"http://127.0.0.1:{port}", None, CALLED, idle_s=idle_s)
    try:
        yield server, pool
    finally:
        pool.close()
        listening.close()
        await asyncio.gather(*filter(None, server.serving))


async def asked(pool: Pool, method: str = "GET", body: bytes | None = None) -> tuple[int, bytes]:
    async with pool.request(method, "/x", [], body) as response:
        return response.status, await response.read()


@pytest.mark.parametrize(
    ("method", "answer", "expected", "kept"),
    [
        pytest.param("GET", OK, (200, b"ok"), True, id="a length"),
        pytest.param(
            "GET", CHUNKED + b"1\r\no\r\n1\r\nk\r\n0\r\n\r\n", (200, b"ok"), True, id="chunks"
        ),
        pytest.param(
            "GET", CHUNKED + b"2\r\nok\r\n0\r\nX-Late: 1\r\n\r\n", (200, b"ok"), True, id="trailers"
        ),
        pytest.param("HEAD", OK[:-2], (200, b""), True, id="HEAD has a length and no body"),
        pytest.param("GET", b"HTTP/1.1 204 No Content\r\n\r\n", (204, b""), True, id="no content"),
        pytest.param(
            "GET", b"HTTP/1.1 304 N\r\nETag: x\r\n\r\n", (304, b""), True, id="not modified"
        ),
        pytest.param(
            "POST", b"HTTP/1.1 100 Continue\r\nX: y\r\n\r\n" + OK, (200, b"ok"), True, id="interim"
        ),
        pytest.param(
            "GET", OK[:-4] + b"Connection: close\r\n\r\nok", (200, b"ok"), False, id="the last one"
        ),
        pytest.param("GET", OK + b"more", (200, b"ok"), False, id="more than was announced"),
        pytest.param("GET", OK + OK, (200, b"ok"), False, id="an answer that nobody asked for"),
    ],
)
async def test_where_an_answer_ends(
    method: str, answer: bytes, expected: tuple[int, bytes], *, kept: bool
) -> None:
    async with answering([answer, OK], [OK]) as (server, pool):
        assert await asked(pool, method) == expected
        assert await asked(pool) == (200, b"ok")
        assert server.accepted == (1 if kept else 2)


@pytest.mark.parametrize("version", [b"1.0", b"1.1"])
async def test_an_answer_of_unknown_length_ends_with_its_connection(version: bytes) -> None:
    async with answering([b"HTTP/" + version + b" 200 OK\r\n\r\nok"]) as (_, pool):
        assert await asked(pool) == (200, b"ok")


async def test_headers_come_as_they_were_sent() -> None:
    answer = b"HTTP/1.1 200 OK\r\nX-A: 1\r\nx-a: 2\r\nContent-Length: 0\r\nX-B:\xe4 \r\n\r\n"
    async with answering([answer]) as (_, pool), pool.request("GET", "/", []) as response:
        assert response.raw_headers == [
            (b"X-A", b"1"),
            (b"x-a", b"2"),
            (b"Content-Length", b"0"),
            (b"X-B", b"\xe4"),
        ]


async def test_a_request_is_sent_byte_for_byte() -> None:
    target = "/api//v1/x%2Fy?a=%zz&b=\xe4+"
    async with answering([OK]) as (server, pool):
        async with pool.request("PATCH", target, [("X-A", "\xe4")], b"{}") as response:
            await response.read()
        first, *lines = server.heads[0].split(b"\r\n")
        assert first == b"PATCH " + target.encode("latin-1") + b" HTTP/1.1"
        assert b"X-A: \xc3\xa4" in lines
        assert server.bodies == [b"{}"]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_read_that_met_a_dead_connection_is_asked_once_more(method: str) -> None:
    ok = OK if method == "GET" else OK[:-2]
    async with answering([OK, HANGS_UP], [ok]) as (server, pool):
        await asked(pool)
        assert (await asked(pool, method))[0] == 200
        assert (server.accepted, len(server.heads)) == (2, 3)


async def test_once_more_and_no_more() -> None:
    async with answering([OK, HANGS_UP], [HANGS_UP], [OK]) as (server, pool):
        await asked(pool)
        with pytest.raises(NoAnswerError):
            await asked(pool)
        assert server.accepted == 2


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_nothing_else_is_ever_sent_twice(method: str) -> None:
    async with answering([OK, HANGS_UP], [OK]) as (server, pool):
        await asked(pool)
        with pytest.raises(BrokenOffError, match="look whether the change was made"):
            await asked(pool, method, b"{}")
        assert (server.accepted, len(server.heads)) == (1, 2)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(OK[:20], id="in the head"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", id="before the length"),
        pytest.param(CHUNKED + b"2\r\nok\r\n", id="before the last chunk"),
        pytest.param(CHUNKED + b"5\r\nok", id="in a chunk"),
        pytest.param(CHUNKED + b"zz\r\nok", id="a chunk that cannot be read"),
        pytest.param(b"SSH-2.0-OpenSSH_9.6\r\n", id="another protocol"),
        pytest.param(
            b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n",
            id="an upgrade that nobody asked for",
        ),
    ],
)
async def test_an_answer_that_breaks_off_is_never_taken_for_a_whole_one(answer: bytes) -> None:
    async with answering([OK, answer], [OK]) as (server, pool):
        await asked(pool)
        with pytest.raises((BrokenOffError, NoAnswerError)):
            await asked(pool)
        assert server.accepted == 1, "a byte had come: nothing is sent twice"


async def test_who_does_not_read_holds_the_server_back() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % MUCH + bytes(MUCH)
    async with answering([answer]) as (server, pool), pool.request("GET", "/", []) as response:
        async with asyncio.timeout(60):
            while server.written <= HELD_BYTES:  # noqa: ASYNC110 - it says so by no event
                await asyncio.sleep(0.01)
        before = -1
        while before != server.written:
            before = server.written
            await asyncio.sleep(0.2)
        assert server.written < MUCH // 2
        assert len(await response.read()) == MUCH


async def test_an_answer_that_is_not_read_to_its_end_costs_the_connection() -> None:
    async with answering([CHUNKED + b"2\r\nok\r\n"], [OK]) as (server, pool):
        async with pool.request("GET", "/", []) as response:
            assert await anext(aiter(response.chunks())) == b"ok"
        assert await asked(pool) == (200, b"ok")
        assert server.accepted == 2


async def test_silence_ends() -> None:
    async with answering([CHUNKED + b"2\r\nok\r\n", OK]) as (_, pool):
        with pytest.raises(BrokenOffError):
            async with pool.request("GET", "/", [], silence_s=0.2) as response:
                await response.read()


async def test_requests_at_once_have_connections_of_their_own() -> None:
    async with answering(*[[OK, OK]] * 8) as (server, pool):
        assert await asyncio.gather(*(asked(pool) for _ in range(8))) == [(200, b"ok")] * 8
        assert await asyncio.gather(*(asked(pool) for _ in range(8))) == [(200, b"ok")] * 8
        assert server.accepted == 8


async def test_a_retired_pool_keeps_no_connection() -> None:
    async with answering([OK, OK], [OK, OK], [OK]) as (server, pool):
        await asked(pool)
        async with pool.request("GET", "/x", []) as response:
            pool.retire()
            assert await response.read() == b"ok"
        for _ in range(2):
            assert await asked(pool) == (200, b"ok")
        assert server.accepted == 3


async def test_what_rests_when_a_pool_is_retired_is_ended() -> None:
    async with answering([OK, OK], [OK]) as (server, pool):
        await asked(pool)
        pool.retire()
        assert await asked(pool) == (200, b"ok")
        assert server.accepted == 2


async def test_a_connection_that_rested_for_too_long_is_not_used_again() -> None:
    async with answering([OK, OK], [OK], idle_s=0.0) as (server, pool):
        for _ in range(2):
            assert await asked(pool) == (200, b"ok")
        assert server.accepted == 2


async def test_a_failure_says_what_the_system_said() -> None:
    async with answering() as (_, pool):
        pass
    with pytest.raises(NoAnswerError) as failure:
        await asked(pool)
    assert CALLED not in failure.value.why
    assert "refused" in failure.value.why or "Connect call failed" in failure.value.why


async def test_nobody_there() -> None:
    pool = Pool("http://127.0.0.1:1", None, CALLED)
    with pytest.raises(NoAnswerError, match=CALLED):
        await asked(pool, "POST")


@pytest.mark.parametrize(
    ("target", "header"),
    [
        pytest.param("/", ("X-A", "1\r\nImpersonate-User: root"), id="a line break in a value"),
        pytest.param("/", ("X-A\nX-B", "1"), id="a line break in a name"),
        pytest.param("/", ("X-A", "1\0"), id="a zero byte"),
        pytest.param("/ HTTP/1.1\r\nX-A: 1", ("X-A", "1"), id="a line break in the target"),
        pytest.param("/a b", ("X-A", "1"), id="a space in the target"),
    ],
)
async def test_what_would_be_read_otherwise_is_not_sent(
    target: str, header: tuple[str, str]
) -> None:
    async with answering([OK]) as (server, pool):
        with pytest.raises(TornHeadError):
            async with pool.request("GET", target, [header]):
                pass
        assert server.heads == []


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """A CA that has certified `server`, at 127.0.0.1 and as localhost."""
    made = Authority(tmp_path, "CA of this test")
    made.ensure(datetime.now(UTC))
    made.ensure_server("server", datetime.now(UTC))
    return made


@pytest.mark.parametrize(
    ("certified", "is_taken"),
    [(None, True), ("localhost", True), ("elsewhere.test", False)],
)
async def test_the_certificate_must_have_the_name_that_was_said(
    authority: Authority, certified: str | None, *, is_taken: bool
) -> None:
    server, pair = Server([[OK]]), authority.pair("server")
    shown = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    shown.load_cert_chain(pair.certificate, pair.key)
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=shown)
    port = listening.sockets[0].getsockname()[1]
    trusted = ssl.create_default_context(cafile=authority.ca.certificate)
    pool = Pool(f"https://127.0.0.1:{port}", trusted, CALLED, certified=certified)
    try:
        if is_taken:
            assert await asked(pool) == (200, b"ok")
        else:
            with pytest.raises(NoAnswerError) as failure:
                await asked(pool)
            assert "certificate" in failure.value.why
        assert len(server.heads) == is_taken
    finally:
        pool.close()
        listening.close()
