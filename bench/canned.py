"""A server that knows one answer: the most that the load can get from this machine."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import uvloop

from rise_local.certificates import Pair
from rise_local.ports import LOOPBACK

BODY = b'{"kind":"Project","padding":"' + b"x" * 1600 + b'"}'
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY


class _Answer(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if data.endswith(b"\r\n\r\n"):
            self._transport.write(ANSWER)


@contextmanager
def canned(certificate: Pair) -> Generator[str]:
    """Run the server and return its URL."""
    command = [sys.executable, str(Path(__file__)), str(certificate.certificate)]
    process = subprocess.Popen([*command, str(certificate.key)], stdout=subprocess.PIPE)
    assert process.stdout
    try:
        yield f"https://{LOOPBACK}:{int(process.stdout.readline())}/"
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


async def _serve(certificate: str, key: str) -> None:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate, key)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Answer, LOOPBACK, 0, ssl=tls)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(*sys.argv[1:]))
