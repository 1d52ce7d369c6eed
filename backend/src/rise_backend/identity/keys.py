"""The identity provider's public keys: fetched once for all who wait, kept while it is away.

age of the keys      key known                        key unknown
under 5 minutes      used                             one fetch, at most every 5 seconds
5 minutes - 1 hour   used; fetched in the background  the same
older, or none       one fetch; unavailable if it fails
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import jwt

from rise_backend.errors import UnavailableError

FRESH_S = 300.0
STALE_S = 3600.0
REFETCH_S = 5.0

ALGORITHMS = {"RSA": "RS256", "EC": "ES256"}

_log = logging.getLogger(__name__)


class Keys:
    """A cache of signing keys by id."""

    def __init__(
        self,
        fetch: Callable[[], Awaitable[Mapping[str, Any]]],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Remember how to `fetch` a JSON Web Key Set."""
        self._fetch = fetch
        self._clock = clock
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched_at = float("-inf")
        self._tried_at = float("-inf")
        self._failure = ""
        self._fetching: asyncio.Task[None] | None = None

    @property
    def usable(self) -> bool:
        """Whether tokens can be verified now, with the provider or without it."""
        return bool(self._keys) and self._age() <= STALE_S

    async def get(self, kid: str) -> jwt.PyJWK | None:
        """Return the key called `kid`; None if the provider has none of that name.

        Raises:
            UnavailableError: there are no keys young enough, and none can be fetched.
        """
        if self.usable and kid in self._keys:
            if self._age() > FRESH_S:
                self._start()
            return self._keys[kid]
        await self.refresh()
        if not self.usable:
            raise UnavailableError(
                "the identity provider does not answer, so nobody's sign-in can be checked: "
                "try again in a moment, or ask an administrator to look at Dex"
            )
        return self._keys.get(kid)

    async def refresh(self) -> None:
        """Fetch the keys, once for all who wait; a failure leaves the old ones."""
        self._start()
        if self._fetching is not None:
            await asyncio.shield(self._fetching)

    async def close(self) -> None:
        """End a fetch that is under way."""
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.wait([self._fetching])

    def _start(self) -> None:
        if self._fetching is None and self._clock() - self._tried_at >= REFETCH_S:
            self._fetching = asyncio.create_task(self._run())

    async def _run(self) -> None:
        try:
            self._keys = usable_keys(await self._fetch())
            self._fetched_at = self._clock()
            if self._failure:
                _log.info("the identity provider's keys can be fetched again")
            self._failure = ""
        except UnavailableError as error:
            if str(error) != self._failure:
                _log.warning("the identity provider's keys cannot be fetched: %s", error)
            self._failure = str(error)
        finally:
            self._tried_at = self._clock()
            self._fetching = None

    def _age(self) -> float:
        return self._clock() - self._fetched_at


def usable_keys(document: Mapping[str, Any]) -> dict[str, jwt.PyJWK]:
    """Return the public signing keys of a key set by id; whatever else is in it is left out."""
    keys: dict[str, jwt.PyJWK] = {}
    for entry in document.get("keys", []):
        if not isinstance(entry, dict) or entry.get("use") != "sig":
            continue
        algorithm, kid = ALGORITHMS.get(entry.get("kty", "")), entry.get("kid")
        if algorithm is None or not isinstance(kid, str) or "d" in entry:
            continue
        if entry.get("alg", algorithm) != algorithm:
            continue
        try:
            keys[kid] = jwt.PyJWK.from_dict(entry, algorithm=algorithm)
        except jwt.PyJWTError as error:
            _log.warning("a key of the identity provider cannot be used: %s", type(error).__name__)
    return keys
