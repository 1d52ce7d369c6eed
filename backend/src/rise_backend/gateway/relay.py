"""The API server's answer, handed on byte for byte while it comes."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rise_backend.gateway import headers
from rise_backend.gateway.exchange import Exchange
from rise_http.connection import Response

WHOLE_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Answer:
    """An answer that has been read whole."""

    code: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


async def whole(response: Response) -> Answer:
    """Read an answer to its end."""
    return Answer(response.status, headers.returned(response.raw_headers), await response.read())


async def relay(
    exchange: Exchange,
    response: Response,
    expires_at: datetime,
    *,
    cut: Callable[[], Coroutine[Any, Any, None]] | None = None,
) -> None:
    """Hand an answer on; a stream ends when the client goes, or with the token it began with.

    `cut` ends a stream, too: by returning.
    """
    returned = headers.returned(response.raw_headers)
    if response.complete or _is_short(response):
        await exchange.reply(response.status, returned, await response.read())
        return
    await exchange.start(response.status, returned)
    left = (expires_at - datetime.now(UTC)).total_seconds()
    listening = await exchange.stream(_pump(exchange, response), max(0.0, left), cut=cut)
    if listening and (response.complete or response.length is None):
        await exchange.end()


def _is_short(response: Response) -> bool:
    length = response.length
    return length is not None and length <= WHOLE_BYTES


async def _pump(exchange: Exchange, response: Response) -> None:
    async for chunk in response.chunks():
        await exchange.send(chunk)
