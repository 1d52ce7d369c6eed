"""What the audit log is told of an attempt that is allowed: who did it by which right."""

from dataclasses import dataclass

from security.asking import Person, Request, change, create
from security.people import ALICE, CORE, DEV, GITOPS, IN_RISE, MALLORY, MINE, NEW, RISER, SITE

TOLD = "as the audit log tells it"
OWN = create("projects", NEW, {"owner": {"user": DEV.email}, "description": TOLD})
EDITED = change("projects", MINE, description=TOLD)
EDITED_FOR_A_TEAM = change("projects", SITE, description=TOLD)
EDITED_TEAM = change("teams", CORE, description=TOLD)
TAKEN = change("projects", SITE, owner={"user": ALICE.email, "team": None}, description=TOLD)


@dataclass(frozen=True)
class Told:
    """An allowed attempt, and the annotation `ownership` that it leaves."""

    it: str
    who: Person
    does: Request
    kind: str
    by: str = "projects.ownership.rise.dev"  # the policy that tells it


TEAMS = "teams.ownership.rise.dev"
AUDITED = [
    Told("a delegate's", GITOPS, OWN, "delegated"),
    Told("a person's own", DEV, OWN, "direct"),
    Told("an edit", MALLORY, EDITED, "direct"),
    Told("another owner", ALICE, TAKEN, "transfer"),
    Told("of an account in a namespace called rise", IN_RISE, EDITED_FOR_A_TEAM, "delegated"),
    Told("of an account called riser", RISER, EDITED_FOR_A_TEAM, "delegated"),
    Told("an edit of a team", ALICE, EDITED_TEAM, "direct", TEAMS),
    Told("a delegate's edit of a team", GITOPS, EDITED_TEAM, "delegated", TEAMS),
    Told("of a team, in a namespace called rise", IN_RISE, EDITED_TEAM, "delegated", TEAMS),
    Told("of a team, called riser", RISER, EDITED_TEAM, "delegated", TEAMS),
]
