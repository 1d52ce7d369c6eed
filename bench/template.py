"""Requests for any Project, made from the requests for one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

NAME, UID, VERSION = "@NAME@", "@UID@", "@VERSION{}@"


@dataclass(frozen=True)
class Sent:
    """One request that changed something, and what it made of the object."""

    method: str
    path: str
    content_type: str
    body: str
    answer: dict[str, Any]


@dataclass(frozen=True)
class Template:
    """One request for any Project; `renews`: its answer holds the Project's next version."""

    method: str
    path: str
    content_type: str
    body: str
    renews: bool


def templates(sent: Sequence[Sent], name: str, uid: str, version: str) -> list[Template]:
    """Return the requests for the Project `name` without what is particular to it."""
    made: list[Template] = []
    versions = [version]
    for each in sent:
        body = each.body.replace(name, NAME).replace(uid, UID)
        for number, known in enumerate(versions):
            body = body.replace(f'"{known}"', f'"{VERSION.format(number)}"')
        metadata = each.answer["metadata"]
        renews = metadata.get("uid") == uid
        if renews:
            versions.append(metadata["resourceVersion"])
        path = each.path.replace(name, NAME)
        made.append(Template(each.method, path, each.content_type, body, renews))
    return made


def filled(template: Template, name: str, uid: str, versions: Sequence[str]) -> tuple[str, bytes]:
    """Return path and body for one Project whose versions so far are `versions`."""
    body = template.body.replace(NAME, name).replace(UID, uid)
    for number, version in enumerate(versions):
        body = body.replace(VERSION.format(number), version)
    return template.path.replace(NAME, name), body.encode()
