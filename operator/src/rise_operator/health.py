"""GET /livez, /readyz and /metrics, for probes and Prometheus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

from rise_operator.errors import CannotStart

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rise_operator.engine.metrics import Metrics


async def serve(
    address: tuple[str, int], metrics: Metrics, problems: Callable[[], Sequence[str]]
) -> web.AppRunner:
    """Listen at `address`; ready means that `problems` returns nothing.

    Raises:
        CannotStart: the port is taken, or is not ours to take.
    """

    async def livez(_request: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def readyz(_request: web.Request) -> web.Response:
        wrong = problems()
        text = "".join(f"not ready: {problem}\n" for problem in wrong) or "ok\n"
        return web.Response(text=text, status=503 if wrong else 200)

    async def exposition(_request: web.Request) -> web.Response:
        return web.Response(
            body=metrics.exposition(), headers={"Content-Type": CONTENT_TYPE_LATEST}
        )

    app = web.Application()
    app.router.add_get("/livez", livez)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", exposition)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, *address).start()
    except OSError as error:
        await runner.cleanup()
        host, port = address
        why = f"cannot listen at {host}:{port} ({error.strerror})"
        raise CannotStart(f"{why}: set RISE_OPERATOR_LISTEN to another HOST:PORT") from error
    return runner
