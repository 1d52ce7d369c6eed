"""What an object and its teams say of people: who is named, and as what. It decides nothing."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from rise_crds.v1alpha1.project import Project
from rise_crds.v1alpha1.team import Team

Teams = Mapping[str, Team]


@dataclass(frozen=True)
class Person:
    """Somebody, with the groups of the identity provider that they were last seen with."""

    user: str
    groups: Collection[str] = ()


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
        role = _role(named, person)
        return [f"{role} of the team"] if role else []
    return list(_in_project(named, teams, person))


def _in_project(project: Project, teams: Teams, person: Person) -> Iterator[str]:
    spec, status = project.spec, project.status
    if spec.owner.user == person.user:
        yield "owner"
    if (team := _known(teams, spec.owner.team, status.owner_team_uid)) and (
        role := _role(team, person)
    ):
        yield f"{role} of team {spec.owner.team}, which owns it"
    recorded = {record.team: record.uid for record in status.members}
    for member in sorted(spec.members, key=lambda one: one.role):
        if member.user == person.user:
            yield member.role
        elif (team := _known(teams, member.team, recorded.get(member.team or ""))) and (
            role := _role(team, person)
        ):
            yield f"{member.role} as {role} of team {member.team}"
    if spec.transfer_to and spec.transfer_to.user == person.user:
        yield "whom it is offered to"


def _known(teams: Teams, name: str | None, uid: str | None) -> Team | None:
    """Return the team if it is the one that the operator recorded."""
    team = teams.get(name or "")
    return team if team and uid in {None, team.metadata.uid} else None


def _role(team: Team, person: Person) -> str:
    if person.user in team.spec.owners:
        return "owner"
    if person.user in team.spec.members:
        return "member"
    if team.spec.idp_group and team.spec.idp_group in person.groups:
        return f"member (group {team.spec.idp_group})"
    return ""
