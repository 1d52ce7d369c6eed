"""Which headers pass, in both directions: allow lists, never "all but these"."""

from collections.abc import Callable, Iterable

from rise_backend.errors import ForbiddenHeaderError
from rise_backend.identity.identity import Identity
from rise_crds.api import IDP_GROUP_PREFIX, USER_PREFIX

Headers = Iterable[tuple[bytes, bytes]]

_PASSED = frozenset(
    {
        b"accept",
        b"accept-encoding",
        b"accept-language",
        b"content-encoding",
        b"content-type",
        b"if-match",
        b"if-modified-since",
        b"if-none-match",
        b"if-unmodified-since",
        b"user-agent",
    }
)
_PASSED_PREFIXES = (b"kubectl-",)
_HARMLESS = _PASSED | {b"authorization", b"content-length", b"host", b"x-request-id"}
_FORBIDDEN_PREFIXES = (b"impersonate-", b"x-remote-")
_HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)


def check(headers: Headers) -> None:
    """Refuse headers with which a request could pass for somebody else.

    Raises:
        ForbiddenHeaderError: there is such a header, however it is spelt.
    """
    for name, _ in headers:
        if name in _HARMLESS:  # nearly all are: what follows costs more
            continue
        if name.lower().replace(b"_", b"-").startswith(_FORBIDDEN_PREFIXES):
            shown = name.decode("latin-1")
            raise ForbiddenHeaderError(
                f"the header {shown} is not accepted here: the Rise gateway sends each request as "
                "the person whose token it carries (leave out --as and --as-group)"
            )


def wants_upgrade(headers: Headers) -> bool:
    """Say whether a client asks to leave HTTP, as exec and port-forward do."""
    return b"upgrade" in dict(headers)


def passed(headers: Headers) -> list[tuple[str, str]]:
    """Return what the API server gets of a client's headers."""
    return [
        (name.decode("ascii"), value.decode("ascii"))
        for name, value in headers
        if (name in _PASSED or (name not in _HARMLESS and _is_of_kubectl(name))) and value.isascii()
    ]


def impersonation(identity: Identity, knows_group: Callable[[str], bool]) -> list[tuple[str, str]]:
    """Return the headers with which the gateway's own request runs as a person.

    Without them it would run as the gateway, so what is about to be sent is checked once more.
    Groups of the identity provider that no Team names mean nothing here, and the gateway may not
    impersonate them. One with space around it would arrive as another: it is left out.
    """
    if not identity.username.startswith(USER_PREFIX) or len(identity.username) <= len(USER_PREFIX):
        raise ForbiddenHeaderError("a person's name must start with rise:")
    user = ("Impersonate-User", identity.username)
    groups = [
        ("Impersonate-Group", group)
        for group in identity.groups
        if not group.startswith(IDP_GROUP_PREFIX)
        or (group == group.strip() and knows_group(group.removeprefix(IDP_GROUP_PREFIX)))
    ]
    if not identity.uid:  # somebody who is only asked about: no token has told who they are
        return [user, *groups]
    extra = [
        (f"Impersonate-Extra-{_escaped(key)}", value)
        for key, values in identity.extra.items()
        for value in values
    ]
    return [user, ("Impersonate-Uid", identity.uid), *groups, *extra]


def returned(headers: Headers) -> list[tuple[bytes, bytes]]:
    """Return what a client gets of the API server's headers, names in lower case."""
    lowered = [(name.lower(), value) for name, value in headers]
    kept = [header for header in lowered if header[0] not in _HOP_BY_HOP]
    if len(kept) == len(lowered):
        return kept
    named = [value.lower() for name, value in lowered if name == b"connection"]
    dropped = {each.strip() for names in named for each in names.split(b",")}
    return [header for header in kept if header[0] not in dropped]


def _is_of_kubectl(name: bytes) -> bool:
    return name.startswith(_PASSED_PREFIXES) and name.isascii()


def _escaped(key: str) -> str:
    return key.replace("/", "%2f")
