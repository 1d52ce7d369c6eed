"""The token in a request's headers."""

import re
from collections.abc import Iterable

from rise_backend.errors import InvalidTokenError

MAX_TOKEN_BYTES = 16 * 1024

_TOKEN = re.compile(rb"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")


def bearer_token(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """Return the one bearer token of a request; names are in lower case, as ASGI has them.

    Raises:
        InvalidTokenError: there is none, more than one, or it cannot be a signed token.
    """
    given = [value for name, value in headers if name == b"authorization"]
    if len(given) != 1:
        raise InvalidTokenError("no token" if not given else "more than one Authorization header")
    scheme, _, token = given[0].partition(b" ")
    token = token.strip(b" ")
    if scheme.lower() != b"bearer":
        raise InvalidTokenError("not a bearer token")
    if len(token) > MAX_TOKEN_BYTES:
        raise InvalidTokenError("token too long")
    if not _TOKEN.fullmatch(token):
        raise InvalidTokenError("not three segments")
    return token.decode("ascii")
