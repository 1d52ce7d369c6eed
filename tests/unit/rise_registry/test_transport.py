"""Connections that are kept: how many a server sees, and whom they trust."""

import asyncio
import os
import shutil
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rise_http.errors import NoAnswerError
from rise_local.certificates import Authority
from rise_registry.contract import RegistryError
from rise_registry.transport import Line

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
COOKIE = b"HTTP/1.1 200 OK\r\nSet-Cookie: whose=shop\r\nContent-Length: 2\r\n\r\n{}"


@dataclass
class Server:
    """Answers each request on each connection, up to `most` of them; then it hangs up."""

    answer: bytes = ANSWER
    most: int = 1000
    connections: int = 0
    requests: list[bytes] = field(default_factory=list[bytes])
    url: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            for _ in range(self.most):
                self.requests.append(await reader.readuntil(b"\r\n\r\n"))
                writer.write(self.answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def running(server: Server, tls: ssl.SSLContext | None = None) -> AsyncGenerator[Server]:
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=tls)
    port = listening.sockets[0].getsockname()[1]
    server.url = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
    try:
        yield server
    finally:
        listening.close()


@asynccontextmanager
async def line(url: str, ca: Path | None = None) -> AsyncGenerator[Callable[[], Awaitable[int]]]:
    """Yield what asks over one line, and returns the status."""
    made = Line("local", url, ca)

    async def ask() -> int:
        return (await made.exchange("GET", "/v2/", {})).status

    try:
        yield ask
    finally:
        await made.close()


async def test_one_connection_serves_request_after_request() -> None:
    async with running(Server()) as server, line(server.url) as ask:
        assert [await ask() for _ in range(5)] == [200] * 5
    assert (server.connections, len(server.requests)) == (1, 5)


async def test_a_server_that_hangs_up_after_each_answer_is_asked_again_unnoticed() -> None:
    async with running(Server(most=1)) as server, line(server.url) as ask:
        assert [await ask() for _ in range(5)] == [200] * 5
    assert server.connections == 5


async def test_no_cookie_of_one_project_goes_along_with_the_next() -> None:
    async with running(Server(answer=COOKIE)) as server, line(server.url) as ask:
        await ask()
        await ask()
    assert not [each for each in server.requests if b"cookie" in each.lower()]


@dataclass(frozen=True)
class Trust:
    """A file with a CA, and servers of two of them."""

    ca: Path
    authorities: dict[str, Authority]

    def change(self, name: str) -> None:
        """Write the CA anew, at another time."""
        before = self.ca.stat().st_mtime_ns if self.ca.exists() else 0
        shutil.copyfile(self.authorities[name].ca.certificate, self.ca)
        later = before + 1_000_000_000
        os.utime(self.ca, ns=(later, later))

    def tls(self, name: str) -> ssl.SSLContext:
        """Return what a server of that CA shows."""
        pair = self.authorities[name].pair("registry")
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(pair.certificate, pair.key)
        return context


@pytest.fixture
def trust(tmp_path: Path) -> Trust:
    """A file that holds the CA called old."""
    made = {name: Authority(tmp_path / name, f"CA {name}") for name in ("old", "new")}
    for authority in made.values():
        authority.directory.mkdir()
        authority.ensure(datetime.now(UTC))
        authority.ensure_server("registry", datetime.now(UTC))
    whole = Trust(tmp_path / "ca.crt", made)
    whole.change("old")
    return whole


async def test_a_ca_that_is_written_anew_counts_at_the_next_request(trust: Trust) -> None:
    async with (
        running(Server(), trust.tls("new")) as server,
        line(server.url, trust.ca) as ask,
    ):
        with pytest.raises(NoAnswerError) as failure:
            await ask()
        assert "certificate" in failure.value.why
        trust.change("new")
        assert [await ask() for _ in range(3)] == [200] * 3
    assert len(server.requests) == 3


async def test_what_was_connected_under_another_ca_is_not_used_again(trust: Trust) -> None:
    async with (
        running(Server(), trust.tls("old")) as server,
        line(server.url, trust.ca) as ask,
    ):
        assert await ask() == 200
        trust.change("new")
        with pytest.raises(NoAnswerError) as failure:
            await ask()
        assert "certificate" in failure.value.why
    assert len(server.requests) == 1


async def test_a_ca_that_is_gone_says_so(trust: Trust) -> None:
    async with (
        running(Server(), trust.tls("old")) as server,
        line(server.url, trust.ca) as ask,
    ):
        assert await ask() == 200
        trust.ca.unlink()
        with pytest.raises(RegistryError, match="cannot be read"):
            await ask()
