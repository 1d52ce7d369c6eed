"""What the operator sends for one Project, written down on its way to the API server."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import AsyncGenerator, Generator
from contextlib import contextmanager, suppress

import aiohttp
import orjson
from aiohttp import web
from template import Sent
from writes import METHODS
from yarl import URL

from rise_local.site import Site

LOOPBACK = "127.0.0.1"
_PASSED_ON = ("Authorization", "Content-Type", "Accept", "User-Agent")
_LEASES = "/leases"


class Recorder:
    """Passes every request on to the API server as it is, and keeps those that changed something.

    Leases are not kept: they are the operator's own business, whatever it works on.
    """

    def __init__(self, session: aiohttp.ClientSession, server: str) -> None:
        """Keep nothing yet."""
        self.sent: list[Sent] = []
        self._session = session
        self._server = server

    async def pass_on(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer as the API server does."""
        body = await request.read()
        headers = {key: request.headers[key] for key in _PASSED_ON if key in request.headers}
        url = URL(self._server + request.raw_path, encoded=True)
        writes = request.method in METHODS and _LEASES not in request.raw_path
        async with self._session.request(
            request.method, url, data=body or None, headers=headers
        ) as answer:
            said = web.StreamResponse(status=answer.status)
            said.content_type = answer.content_type
            await said.prepare(request)
            kept = bytearray()
            with suppress(ConnectionResetError):  # the operator has left
                async for chunk in answer.content.iter_any():
                    kept += chunk if writes else b""
                    await said.write(chunk)
                await said.write_eof()
            if writes and answer.ok:
                self._keep(request, body, bytes(kept))
        return said

    def _keep(self, request: web.BaseRequest, body: bytes, answer: bytes) -> None:
        self.sent.append(
            Sent(
                method=request.method,
                path=request.raw_path,
                content_type=request.headers.get("Content-Type", ""),
                body=body.decode(),
                answer=orjson.loads(answer),
            )
        )


@contextmanager
def recorder(site: Site) -> Generator[tuple[Recorder, str]]:
    """Open a door to the API server; return what is written down there, and the door's address."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="recorder")
    thread.start()
    door = _door(site)
    try:
        yield asyncio.run_coroutine_threadsafe(anext(door), loop).result()
    finally:
        asyncio.run_coroutine_threadsafe(door.aclose(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _door(site: Site) -> AsyncGenerator[tuple[Recorder, str]]:
    connector = aiohttp.TCPConnector(limit=0, ssl=ssl.create_default_context(cafile=site.ca))
    async with aiohttp.ClientSession(
        connector=connector, timeout=aiohttp.ClientTimeout(total=None)
    ) as session:
        kept = Recorder(session, site.url("kube-apiserver"))
        runner = web.ServerRunner(web.Server(kept.pass_on), shutdown_timeout=0)
        await runner.setup()
        try:
            await web.TCPSite(runner, LOOPBACK, 0).start()
            yield kept, f"http://{LOOPBACK}:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()
