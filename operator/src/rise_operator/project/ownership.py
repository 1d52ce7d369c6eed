"""Who owns a Project and who takes part in it: spec, recorded UIDs and Teams → people.

A team counts only under the UID that the operator recorded when it first saw the name in the
spec. Delete a team, create another one under its name: the new one inherits nothing. The record
lives in `status` (only the operator writes it) and goes when the name leaves the spec, so that
taking the name out and putting it back confirms the new team.

                  no team of that name      team, no record      recorded UID      another UID
    owner         MISSING                   RESOLVED (record)    RESOLVED          REPLACED
    member entry  MISSING                   RESOLVED (record)    RESOLVED          REPLACED
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

from rise_crds.v1alpha1.project import Project
from rise_operator.project.facts import ProjectFacts
from rise_operator.rbac import People
from rise_operator.team.facts import TeamFacts


class Standing(Enum):
    """How a name in the spec stands to what exists."""

    RESOLVED = auto()
    MISSING = auto()
    REPLACED = auto()


@dataclass(frozen=True)
class Party:
    """A team that the spec names, resolved against the record."""

    name: str
    standing: Standing
    uid: str | None  # what to record from now on
    team: TeamFacts | None = None  # only when resolved

    def people(self) -> People:
        """Return whom it stands for: nobody unless resolved."""
        return self.team.everybody() if self.team else People()


def owner_name(project: Project) -> str:
    """Return the owner as `status.owner` and the Owner column show it."""
    owner = project.spec.owner
    return f"user:{owner.user}" if owner.user else f"team:{owner.team}"


def owning_team(project: Project, facts: ProjectFacts) -> Party | None:
    """Return the team that owns `project`; None when a person does."""
    name = project.spec.owner.team
    if name is None:
        return None
    recorded = project.status.owner_team_uid
    same_name = project.status.owner == owner_name(project)
    return _party(name, facts.teams.get(name), recorded if same_name else None)


def member_teams(project: Project, facts: ProjectFacts) -> Mapping[str, Party]:
    """Return the teams that `spec.members` names, by name, sorted."""
    recorded = {entry.team: entry.uid for entry in project.status.members}
    names = sorted({entry.team for entry in project.spec.members if entry.team})
    return {name: _party(name, facts.teams.get(name), recorded.get(name)) for name in names}


def owners(project: Project, facts: ProjectFacts) -> People:
    """Return who holds the owner's rights."""
    party = owning_team(project, facts)
    if party is not None:
        return party.people()
    return _person(project.spec.owner.user)


def members(project: Project, facts: ProjectFacts, role: str) -> People:
    """Return whom `spec.members` gives `role`, teams expanded."""
    teams = member_teams(project, facts)
    people = People()
    for entry in project.spec.members:
        if entry.role != role:
            continue
        people |= teams[entry.team].people() if entry.team else _person(entry.user)
    return people


def recipient(project: Project) -> People:
    """Return whom the project is offered to: nobody once the offer is accepted or withdrawn."""
    offer = project.spec.transfer_to
    if offer is None or offer.user == project.spec.owner.user:
        return People()
    return _person(offer.user)


def _person(email: str | None) -> People:
    return People(frozenset({email} if email else ()))


def _party(name: str, team: TeamFacts | None, recorded: str | None) -> Party:
    if team is None:
        return Party(name, Standing.MISSING, recorded)
    if recorded not in {None, team.uid}:
        return Party(name, Standing.REPLACED, recorded)
    return Party(name, Standing.RESOLVED, team.uid, team)
