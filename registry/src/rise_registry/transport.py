"""HTTP to a registry or its product: how long is waited, whom is trusted, how much is read.

Redirects are never followed by those who call this: they would carry a token elsewhere.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from dataclasses import dataclass, field
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from rise_http.pool import Pool
from rise_registry.contract import RegistryError, RegistryUnavailableError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from rise_http.connection import Headers, Response

ANSWER_S, SILENCE_S = 30.0, 10.0  # to the end of an answer; until something comes
BODY_MAX = 8 << 20  # a manifest is at most 4 MiB, a page of a list far less
RETRY_MAX_S = 3600.0
CONNECTIONS = 16  # to one registry at a time; whoever needs another one waits
IDLE_S = 30.0  # proxies close what is idle for a minute


@dataclass(frozen=True)
class Answer:
    """What a registry said."""

    status: int
    headers: Mapping[str, str]  # by name, in lower case
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
        self._free = asyncio.Semaphore(CONNECTIONS)
        self._pool: Pool | None = None
        self._trusted = 0  # when the CA that the pool trusts was written

    async def exchange(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> Answer:
        """Return what is answered; a read that met a connection which had ended is repeated once.

        Raises:
            RegistryError: the file with the CA cannot be read.
            RegistryUnavailableError: the answer does not end.
            ExchangeError, TimeoutError: there is none.
        """
        async with asyncio.timeout(ANSWER_S), self._free:
            pool = await self._trusting_pool()
            request = pool.request(method, path, headers.items(), body, silence_s=SILENCE_S)
            async with request as answer:
                return Answer(answer.status, _named(answer.raw_headers), await _whole(answer))

    async def close(self) -> None:
        """Close every connection; a later request makes another one."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()

    async def _trusting_pool(self) -> Pool:
        written = _written(self._ca)
        if self._pool is None or self._trusted != written:
            trust = await _trust(self._name, self._url, self._ca)
            if self._pool is not None:
                self._pool.retire()
            self._pool = Pool(self._url, trust, f"registry {self._name}", idle_s=IDLE_S)
            self._trusted = written
        return self._pool


async def _trust(name: str, url: str, ca: Path | None) -> ssl.SSLContext | None:
    if not url.startswith("https:"):
        return None
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


async def _whole(answer: Response) -> bytes:
    """Return the body.

    Raises:
        RegistryUnavailableError: it is longer than `BODY_MAX`.
        BrokenOffError: it broke off.
    """
    read = bytearray()
    async for chunk in answer.chunks():
        read += chunk
        if len(read) > BODY_MAX:
            raise RegistryUnavailableError("the registry's answer does not end: look at its log")
    return bytes(read)


def _named(headers: Headers) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers}


def is_busy(status: int) -> bool:
    """Return whether the same request may well be answered later."""
    return status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of `Retry-After`; a date, which it may hold as well, is not looked at."""
    said = headers.get("retry-after", "")
    if said.isascii() and said.isdigit() and len(said) < 10:  # noqa: PLR2004 - more is no pause
        return min(float(said), RETRY_MAX_S)
    return None
