"""The registry's token: what it opens, for how long, signed by a key that travels along."""

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from rise_backend.registry.scopes import Access
from rise_registry.distribution import Distribution

KIND = "JWT"
BACKDATED_S = 60  # the registry allows 60 s more: its clock may be two minutes behind


@dataclass(frozen=True)
class Token:
    """A signed token, and what a client is told of it."""

    text: str = field(repr=False)
    jti: str
    issued_at: datetime
    expires_in_s: int

    def answer(self) -> dict[str, Any]:
        """Return what every client gets; older ones read `token`, newer ones `access_token`."""
        return {
            "token": self.text,
            "access_token": self.text,
            "expires_in": self.expires_in_s,
            "issued_at": self.issued_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }


def token(registry: Distribution, subject: str, access: Sequence[Access]) -> Token:
    """Return a new token for `access` at a registry.

    Raises:
        RegistryError: the signing key cannot be used.
    """
    now, jti = int(time.time()), secrets.token_hex(16)
    lasts_s = registry.options.token_seconds
    claims = {
        "iss": registry.options.issuer,
        "sub": subject,
        "aud": registry.service,  # one string: version 2 of the registry takes no list
        "iat": now,
        "nbf": now - BACKDATED_S,
        "exp": now + lasts_s,
        "jti": jti,
        "access": [each.claim() for each in access],
    }
    text = registry.signer.sign(claims, KIND)
    return Token(text, jti, datetime.fromtimestamp(now, UTC), lasts_s)
