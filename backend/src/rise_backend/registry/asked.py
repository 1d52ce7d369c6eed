"""A request for a token, as clients of a registry send it.

    GET   ?service=&scope=&scope=&offline_token=true     with Basic
    POST  grant_type=password|refresh_token, service, scope (space separated), access_type=offline

https://distribution.github.io/distribution/spec/auth/token/ and …/oauth/

Parameters that mean nothing here are left alone, one that is there twice leaves the choice to
chance and is refused.
"""

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qsl

from rise_backend.registry.refusals import RefusedError

MAX_QUERY_BYTES = 8 * 1024
MAX_FORM_BYTES = 64 * 1024
MAX_FIELDS = 64
MAX_SCOPES = 16
MAX_USERNAME_LENGTH = 320
MAX_PASSWORD_LENGTH = 16 * 1024
FORM = "application/x-www-form-urlencoded"

_ONCE = frozenset(
    {"service", "grant_type", "username", "password", "refresh_token"}
    | {"access_type", "offline_token", "client_id", "account"}
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")

Headers = Iterable[tuple[bytes, bytes]]


@dataclass(frozen=True)
class Presented:
    """With what somebody proves who they are; without user name it is a refresh token."""

    username: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class Asked:
    """What somebody wants, and with what they prove who they are."""

    service: str
    scopes: tuple[str, ...]
    presented: Presented | None  # None: nothing was sent
    refreshes: bool = False  # a refresh token is wanted, too
    form: bool = False


def from_query(query: bytes, headers: Headers) -> Asked:
    """Return what a GET asks for.

    Raises:
        RefusedError: it cannot be read.
    """
    if len(query) > MAX_QUERY_BYTES:
        raise RefusedError(
            HTTPStatus.REQUEST_URI_TOO_LONG,
            f"the query is longer than {MAX_QUERY_BYTES} bytes: ask for fewer scopes",
        )
    fields = _fields(query)
    return Asked(
        service=fields.one("service"),
        scopes=fields.scopes(),
        presented=_basic(headers),
        refreshes=fields.one("offline_token") == "true",
    )


def from_form(body: bytes, headers: Headers) -> Asked:
    """Return what a POST asks for.

    Raises:
        RefusedError: it cannot be read.
    """
    kinds = [value for name, value in headers if name == b"content-type"]
    if len(kinds) != 1 or kinds[0].partition(b";")[0].strip().lower() != FORM.encode():
        raise RefusedError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"send a form, as {FORM}")
    fields = _fields(body)
    return Asked(
        service=fields.one("service"),
        scopes=fields.scopes(),
        presented=_granted(fields),
        refreshes=fields.one("access_type") == "offline",
        form=True,
    )


class _Fields:
    """The parameters of a request."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self._pairs = pairs
        names = [name for name, _ in pairs if name in _ONCE]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise _bad(f"{', '.join(twice)}: send it once")

    def one(self, name: str) -> str:
        """Return the value of a parameter; empty when it is not there."""
        return next((value for key, value in self._pairs if key == name), "")

    def scopes(self) -> tuple[str, ...]:
        """Return every scope once, in the order of asking."""
        given = [value.split(" ") for name, value in self._pairs if name == "scope"]
        scopes = dict.fromkeys(scope for part in given for scope in part if scope)
        if len(scopes) > MAX_SCOPES:
            raise _bad(f"more than {MAX_SCOPES} scopes: ask for fewer at once")
        return tuple(scopes)


def _fields(text: bytes) -> _Fields:
    try:
        pairs = parse_qsl(
            text.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MAX_FIELDS,
        )
    except ValueError as error:
        said = f"the parameters cannot be read: at most {MAX_FIELDS}, percent-encoded UTF-8"
        raise _bad(said) from error
    return _Fields(pairs)


def _granted(fields: _Fields) -> Presented | None:
    grant = fields.one("grant_type")
    if grant == "password":
        return _presented(fields.one("username"), fields.one("password"))
    if grant == "refresh_token":
        return _presented("", fields.one("refresh_token"))
    raise _bad("grant_type: send password or refresh_token")


def _basic(headers: Headers) -> Presented | None:
    given = [value for name, value in headers if name == b"authorization"]
    if len(given) > 1:
        raise _bad("send one Authorization header")
    scheme, _, text = (given or [b""])[0].partition(b" ")
    if scheme.lower() != b"basic":
        return None
    try:
        decoded = base64.b64decode(text.strip(b" "), validate=True).decode()
    except (binascii.Error, ValueError) as error:
        said = "the Authorization header cannot be read: Basic, base64 of USER:PASSWORD in UTF-8"
        raise _bad(said) from error
    username, _, password = decoded.partition(":")
    return _presented(username, password)


def _presented(username: str, password: str) -> Presented | None:
    if len(username) > MAX_USERNAME_LENGTH or len(password) > MAX_PASSWORD_LENGTH:
        raise _bad(
            f"user name or password is too long: at most {MAX_USERNAME_LENGTH} and "
            f"{MAX_PASSWORD_LENGTH} characters"
        )
    if _CONTROL.search(username):
        raise _bad("the user name holds a control character")
    return Presented(username, password) if password else None


def _bad(said: str) -> RefusedError:
    return RefusedError(HTTPStatus.BAD_REQUEST, said)
