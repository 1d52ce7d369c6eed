"""uvicorn, as the backend runs it."""

import asyncio
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from socket import socket
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from rise_backend.gateway.exchange import WHOLE, Headers
from rise_backend.joined_writes import JoinedWrites
from rise_backend.settings import Settings

MAX_HEAD_BYTES = 64 * 1024
REQUEST_S = 60.0  # from a request's first byte to its last
LINGER_S = 2.0  # how long somebody who was refused is read on
TOO_LONG = b"a request's line and headers may be at most 64 KiB long\n"
TOO_SLOW = b"a request must be sent within a minute\n"


class Server(uvicorn.Server):
    """uvicorn, telling open watches to end before it waits for them."""

    def __init__(self, configuration: uvicorn.Config, close: Callable[[], None]) -> None:
        """Serve; `close` ends what would go on for long."""
        super().__init__(configuration)
        self._close = close

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Begin to serve."""
        _interrupt_nobody()
        await super().startup(sockets)

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """End in order."""
        self._close()
        await super().shutdown(sockets)


class Protocol(HttpToolsProtocol):
    """HTTP/1.1 with an end to what somebody may send before anybody looks at who they are."""

    within_s = REQUEST_S
    linger_s = LINGER_S
    _refused = False
    _head_bytes = 0
    _in_head = True
    _asked = False  # before, there is no cycle
    _whole = False  # whether what came last ended a request: most come in one piece
    _clock: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] - as uvicorn
        """Wait for a request, but not for ever."""
        super().connection_made(transport)
        self.transport = self._joined = JoinedWrites(transport, self.loop)
        self._start_clock()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the clock."""
        self._stop_clock()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, unless the head is too long; what comes after a refusal counts for nothing."""
        if self._refused:
            return
        begins, began_before = self._clock is None and self._is_idle, self._in_head
        self._whole = False
        super().data_received(data)
        if self._refused:
            return
        if begins and not self._whole:
            self._start_clock()
        if began_before and self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, TOO_LONG)

    def on_message_begin(self) -> None:
        """Begin to count."""
        self._head_bytes, self._in_head = 0, True
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; what comes after the body is none: the others were looked at before."""
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Count no longer."""
        self._in_head = False
        super().on_headers_complete()
        self._asked = True

    def on_message_complete(self) -> None:
        """Stop the clock: an answer may take its time."""
        self._whole = True
        self._stop_clock()
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no request."""
        self._refuse(HTTPStatus.BAD_REQUEST, msg.encode())

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        cycle.scope[WHOLE] = partial(self._answer_whole, cycle)  # pyright: ignore[reportGeneralTypeIssues] - one of ours
        super()._start_asgi_task(cycle, app)

    def _answer_whole(
        self, cycle: RequestResponseCycle, code: int, headers: Headers, body: bytes
    ) -> bool:
        """Send an answer of a known length that is there whole, and say whether that could be done.

        uvicorn takes two messages for it, and looks at each header with two patterns: a sixth of
        what Python does for a request. These headers were read by a parser, or are our own.
        """
        if cycle.disconnected or not cycle.keep_alive or self.flow.write_paused:
            return False
        lines = b"\r\n".join([b": ".join(header) for header in headers])
        self._joined.send(b"%b%b\r\n\r\n%b" % (STATUS_LINE[code], lines, body))
        cycle.response_started = cycle.response_complete = True
        cycle.message_event.set()
        self.on_response_complete()
        return True

    def on_response_complete(self) -> None:
        """Send the answer's end at once: nothing follows that could leave with it."""
        self._joined.flush()
        super().on_response_complete()

    @property
    def _is_idle(self) -> bool:
        """Whether no request is being answered."""
        return not self._asked or self.cycle.response_complete

    def _start_clock(self) -> None:
        self._clock = self.loop.call_later(self.within_s, self._end)

    def _stop_clock(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def _end(self) -> None:
        """End a connection on which a request does not come to its end."""
        if self._is_idle or not self.cycle.response_started:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, TOO_SLOW)
        else:
            self.transport.close()

    def _refuse(self, code: HTTPStatus, said: bytes) -> None:
        head = f"HTTP/1.1 {code} {code.phrase}\r\nconnection: close\r\n"
        head += f"content-type: text/plain\r\ncontent-length: {len(said)}\r\n\r\n"
        self.transport.write(head.encode() + said)
        self._linger()

    def _linger(self) -> None:
        """Close, but read on until the client has seen it, or a while is over.

        TCP answers what comes to a closed connection with a reset: whoever still sends would hear
        of that instead of the refusal. TLS tells the end itself, and waits for the client's.
        """
        self._refused = True
        self._stop_clock()
        if self._asked:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if not self.transport.can_write_eof():
            self.transport.close()
            return
        self.transport.write_eof()
        self.flow.resume_reading()
        self._clock = self.loop.call_later(self.linger_s, self.transport.close)


def _interrupt_nobody() -> None:
    """Let whoever has a processor finish their turn, where Linux shares them out (sched(7)).

    Where all are busy this thread then finds more to do each time it has one. With 16 and with 64
    clients, each answer cost an eighth and a quarter less; where one is free nothing changes.
    """
    if sys.platform == "linux":
        with suppress(OSError):  # a container may forbid it
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def server(
    application: Callable[..., object], settings: Settings, close: Callable[[], None]
) -> Server:
    """Return a server of `application` that is ready to run."""
    return Server(
        uvicorn.Config(
            application,
            host=settings.host,
            port=settings.port,
            loop="uvloop",
            http=Protocol,
            ws="none",
            lifespan="on",
            ssl_certfile=settings.tls_cert,
            ssl_keyfile=settings.tls_key,
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            proxy_headers=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=3,
        ),
        close,
    )
