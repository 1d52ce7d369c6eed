"""Connections to one server, used again; a read that met a dead one is asked once more."""

import asyncio
import ssl
import time
from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
from urllib.parse import urlsplit

from rise_http.connection import Connection, Response
from rise_http.errors import BrokenOffError, NoAnswerError, TornHeadError

CONNECT_S = 5.0
IDLE_S = 60.0  # the API server closes after 90
AWAY = "{} does not answer: try again in a moment"
UNSURE = (
    "the connection to {} ended before its answer came: look whether the change was made before "
    "you repeat it"
)
_READS = frozenset({"GET", "HEAD"})
_BODILESS = frozenset({"GET", "HEAD", "OPTIONS", "DELETE"})


class Pool:
    """Connections that show one certificate, or none."""

    no_answer: Callable[[str], Exception] = NoAnswerError  # what is raised when none comes

    def __init__(
        self,
        server: str,
        tls: ssl.SSLContext | None,
        called: str,
        *,
        certified: str | None = None,
        idle_s: float = IDLE_S,
    ) -> None:
        """Connect to `server`, an URL without a slash at the end, when the first request comes.

        `tls`: whom to trust, where the URL says https.
        `called`: how people know it, `the API server` say.
        `certified`: the name that its certificate has, if not the URL's.
        `idle_s`: a connection that rested for longer is not used again.
        """
        url = urlsplit(server)
        self._host = url.hostname or ""
        self._port = url.port or (443 if url.scheme == "https" else 80)
        self._netloc = url.netloc.rpartition("@")[2]
        self._prefix = url.path
        self._called = called
        self._tls = (tls or ssl.create_default_context()) if url.scheme == "https" else None
        self._certified = certified or self._host
        self._idle_s = idle_s
        self._retired = False
        self._idle: deque[Connection] = deque()  # the one that rested last is taken first
        self._open: set[Connection] = set()

    def close(self) -> None:
        """End every connection, also those in use."""
        for connection in self._open:
            connection.close()
        self._open.clear()
        self._idle.clear()

    def retire(self) -> None:
        """End what rests now, and what is in use once it is free."""
        self._retired = True
        while self._idle:
            self._end(self._idle.pop())

    def request(
        self,
        method: str,
        target: str,
        headers: Iterable[tuple[str, str]],
        body: bytes | None = None,
        *,
        silence_s: float | None = None,
    ) -> "Request":
        """Prepare a request; `async with` sends it, and hands its connection back.

        `target` is path and query, byte for byte.

        Raises:
            TornHeadError: the head would hold a line that nobody meant.
        """
        head = self._head(method, target, headers, body)
        return Request(self, method, head + body if body else head, silence_s)

    async def asked(
        self, method: str, sent: bytes, silence_s: float | None
    ) -> tuple[Connection, Response]:
        """Send a request; return the connection that carries it, and its answer.

        Raises:
            NoAnswerError: the server cannot be reached, or did not answer (a read: for whatever
                reason; another request: within `silence_s`).
            BrokenOffError: the connection ended on the way.
        """
        connection = self._kept()
        rested = connection is not None
        while True:
            connection = connection or await self._connect()
            try:
                return connection, await connection.ask(
                    sent, bodiless=method == "HEAD", silence_s=silence_s
                )
            except BaseException as error:
                self._end(connection)
                if isinstance(error, TimeoutError):
                    raise self.no_answer(AWAY.format(self._called)) from error
                if not isinstance(error, BrokenOffError):
                    raise
                if method not in _READS:
                    raise BrokenOffError(UNSURE.format(self._called)) from error
                if not rested or connection.answered:
                    raise self.no_answer(AWAY.format(self._called)) from error
            connection, rested = None, False

    def _kept(self) -> Connection | None:
        oldest = time.monotonic() - self._idle_s
        while self._idle:
            connection = self._idle.pop()
            if connection.reusable and connection.idle_since > oldest:
                return connection
            self._end(connection)
        return None

    async def _connect(self) -> Connection:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_S):
                _, connection = await loop.create_connection(
                    partial(Connection, self._called),
                    self._host,
                    self._port,
                    ssl=self._tls,
                    server_hostname=self._certified if self._tls else None,
                )
        except (OSError, TimeoutError) as error:
            raise self.no_answer(AWAY.format(self._called)) from error
        self._open.add(connection)
        return connection

    def release(self, connection: Connection) -> None:
        """Keep a connection for the next request, if it has come to the end of this one."""
        now = time.monotonic()
        if self._retired or not connection.reusable:
            self._end(connection)
            return
        connection.rest(now)
        self._idle.append(connection)
        while self._idle[0].closed or self._idle[0].idle_since < now - self._idle_s:
            self._end(self._idle.popleft())

    def _end(self, connection: Connection) -> None:
        connection.close()
        self._open.discard(connection)

    def _head(
        self, method: str, target: str, headers: Iterable[tuple[str, str]], body: bytes | None
    ) -> bytes:
        first = f"{method} {self._prefix}{target} HTTP/1.1"
        lines = [f"{name}: {value}" for name, value in headers]
        lines.append(f"Host: {self._netloc}")
        if body or method not in _BODILESS:
            lines.append(f"Content-Length: {len(body or b'')}")
        rest = "\r\n".join(lines)
        _check(first, rest, len(lines) - 1)
        return b"%b\r\n%b\r\n\r\n" % (first.encode("latin-1"), rest.encode())


class Request:
    """A request that is sent on entering, and whose connection is free again on leaving."""

    __slots__ = ("_connection", "_method", "_pool", "_sent", "_silence_s")

    def __init__(self, pool: Pool, method: str, sent: bytes, silence_s: float | None) -> None:
        """Prepare to send `sent`."""
        self._pool = pool
        self._method = method
        self._sent = sent
        self._silence_s = silence_s
        self._connection: Connection | None = None

    async def __aenter__(self) -> Response:
        """Send it, and wait for the head of the answer.

        Raises:
            NoAnswerError: as Pool.asked.
            BrokenOffError: as Pool.asked.
        """
        self._connection, response = await self._pool.asked(
            self._method, self._sent, self._silence_s
        )
        return response

    async def __aexit__(self, *_: object) -> None:
        """Be done with the answer, read or not."""
        if self._connection is not None:
            self._pool.release(self._connection)


def _check(first: str, rest: str, ends: int) -> None:
    """Refuse to send a head that would be read otherwise than it was meant.

    `ends`: how often a line should end in `rest`.
    """
    torn = "\r" in first or "\n" in first or "\0" in first or "\0" in rest
    torn = torn or rest.count("\r") != ends or rest.count("\n") != ends
    if torn or first.count(" ") != 2:  # noqa: PLR2004 - method, target, version
        raise TornHeadError("a request line or header that holds a line break or a space")
