"""uvicorn, as the backend runs it."""

from collections.abc import Callable
from socket import socket

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from rise_backend.settings import Settings

MAX_HEAD_BYTES = 64 * 1024
REFUSAL = b"a request's line and headers may be at most 64 KiB long\n"


class Server(uvicorn.Server):
    """uvicorn, telling open watches to end before it waits for them."""

    def __init__(self, configuration: uvicorn.Config, close: Callable[[], None]) -> None:
        """Serve; `close` ends what would go on for long."""
        super().__init__(configuration)
        self._close = close

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """End in order."""
        self._close()
        await super().shutdown(sockets)


class Protocol(HttpToolsProtocol):
    """HTTP/1.1 with an end to what somebody may send before anybody looks at who they are."""

    _head_bytes = 0
    _in_head = True

    def data_received(self, data: bytes) -> None:
        """Read on, unless the head is too long."""
        began_before = self._in_head
        super().data_received(data)
        if began_before and self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
                self._refuse()

    def on_message_begin(self) -> None:
        """Begin to count."""
        self._head_bytes, self._in_head = 0, True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Count no longer."""
        self._in_head = False
        super().on_headers_complete()

    def _refuse(self) -> None:
        head = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\n"
        head += b"content-type: text/plain\r\ncontent-length: %d\r\n\r\n" % len(REFUSAL)
        self.transport.write(head + REFUSAL)
        self.transport.close()


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
