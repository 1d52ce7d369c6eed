"""HTTP to one distribution registry, with tokens that this program signs for itself.

The registry believes whoever the CA in its `rootcertbundle` vouches for, so the operator needs no
token server to look into the catalogue or to remove images: it works while the backend is away.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from rise_http.errors import ExchangeError
from rise_registry.contract import RegistryError, RegistryUnavailableError
from rise_registry.signing import Signer
from rise_registry.transport import Answer, Line, is_busy, retry_after_s

SKEW_S = 120  # how far the registry's clock may be behind ours
REUSED_S = 60.0  # a token that is signed for one request serves others that ask for the same
REUSED_MAX = 64


@dataclass(frozen=True)
class Access:
    """One entry of a token's claim `access`."""

    name: str
    actions: Collection[str]
    kind: str = "repository"

    def claim(self) -> dict[str, Any]:
        """Return it as the token says it."""
        return {"type": self.kind, "name": self.name, "actions": sorted(self.actions)}


CATALOGUE = Access("catalog", {"*"}, "registry")


@dataclass(frozen=True)
class Place:
    """Where the registry is, and how to be believed there."""

    name: str
    url: str
    ca: Path | None
    signer: Signer
    issuer: str
    service: str
    token_seconds: int

    def token(self, access: Collection[Access]) -> str:
        """Return a token of the registry for `access`.

        Raises:
            RegistryError: the signing key cannot be used.
        """
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": self.service,
            "sub": "rise-operator",
            "jti": secrets.token_hex(16),
            "iat": now,
            "nbf": now - SKEW_S,
            "exp": now + self.token_seconds,
            "access": [each.claim() for each in access],
        }
        return self.signer.sign(claims, "JWT")


class Connection:
    """Requests to one registry, over connections that are kept."""

    def __init__(self, place: Place) -> None:
        """Speak with the registry at `place`, once there is something to ask."""
        self.place = place
        self._line = Line(place.name, place.url, place.ca)
        self._tokens: dict[str, tuple[float, tuple[int, int], str]] = {}

    async def close(self) -> None:
        """Give the connections back."""
        await self._line.close()

    async def ask(
        self,
        method: str,
        path: str,
        access: Collection[Access] = (),
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        """Return the answer to a request for `path`, signed for `access`.

        Raises:
            RegistryUnavailableError: no answer, or one that says to come later.
            RegistryError: the registry does not take our token, or its CA cannot be read.
        """
        sent = {
            "Authorization": f"Bearer {self._token(access)}",
            "Accept-Encoding": "identity",
            **(headers or {}),
        }
        try:
            said = await self._line.exchange(method, path, sent, body)
        except (ExchangeError, TimeoutError) as error:
            why = error.why if isinstance(error, ExchangeError) else "nothing came in time"
            raise RegistryUnavailableError(
                f"registry {self.place.name} at {self.place.url} does not answer ({why}): check "
                "that it runs and that its address in the configuration is right"
            ) from error
        if said.status == HTTPStatus.UNAUTHORIZED:
            self._tokens.clear()
            raise RegistryError(
                f"registry {self.place.name} at {self.place.url} does not take our token: its "
                f"`auth.token` needs issuer {self.place.issuer}, service {self.place.service} and "
                "a rootcertbundle with the CA of our signing key, and its clock must be right"
            )
        if is_busy(said.status):
            raise self.unexpected(said, path)
        return said

    def _token(self, access: Collection[Access]) -> str:
        """Return a token for `access`, signed with the key as it is now, less than a minute ago.

        Raises:
            RegistryError: the signing key cannot be used.
        """
        key, signed = _key(access), self.place.signer.written()
        known = self._tokens.get(key)
        if known and known[0] > time.monotonic() and known[1] == signed:
            return known[2]
        if len(self._tokens) >= REUSED_MAX:
            self._tokens.clear()
        token = self.place.token(access)
        self._tokens[key] = time.monotonic() + REUSED_S, signed, token
        return token

    def unexpected(self, answer: Answer, path: str) -> RegistryUnavailableError:
        """Return the error for an answer that a registry does not give."""
        return RegistryUnavailableError(
            f"registry {self.place.name} at {self.place.url} answers {answer.status} to {path}: "
            "check that its address in the configuration is that of a registry, and look at its "
            "log",
            retry_after_s=retry_after_s(answer.headers),
        )


def _key(access: Collection[Access]) -> str:
    return repr([each.claim() for each in access])
