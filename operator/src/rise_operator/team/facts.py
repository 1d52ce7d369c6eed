"""What other objects need to know about a Team."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from rise_crds.v1alpha1.team import Team
from rise_operator.rbac import People


@dataclass(frozen=True)
class TeamFacts:
    """One Team as the operator's cache holds it."""

    name: str
    uid: str
    owners: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    idp_group: str | None = None
    terminating: bool = False

    @classmethod
    def of(cls, team: Team) -> "TeamFacts":
        """Return what counts of `team`, independent of the order in its lists."""
        return cls(
            name=team.metadata.name,
            uid=team.metadata.uid,
            owners=tuple(sorted(team.spec.owners)),
            members=tuple(sorted(team.spec.members)),
            idp_group=team.spec.idp_group or None,
            terminating=team.metadata.deletion_timestamp is not None,
        )

    def everybody(self) -> People:
        """Return its owners, its members and its group at the identity provider."""
        return People(frozenset(self.owners)) | self.joined()

    def joined(self) -> People:
        """Return its members and its group at the identity provider, without its owners."""
        groups = frozenset({self.idp_group} if self.idp_group else ())
        return People(frozenset(self.members), groups)


def facts_of(body: Mapping[str, Any], before: TeamFacts | None) -> TeamFacts | None:
    """Return what counts of a Team; of one that cannot be read, what counted before."""
    try:
        return TeamFacts.of(Team.model_validate(body))
    except ValidationError:
        return before if before and before.uid == body["metadata"]["uid"] else None
