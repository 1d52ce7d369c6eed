"""Whom a Project and its Teams, as they are now, name as somebody who works on it.

Read at each token to push, so only what that takes is read; `rise_backend.access.standing`, which
explains the same in words, reads whole objects.
"""

from collections.abc import Callable, Iterator
from typing import Literal

import msgspec

from rise_backend.access.standing import Person


class _Party(msgspec.Struct):
    user: str | None = None
    team: str | None = None
    role: Literal["viewer", "developer"] | None = None


class _ProjectSpec(msgspec.Struct):
    owner: _Party
    members: list[_Party] = []


class _Recorded(msgspec.Struct):
    team: str
    uid: str


class _ProjectStatus(msgspec.Struct, rename="camel"):
    owner_team_uid: str | None = None
    members: list[_Recorded] = []


class _Project(msgspec.Struct):
    spec: _ProjectSpec
    status: _ProjectStatus = msgspec.field(default_factory=_ProjectStatus)


class _Identified(msgspec.Struct):
    uid: str


class _TeamSpec(msgspec.Struct, rename="camel"):
    owners: list[str]
    members: list[str] = []
    idp_group: str | None = None


class _Team(msgspec.Struct):
    metadata: _Identified
    spec: _TeamSpec


_PROJECT, _TEAM = msgspec.json.Decoder(_Project), msgspec.json.Decoder(_Team)


def pushes(project: bytes, team: Callable[[str], bytes | None], person: Person) -> bool:
    """Say whether `project` names `person` as its owner or a developer, by name or by a team.

    Objects are as the API server wrote them; `team` returns the Team of a name, None for none.
    """
    named = _PROJECT.decode(project)
    working = [
        named.spec.owner,
        *(member for member in named.spec.members if member.role == "developer"),
    ]
    return any(party.user == person.user for party in working) or any(
        _holds(raw, uid, person)
        for name, uid in _teams(named, working)
        if (raw := team(name)) is not None
    )


def _teams(project: _Project, working: list[_Party]) -> Iterator[tuple[str, str | None]]:
    """Return each team, with the UID that the operator recorded; None: it has seen none yet."""
    recorded = {record.team: record.uid for record in project.status.members}
    for party in working:
        if party.team:
            owns = party is project.spec.owner
            yield party.team, project.status.owner_team_uid if owns else recorded.get(party.team)


def _holds(raw: bytes, uid: str | None, person: Person) -> bool:
    """Say whether somebody is in the team that was recorded; one made anew is another one."""
    team = _TEAM.decode(raw)
    if uid not in {None, team.metadata.uid}:
        return False
    spec = team.spec
    return (
        person.user in spec.owners
        or person.user in spec.members
        or bool(spec.idp_group and spec.idp_group in person.groups)
    )
