"""Claims → Identity: the rules of the API server's AuthenticationConfiguration, in Python.

The two must agree: tests/tokens.py is one table that both are held against.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from rise_backend.errors import InvalidTokenError, UnverifiedEmailError
from rise_backend.identity.identity import Identity
from rise_crds.api import AUDIENCE, CLI_CLIENT_ID, IDP_GROUP_PREFIX, USER_PREFIX, USERS_GROUP

CLIENTS = frozenset({CLI_CLIENT_ID, "rise-web"})
MAX_LIFETIME_S = 3600
MAX_GROUPS = 200
MAX_GROUP_LENGTH = 256

_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&*+/=?^_`{|}~-]+@[A-Za-z0-9-]+([.][A-Za-z0-9-]+)+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def identity(claims: Mapping[str, Any]) -> Identity:
    """Return whom verified claims stand for.

    Raises:
        InvalidTokenError: the claims break a rule; the message names it, for the log.
    """
    _check_audience(claims.get("aud"))
    if "azp" in claims and claims["azp"] not in CLIENTS:
        raise InvalidTokenError("unknown client")
    if "events" in claims:
        raise InvalidTokenError("a logout token")
    expires = _check_lifetime(claims)
    email = _email(claims)
    return Identity(
        user=email,
        username=USER_PREFIX + email,
        groups=(*(IDP_GROUP_PREFIX + group for group in _groups(claims)), USERS_GROUP),
        uid=_subject(claims),
        expires_at=datetime.fromtimestamp(expires, UTC),
    )


def _check_audience(audience: object) -> None:
    if audience == AUDIENCE:
        return
    if not isinstance(audience, list) or AUDIENCE not in audience:
        raise InvalidTokenError("foreign audience")
    if not all(isinstance(one, str) and one in CLIENTS | {AUDIENCE} for one in audience):
        raise InvalidTokenError("foreign audience")


def _check_lifetime(claims: Mapping[str, Any]) -> int:
    expires, issued = claims.get("exp"), claims.get("iat")
    if type(expires) is not int or type(issued) is not int:  # bool and numeric text are neither
        raise InvalidTokenError("exp and iat must be whole numbers")
    if expires - issued > MAX_LIFETIME_S:
        raise InvalidTokenError("token lifetime too long")
    return expires


def _email(claims: Mapping[str, Any]) -> str:
    email = claims.get("email")
    if not isinstance(email, str) or not _EMAIL.fullmatch(email):
        raise InvalidTokenError("unusable e-mail")
    if claims.get("email_verified") is not True:
        raise UnverifiedEmailError("e-mail not verified")
    return email.lower()


def _subject(claims: Mapping[str, Any]) -> str:
    subject = claims.get("sub")
    if not isinstance(subject, str) or not subject or _CONTROL.search(subject):
        raise InvalidTokenError("unusable subject")
    return subject


def _groups(claims: Mapping[str, Any]) -> list[str]:
    groups = claims.get("groups", [])
    if not isinstance(groups, list) or len(groups) > MAX_GROUPS:
        raise InvalidTokenError("groups must be a list of at most 200")
    return [_group(group) for group in groups]


def _group(group: object) -> str:
    if not isinstance(group, str) or len(group) > MAX_GROUP_LENGTH or _CONTROL.search(group):
        raise InvalidTokenError("unusable group")
    return group
