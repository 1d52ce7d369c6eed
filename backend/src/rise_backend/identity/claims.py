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
MAX_TIME = 253_402_300_799  # the end of the year 9999
MAX_EMAIL_LENGTH = 254
MAX_GROUPS = 200
MAX_GROUP_LENGTH = 256

_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&*+/=?^_`{|}~-]+@[A-Za-z0-9-]+([.][A-Za-z0-9-]+)+")
_DISTRIBUTED = frozenset({"_claim_names", "_claim_sources"})
_TEXTS = frozenset({"nonce", "at_hash"})
_READ = frozenset({"iss", "sub", "aud", "exp", "iat", "nbf"}) | _TEXTS | _DISTRIBUTED
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def identity(claims: Mapping[str, Any], *, issuer: str, now: float) -> Identity:
    """Return whom verified claims stand for, by the issuer that is believed and the time (Unix, s).

    Raises:
        InvalidTokenError: the claims break a rule; the message names it, for the log.
    """
    _check_names(claims)
    if claims.get("iss") != issuer:
        raise InvalidTokenError("another issuer")
    _check_audience(claims.get("aud"))
    if "azp" in claims and not _is_client(claims["azp"]):
        raise InvalidTokenError("unknown client")
    if "events" in claims:
        raise InvalidTokenError("a logout token")
    expires = _check_times(claims, now)
    email = _email(claims)
    return Identity(
        user=email,
        username=USER_PREFIX + email,
        groups=(*(IDP_GROUP_PREFIX + group for group in _groups(claims)), USERS_GROUP),
        uid=_subject(claims),
        expires_at=datetime.fromtimestamp(expires, UTC),
    )


def _check_names(claims: Mapping[str, Any]) -> None:
    """Refuse what only the API server's library reads: it would refuse more, or see other values.

    It takes `ISS` for `iss`, and looks into claims that mean nothing here.
    """
    for name in claims:
        if name not in _READ and name.casefold() in _READ:
            raise InvalidTokenError("a claim spelt in another way")
    if any(name in claims for name in _DISTRIBUTED):
        raise InvalidTokenError("claims that stand elsewhere")
    if any(not isinstance(claims.get(name, ""), str) for name in _TEXTS):
        raise InvalidTokenError("nonce and at_hash must be text")


def _is_client(client: object) -> bool:
    return isinstance(client, str) and client in CLIENTS


def _check_audience(audience: object) -> None:
    if audience == AUDIENCE:
        return
    if not isinstance(audience, list) or AUDIENCE not in audience:
        raise InvalidTokenError("foreign audience")
    if not all(isinstance(one, str) and one in CLIENTS | {AUDIENCE} for one in audience):
        raise InvalidTokenError("foreign audience")


def _check_times(claims: Mapping[str, Any], now: float) -> int:
    """Return when a token ends; there is no leeway.

    `iat` may lie ahead, as for the API server: a provider whose clock is ahead locks nobody out.
    """
    times = [claims.get("exp"), claims.get("iat"), claims.get("nbf", 0)]
    expires, issued, begins = (_time(value) for value in times)
    if expires <= now:
        raise InvalidTokenError("it has ended")
    if begins > now:
        raise InvalidTokenError("not valid yet")
    if expires - issued > MAX_LIFETIME_S:
        raise InvalidTokenError("token lifetime too long")
    return expires


def _time(value: object) -> int:
    if type(value) is not int or not 0 <= value <= MAX_TIME:  # bool and numeric text are none
        raise InvalidTokenError("exp, iat and nbf must be whole numbers of seconds")
    return value


def _email(claims: Mapping[str, Any]) -> str:
    email = claims.get("email")
    if not isinstance(email, str) or len(email) > MAX_EMAIL_LENGTH or not _EMAIL.fullmatch(email):
        raise InvalidTokenError("unusable e-mail")
    if claims.get("email_verified") is not True:
        raise UnverifiedEmailError("e-mail not verified")
    return email.lower()


def _subject(claims: Mapping[str, Any]) -> str:
    subject = claims.get("sub")
    if not isinstance(subject, str) or _CONTROL.search(subject):
        raise InvalidTokenError("unusable subject")
    if not subject or subject != subject.strip():  # a header's value loses them on the way
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
