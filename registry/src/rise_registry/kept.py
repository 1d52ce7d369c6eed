"""Credentials that a registry keeps: told apart by their names, which say whose they are.

    rise-<UID of the project>-<pull|push>-<id>-<end, in seconds since 1970, or 0>-<8 hex digits>

A blank, `for` and a person may follow. Whatever crashed in between, a name is enough to find a
credential and to end it. The digits at the end make each name new: one id may be made twice, when
the first answer was lost.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from rise_registry.contract import Action, Issued, Project

_NAME = re.compile(
    r"rise-(?P<uid>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-(?P<kind>pull|push)"
    r"-(?P<id>[0-9a-f]{16})-(?P<until>\d{1,11})-[0-9a-f]{8}(?: for \S+)?",
    re.ASCII,
)


@dataclass(frozen=True)
class Kept:
    """A credential as the registry keeps it."""

    number: int  # the registry's own; later ones are greater
    project_uid: str
    kind: Action
    id: str
    expires_at: datetime | None

    def issued(self) -> Issued:
        """Return it as an inventory has it."""
        return Issued(self.project_uid, self.id, self.expires_at)


def named(project: Project, kind: Action, credential_id: str, until: datetime | None = None) -> str:
    """Return a new name for a credential that is over at `until`, or when the registry says."""
    end = int(until.timestamp()) if until else 0
    return f"rise-{project.uid}-{kind}-{credential_id}-{end}-{secrets.token_hex(4)}"


def read(number: int, name: str, expires_at: datetime | None) -> Kept | None:
    """Return what a name says; None if it is not one of ours."""
    said = _NAME.fullmatch(name)
    if said is None:
        return None
    until = int(said["until"])
    return Kept(
        number=number,
        project_uid=said["uid"],
        kind=Action(said["kind"]),
        id=said["id"],
        expires_at=datetime.fromtimestamp(until, UTC) if until else expires_at,
    )


def replaced(kept: Iterable[Kept], project: Project, credential_id: str) -> list[Kept]:
    """Return all of one id but the newest: two that were made at once leave the same one."""
    same = [each for each in kept if (each.project_uid, each.id) == (project.uid, credential_id)]
    return sorted(same, key=lambda each: each.number)[:-1]


def ended(
    kept: Iterable[Kept], project: Project, keep: Collection[str], now: datetime
) -> list[Kept]:
    """Return which of the project's are to end when those of `keep` stay."""
    return [
        each
        for each in kept
        if each.project_uid == project.uid
        and (not keep or _over(each, now) or (each.kind is Action.PULL and each.id not in keep))
    ]


def listed(kept: Iterable[Kept], now: datetime) -> list[Issued]:
    """Return the inventory: push credentials only when their minutes are over."""
    return [each.issued() for each in kept if each.kind is Action.PULL or _over(each, now)]


def _over(each: Kept, now: datetime) -> bool:
    return each.kind is Action.PUSH and (each.expires_at is None or each.expires_at <= now)
