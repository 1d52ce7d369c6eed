"""HTTP to a registry or its product: how long is waited, whom is trusted, how much is read.

Redirects are never followed by those who call this: they would carry a token elsewhere.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import aiohttp

from rise_registry.contract import RegistryError, RegistryUnavailableError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping
    from pathlib import Path

TIMEOUT = aiohttp.ClientTimeout(total=30, sock_connect=5, sock_read=10)
BODY_MAX = 8 << 20  # a manifest is at most 4 MiB, a page of a list far less
RETRY_MAX_S = 3600.0
CONNECTIONS = 16  # to one registry at a time; whoever needs another one waits
IDLE_S = 30.0  # proxies close what is idle for a minute


@dataclass(frozen=True)
class Answer:
    """What a registry said."""

    status: int
    headers: Mapping[str, str]  # by name in any case
    body: bytes = field(repr=False)

    def json(self) -> dict[str, Any]:
        """Return the body.

        Raises:
            RegistryUnavailableError: it is no object of JSON.
        """
        try:
            said = json.loads(self.body)
        except ValueError:
            said = None
        if not isinstance(said, dict):
            raise RegistryUnavailableError(
                "the registry's answer is not JSON: check that its address in the configuration "
                "is that of a registry"
            )
        return said  # pyright: ignore[reportUnknownVariableType] - JSON

    def codes(self) -> set[str]:
        """Return the codes of an error, `MANIFEST_UNKNOWN` say; none if it is not a registry's."""
        try:
            return {str(each["code"]) for each in self.json()["errors"]}
        except (RegistryUnavailableError, KeyError, TypeError):
            return set()


class Line:
    """Connections to one registry that are kept from one request to the next, until `close`.

    Whom they trust is looked at for each request: a CA that is written anew counts at once, and
    what was connected under the old one is not used again.
    """

    def __init__(self, name: str, url: str, ca: Path | None) -> None:
        """Connect to registry `name` at `url` when first asked to."""
        self._name = name
        self._url = url
        self._ca = ca
        self._session: aiohttp.ClientSession | None = None
        self._trusted: tuple[int, ssl.SSLContext | bool] | None = None

    async def exchange(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> Answer:
        """Return what is answered; a kept connection that turns out closed is made anew once.

        Raises:
            RegistryError: the file with the CA cannot be read.
            RegistryUnavailableError: the answer does not end.
            aiohttp.ClientError, TimeoutError, OSError: there is none.
        """
        trust = await self._trust()
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=CONNECTIONS, keepalive_timeout=IDLE_S),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=TIMEOUT,
            )
        async with self._session.request(
            method,
            f"{self._url}{path}",
            headers=headers,
            data=body,
            allow_redirects=False,
            ssl=trust,
        ) as answer:
            return Answer(answer.status, answer.headers, await body_of(answer))

    async def close(self) -> None:
        """Close every connection; a later request makes another one."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _trust(self) -> ssl.SSLContext | bool:
        written = _written(self._ca)
        if self._trusted is None or self._trusted[0] != written:
            self._trusted = written, await _trust(self._name, self._url, self._ca)
        return self._trusted[1]


@asynccontextmanager
async def connected(
    name: str, url: str, ca: Path | None, headers: Mapping[str, str] | None = None
) -> AsyncGenerator[aiohttp.ClientSession]:
    """Yield a session with registry `name` at `url`, which lasts for one piece of work.

    Raises:
        RegistryError: the file with the CA cannot be read.
    """
    connector = aiohttp.TCPConnector(ssl=await _trust(name, url, ca), limit=4)
    async with aiohttp.ClientSession(
        connector=connector, headers=headers, timeout=TIMEOUT
    ) as session:
        yield session


async def _trust(name: str, url: str, ca: Path | None) -> ssl.SSLContext | bool:
    if not url.startswith("https:"):
        return True
    try:
        return await asyncio.to_thread(_trusting, ca, _written(ca))
    except OSError as error:
        raise RegistryError(f"registry {name}: the CA {ca} cannot be read: {error}") from error


def _written(ca: Path | None) -> int:
    """Return when the file was written; 0 when there is none, which reading it will tell."""
    try:
        return ca.stat().st_mtime_ns if ca else 0
    except OSError:
        return 0


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
