"""A token → an Identity, or a refusal: the checklist, in order."""

import hashlib
import logging
import time
from collections import OrderedDict
from collections.abc import Callable

import jwt
from jwt.utils import base64url_decode

from rise_backend.errors import InvalidTokenError
from rise_backend.identity import claims, document
from rise_backend.identity.identity import Identity
from rise_backend.identity.keys import ALGORITHMS, Keys

REMEMBERED_S = 60.0
REMEMBERED = 10_000
MAX_KID_LENGTH = 64
HEADERS = frozenset({"alg", "kid", "typ"})  # no jku, x5u, jwk, x5c, crit, b64, zip

_SIGNED = jwt.PyJWS(algorithms=list(ALGORITHMS.values()))

_log = logging.getLogger(__name__)


class Verifier:
    """Verifies tokens of one issuer."""

    def __init__(self, issuer: str, keys: Keys, *, clock: Callable[[], float] = time.time) -> None:
        """Verify tokens of `issuer` with `keys`."""
        self._issuer = issuer
        self._keys = keys
        self._clock = clock
        self._known: OrderedDict[bytes, tuple[float, Identity]] = OrderedDict()

    async def verify(self, token: str) -> Identity:
        """Return who holds `token`.

        Raises:
            InvalidTokenError: the token is not acceptable.
            UnavailableError: there is no key to check it with.
        """
        digest = hashlib.sha256(token.encode()).digest()
        remembered = self._known.get(digest)
        if remembered is not None and remembered[0] > self._clock():
            return remembered[1]
        identity = await self._verified(token)
        self._remember(digest, identity)
        return identity

    async def _verified(self, token: str) -> Identity:
        kid, algorithm = _header(token)
        key = await self._keys.get(kid)
        if key is None:
            raise InvalidTokenError("unknown key")
        if key.algorithm_name != algorithm:
            raise InvalidTokenError("the key is for another algorithm")
        try:
            payload = _SIGNED.decode(token, key, algorithms=[algorithm])
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            raise InvalidTokenError(type(error).__name__) from error
        decoded = document.read(payload)
        identity = claims.identity(decoded, issuer=self._issuer, now=self._clock())
        _log.debug("a token was verified", extra={"kid": kid, "jti": str(decoded.get("jti", ""))})
        return identity

    def _remember(self, digest: bytes, identity: Identity) -> None:
        now = self._clock()
        self._known[digest] = (min(now + REMEMBERED_S, identity.expires_at.timestamp()), identity)
        self._known.move_to_end(digest)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)


def _header(token: str) -> tuple[str, str]:
    """Return key id and algorithm of a token that nothing is known of yet.

    Raises:
        InvalidTokenError: the header names another way of verifying it, or another kind of token.
    """
    try:
        header = document.read(base64url_decode(token.partition(".")[0]))
    except ValueError as error:
        raise InvalidTokenError("unreadable header") from error
    kid, algorithm = header.get("kid"), header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS.values():
        raise InvalidTokenError("algorithm not allowed")
    if not isinstance(kid, str) or not 0 < len(kid) <= MAX_KID_LENGTH:
        raise InvalidTokenError("no usable key id")
    if header.keys() - HEADERS:
        raise InvalidTokenError("a header that brings its own key, or asks for more")
    if str(header.get("typ", "JWT")).lower() != "jwt":
        raise InvalidTokenError("another kind of token")
    return kid, algorithm
