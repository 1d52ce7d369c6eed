"""A login for a registry, as the server hands it out."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rise_cli.errors import RiseCliError
from rise_cli.registries.hosts import is_host


@dataclass(frozen=True)
class Login:
    """Who somebody is at a registry, for some minutes."""

    registry: str  # host, and port if any
    username: str
    password: str = field(repr=False)
    actions: tuple[str, ...]
    expires_at: str  # RFC 3339; empty: the registry knows no end
    repository: str = ""  # where the images of the one project live; empty: every project
    answer: Mapping[str, Any] = field(repr=False, default_factory=dict[str, Any])


def login(answer: Mapping[str, Any]) -> Login:
    """Return the login in a server's answer.

    Raises:
        RiseCliError: there is none.
    """
    try:
        found = Login(
            registry=_text(answer["registry"]),
            username=_text(answer["username"]),
            password=_text(answer["password"]),
            actions=tuple(_text(action) for action in answer["actions"]),
            expires_at=_text(answer["expiresAt"] or ""),
            repository=_text(answer.get("repository", "")),
            answer=answer,
        )
    except (KeyError, TypeError) as error:
        raise RiseCliError("the server answered without a login: it may be older") from error
    if not is_host(found.registry) or ":" in found.username:
        raise RiseCliError(
            f"no client takes {found.username!r} at {found.registry!r}: tell an administrator"
        )
    return found


def _text(value: object) -> str:
    """Return a text that fits into one line: it ends up in files of other programs."""
    if not isinstance(value, str) or not re.fullmatch(r"[\x20-\x7e]*", value):
        raise TypeError
    return value
