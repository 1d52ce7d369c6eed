"""One connection to a server: HTTP/1.1, one request at a time, bytes as they are.

    idle ── ask() ──► asked ── head ──► answering ── end of the body ──► idle, or closed
                        └─────────── the connection ends ───────────────► broken off

Bodies are neither decompressed nor collected: what comes is held until it is read, and where
nobody reads, the socket is left alone until somebody does.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import cast

import httptools

from rise_http.errors import BrokenOffError

HELD_BYTES = 256 * 1024  # more than this waits in the socket
BROKEN_OFF = "{}'s answer broke off: try again (after a change, look first whether it was made)"
Headers = list[tuple[bytes, bytes]]

_log = logging.getLogger(__name__)


class Response:
    """An answer whose head has come; the body is read while it comes."""

    def __init__(
        self, connection: "Connection", *, bodiless: bool, silence_s: float | None
    ) -> None:
        """Wait for the head; `silence_s` is how long nothing may come of the body."""
        self.status = 0
        self.raw_headers: Headers = []
        self.complete = False
        self.head = asyncio.get_running_loop().create_future()
        self.bodiless = bodiless
        self._connection = connection
        self._silence_s = silence_s
        self._parts: deque[bytes] = deque()
        self._held = 0
        self._failure: Exception | None = None
        self._waiter: asyncio.Future[None] | None = None

    @property
    def length(self) -> int | None:
        """How long the body is, as the head says; None: it does not say."""
        lengths = (value for name, value in self.raw_headers if name.lower() == b"content-length")
        length = next(lengths, None)
        return None if length is None else int(length)

    async def read(self) -> bytes:
        """Return the whole body.

        Raises:
            BrokenOffError: the connection ended before the body did, or nothing came for too long.
        """
        if self.complete:  # most often: it came with the head
            return self._taken()
        return b"".join([chunk async for chunk in self.chunks()])

    async def chunks(self) -> AsyncIterator[bytes]:
        """Return what has come, each time something has.

        Raises:
            BrokenOffError: the connection ended before the body did, or nothing came for too long.
        """
        while True:
            if self._parts:
                yield self._taken()
            elif self.complete:
                return
            elif self._failure is not None:
                raise self._failure
            else:
                await self._wait()

    def take(self, chunk: bytes) -> None:
        """Hold a part of the body until it is read."""
        self._parts.append(chunk)
        self._held += len(chunk)
        if self._held > HELD_BYTES:
            self._connection.pause()
        self._wake()

    def begin(self, status: int) -> None:
        """Take note of the head."""
        self.status = status
        if not self.head.done():
            self.head.set_result(None)

    def end(self) -> None:
        """Take note that this was all."""
        self.complete = True
        self._wake()

    def fail(self, failure: Exception) -> None:
        """Take note that no more will come."""
        self._failure = failure
        if not self.head.done():
            self.head.set_exception(failure)
        self._wake()

    def _taken(self) -> bytes:
        chunk = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        self._parts.clear()
        self._held = 0
        self._connection.resume()
        return chunk

    async def _wait(self) -> None:
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(self._silence_s):
                await self._waiter
        except TimeoutError as error:
            raise self._connection.broken_off() from error

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class Connection(asyncio.Protocol):
    """A connection that may be asked again once its answer has been read to the end."""

    def __init__(self, server: str) -> None:
        """Wait to be connected; `server` is what people call the other side."""
        self.closed = False
        self.answered = False  # whether a byte came back since it was last asked
        self.idle_since = 0.0
        self._server = server
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._response: Response | None = None
        self._headers: Headers | None = None  # where those of the head that comes are kept
        self._interim = False
        self._in_head = True
        self._keeps_alive = False
        self._paused = False

    @property
    def reusable(self) -> bool:
        """Whether another request may be sent."""
        done = self._response is None or self._response.complete
        return done and self._keeps_alive and not self.closed

    async def ask(
        self, request: bytes, *, bodiless: bool = False, silence_s: float | None = None
    ) -> Response:
        """Send a request and return its answer once the head has come.

        `bodiless`: the answer has no body whatever its head says, as with HEAD.

        Raises:
            BrokenOffError: the connection ended before that.
            TimeoutError: nothing came for too long.
        """
        response = Response(self, bodiless=bodiless, silence_s=silence_s)
        self._response, self.answered, self._keeps_alive = response, False, False
        self._headers = response.raw_headers
        if self.closed or self._transport is None:
            raise BrokenOffError("the connection had ended")
        self._transport.write(request)
        if silence_s is None:
            await response.head
        else:
            async with asyncio.timeout(silence_s):
                await response.head
        return response

    def rest(self, now: float) -> None:
        """Wait for the next request."""
        self._response, self.idle_since = None, now

    def broken_off(self) -> BrokenOffError:
        """Return the error of whoever waits for the rest of an answer."""
        return BrokenOffError(BROKEN_OFF.format(self._server))

    def close(self) -> None:
        """End the connection."""
        self.closed = True
        if self._transport is not None:
            self._transport.abort()

    def pause(self) -> None:
        """Leave what comes in the socket."""
        if not self._paused and self._transport is not None and not self.closed:
            self._paused = True
            self._transport.pause_reading()

    def resume(self) -> None:
        """Take what comes."""
        if self._paused and self._transport is not None and not self.closed:
            self._paused = False
            self._transport.resume_reading()

    # ---- what asyncio calls ------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Be connected."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are of no such class

    def data_received(self, data: bytes) -> None:
        """Parse; bytes that answer no request end the connection."""
        self.answered = True
        if self._response is None:
            self.close()
            return
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            _log.warning("%s's answer cannot be read: %s", self._server, type(error).__name__)
            self._fail()
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Be cut off: only an answer of unknown length may end so."""
        self.closed = True
        response = self._response
        if response is None or response.complete:
            return
        if exc is None and not self._in_head and response.status and self._until_end(response):
            response.end()
        else:
            self._fail()

    # ---- what httptools calls ----------------------------------------------------------------

    def on_message_begin(self) -> None:
        """Begin to read a head; none may come after the end of an answer."""
        self._in_head = True
        if self._response is not None and self._response.complete:
            self._keeps_alive = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header; trailers are not handed on."""
        if self._headers is not None:
            self._headers.append((name, value.rstrip(b" \t")))

    def on_headers_complete(self) -> None:
        """Hand the head over; one before the final one (1xx) is forgotten."""
        response, status = self._response, self._parser.get_status_code()
        self._in_head = False
        if response is None or response.complete:
            return
        self._interim = status < HTTPStatus.OK
        if self._interim:
            response.raw_headers.clear()
            return
        self._headers = None
        response.begin(status)
        if response.bodiless:
            self._keeps_alive = self._parser.should_keep_alive()
            self._parser = httptools.HttpResponseParser(self)  # the old one waits for the body
            response.end()

    def on_body(self, body: bytes) -> None:
        """Hand a part of the body over."""
        if self._response is None or self._response.complete:
            self._keeps_alive = False
        else:
            self._response.take(body)

    def on_message_complete(self) -> None:
        """Take note of the end."""
        if self._interim:
            self._interim = False
        elif self._response is not None and not self._response.complete:
            self._keeps_alive = self._parser.should_keep_alive()
            self._response.end()

    def _until_end(self, response: Response) -> bool:
        names = {name.lower() for name, _ in response.raw_headers}
        return not names & {b"content-length", b"transfer-encoding"}

    def _fail(self) -> None:
        if self._response is not None and not self._response.complete:
            self._response.fail(self.broken_off())
