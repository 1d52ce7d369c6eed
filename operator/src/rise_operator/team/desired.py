"""What a Team should look like in the cluster: Team → roles and bindings, nothing else."""

from rise_crds.api import LABEL_TEAM, LABEL_TEAM_UID
from rise_crds.v1alpha1.team import Team
from rise_operator import rbac
from rise_operator.manifest import Manifest
from rise_operator.rbac import Parent, People
from rise_operator.team.facts import TeamFacts

OWNER_VERBS = ("get", "list", "watch", "update", "patch", "delete", "assign", "own")
MEMBER_VERBS = ("get", "list", "watch", "assign")


def desired(team: Team) -> list[Manifest]:
    """Return every object that the Team needs, also while it is Terminating.

    Its people keep their rights until no project has it as owner; then the finalizer goes and
    garbage collection takes these objects along.
    """
    facts, parent = TeamFacts.of(team), _parent(team)
    members = facts.joined()
    return [
        *rbac.grant(parent, "owner", OWNER_VERBS, People(frozenset(facts.owners))),
        *(rbac.grant(parent, "member", MEMBER_VERBS, members) if members else []),
    ]


def _parent(team: Team) -> Parent:
    name, uid = team.metadata.name, team.metadata.uid
    return Parent("Team", "teams", name, uid, ((LABEL_TEAM, name), (LABEL_TEAM_UID, uid)))
