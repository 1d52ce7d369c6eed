"""Attempts of accounts whose rights or names are near to what counts, and of a delegated person."""

from security.asking import CORE as KUBERNETES
from security.asking import Request, change, create, delete, merge
from security.case import Case
from security.people import (
    ALICE,
    ARGO,
    CORE,
    FAVOUR,
    GITOPS,
    GRETA,
    IN_RISE,
    MALLORY,
    NEW,
    PLATFORM,
    RISER,
    SHOP,
    SITE,
    WILDCARD,
)
from security.refusals import STAR, STRANGER

HERS = create("projects", NEW, {"owner": {"user": ALICE.email}})
NEW_TEAM = create("teams", NEW, {"owners": [ALICE.email]})
LABELLED = merge(f"{KUBERNETES}/namespaces/rise-{SHOP}", {"metadata": {"labels": {"x": "y"}}})
MANAGED = "rise- namespaces and labels internal.rise.dev/ are managed by the Rise operator: create"


def _edit(project: str) -> Request:
    return change("projects", project, description="x")


CASES = [
    Case(64, "a delegated person changes a team's project", GRETA, _edit(SITE)),
    Case(64, "a delegated person deletes a team's project", GRETA, delete("projects", SITE)),
    Case(
        28,
        "a delegated person accepts what is offered to her and edits it",
        GRETA,
        change("projects", FAVOUR, owner={"user": GRETA.email}, description="x"),
    ),
    Case(131, "every verb on projects: one is created", PLATFORM, HERS, STAR, GITOPS),
    Case(131, "every verb on projects: one is changed", PLATFORM, _edit(SHOP), STAR, GITOPS),
    Case(131, "every verb on teams: one is created", PLATFORM, NEW_TEAM, STAR, GITOPS),
    Case(
        131,
        "every verb on projects: a project's namespace is labelled",
        PLATFORM,
        LABELLED,
        MANAGED,
        ARGO,
    ),
    *(
        case
        for it, who in (("in a namespace called rise", IN_RISE), ("called riser", RISER))
        for case in (
            Case(66, f"an account {it} changes the project of its team", who, _edit(SITE)),
            Case(
                66,
                f"an account {it} changes another project",
                who,
                _edit(SHOP),
                STRANGER,
                _edit(SITE),
            ),
            Case(
                131,
                f"an account {it} holds a wildcard and creates a project",
                who.also(WILDCARD),
                HERS,
                STAR,
                GITOPS,
            ),
            Case(
                131,
                f"an account {it} holds a wildcard and changes a team",
                who.also(WILDCARD),
                change("teams", CORE, members=[MALLORY.email]),
                STAR,
                GITOPS,
            ),
        )
    ),
]
