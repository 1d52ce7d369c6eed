"""What an object and its teams say of people: who is named, and as what. It decides nothing."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from rise_backend.access.named import Party, Project, Team

Teams = Mapping[str, Team]
Role = Literal["owner", "developer", "viewer"]
ROLES: tuple[Role, ...] = ("owner", "developer", "viewer")  # the greatest first
WORKING: tuple[Role, ...] = ("owner", "developer")  # who may push


@dataclass(frozen=True)
class Person:
    """Somebody, with the groups of the identity provider that they were last seen with."""

    user: str
    groups: Collection[str] = ()


@dataclass(frozen=True)
class Part:
    """As what somebody takes part in a Project; `place` is what they are in the team, if any."""

    role: Role
    team: str = ""
    place: str = ""

    def __str__(self) -> str:
        """Return how people are told of it."""
        if not self.team:
            return self.role
        if self.role == "owner":
            return f"{self.place} of team {self.team}, which owns it"
        return f"{self.role} as {self.place} of team {self.team}"


def teams_of(named: Project | Team) -> set[str]:
    """Return the names of the teams that `named` speaks of."""
    if isinstance(named, Team):
        return {named.metadata.name}
    teams = {member.team for member in named.spec.members} | {named.spec.owner.team}
    return {team for team in teams if team}


def people_of(named: Project | Team, teams: Teams) -> set[str]:
    """Return the e-mail addresses that `named` and those of its teams that are given name."""
    found = {one for team in teams.values() for one in [*team.spec.owners, *team.spec.members]}
    if isinstance(named, Project):
        offered = named.spec.transfer_to.user if named.spec.transfer_to else None
        direct = {named.spec.owner.user, offered, *(one.user for one in named.spec.members)}
        found |= {user for user in direct if user}
    return found


def standing(named: Project | Team, teams: Teams, person: Person) -> list[str]:
    """Return what `person` is to `named`, the greatest first; nothing: a stranger."""
    if isinstance(named, Team):
        place = _place(named, person)
        return [f"{place} of the team"] if place else []
    found = sorted(parts(named, teams.get, person), key=lambda part: ROLES.index(part.role))
    offered = named.spec.transfer_to
    last = ["whom it is offered to"] if offered and offered.user == person.user else []
    return [*map(str, found), *last]


def parts(
    project: Project,
    team: Callable[[str], Team | None],
    person: Person,
    roles: Collection[Role] = ROLES,
) -> Iterator[Part]:
    """Return as what `person` takes part: by name first, then by teams, which only then are read.

    A team that was made anew is another one than the operator has recorded; None: it has seen none.
    """
    asked: list[tuple[Role, Party]] = [each for each in _named(project) if each[0] in roles]
    yield from (Part(role) for role, party in asked if party.user == person.user)
    recorded = {record.team: record.uid for record in project.status.members}
    for role, party in asked:
        if party.team and (found := team(party.team)) is not None:
            seen = project.status.owner_team_uid if role == "owner" else recorded.get(party.team)
            if seen in {None, found.metadata.uid} and (place := _place(found, person)):
                yield Part(role, party.team, place)


def _named(project: Project) -> Iterator[tuple[Role, Party]]:
    yield "owner", project.spec.owner
    for member in project.spec.members:
        yield member.role, member


def _place(team: Team, person: Person) -> str:
    if person.user in team.spec.owners:
        return "owner"
    if person.user in team.spec.members:
        return "member"
    if team.spec.idp_group and team.spec.idp_group in person.groups:
        return f"member (group {team.spec.idp_group})"
    return ""
