"""HTTP to a registry or its product: how long is waited, whom is trusted, how much is read.

Redirects are never followed by those who call this: they would carry a token elsewhere.
"""

from __future__ import annotations

import asyncio
import ssl
from contextlib import asynccontextmanager
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING

import aiohttp

from rise_registry.contract import RegistryError, RegistryUnavailableError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping
    from pathlib import Path

TIMEOUT = aiohttp.ClientTimeout(total=30, sock_connect=5, sock_read=10)
BODY_MAX = 8 << 20  # a manifest is at most 4 MiB, a page of a list far less
RETRY_MAX_S = 3600.0


@asynccontextmanager
async def connected(
    name: str, url: str, ca: Path | None, headers: Mapping[str, str] | None = None
) -> AsyncGenerator[aiohttp.ClientSession]:
    """Yield a session with registry `name` at `url`, which lasts for one piece of work.

    Raises:
        RegistryError: the file with the CA cannot be read.
    """
    trust: ssl.SSLContext | bool = True
    if url.startswith("https:"):
        try:
            trust = await asyncio.to_thread(_trust, ca)
        except OSError as error:
            raise RegistryError(f"registry {name}: the CA {ca} cannot be read: {error}") from error
    connector = aiohttp.TCPConnector(ssl=trust, limit=4)
    async with aiohttp.ClientSession(
        connector=connector, headers=headers, timeout=TIMEOUT
    ) as session:
        yield session


def _trust(ca: Path | None) -> ssl.SSLContext:
    return _trusting(ca, ca.stat().st_mtime_ns if ca else 0)


@lru_cache(maxsize=8)
def _trusting(ca: Path | None, _written: int) -> ssl.SSLContext:
    """Read the CA, or those of the machine (50 ms of CPU), whenever it was written anew."""
    return ssl.create_default_context(cafile=ca)


async def body_of(answer: aiohttp.ClientResponse) -> bytes:
    """Return what was sent.

    Raises:
        RegistryUnavailableError: it is longer than `BODY_MAX`.
    """
    read = bytearray()
    async for chunk in answer.content.iter_any():
        read += chunk
        if len(read) > BODY_MAX:
            raise RegistryUnavailableError("the registry's answer does not end: look at its log")
    return bytes(read)


def is_busy(status: int) -> bool:
    """Return whether the same request may well be answered later."""
    return status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of `Retry-After`; a date, which it may hold as well, is not looked at."""
    said = headers.get("Retry-After", "")
    if said.isascii() and said.isdigit() and len(said) < 10:  # noqa: PLR2004 - more is no pause
        return min(float(said), RETRY_MAX_S)
    return None
