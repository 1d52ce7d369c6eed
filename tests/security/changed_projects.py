"""Attempts to change what is in a Project."""

from typing import Any

from security.asking import Request, apply, change, mark
from security.case import Case
from security.people import (
    ALICE,
    ANEW,
    ARGO,
    BOB,
    CAROL,
    DAVE,
    DEPLOYER,
    DEV,
    ERIN,
    FRED,
    GINA,
    GITOPS,
    HANS,
    LAST,
    MALLORY,
    OPERATOR,
    ROOT,
    SAFE,
    SHOP,
    SITE,
    STALE,
    STARRED,
    VIC,
    leaked,
)
from security.refusals import OWNERS_OF_TEAM, STAR, STRANGER


def _edit(name: str) -> Request:
    return change("projects", name, description="x")


def _set(project: str, **spec: Any) -> Request:
    return change("projects", project, **spec)


def _mark(project: str, **metadata: Any) -> Request:
    return mark("projects", project, **metadata)


def _offer(project: str, email: str | None) -> Request:
    return change("projects", project, transferTo=email and {"user": email})


OWNERS_SET = (
    "only an owner may change members.*: ask one of them|only an owner of the team may do this"
)
RBAC = "cannot patch resource"
VIEWER = [{"user": MALLORY.email, "role": "viewer"}]

CASES = [
    Case(25, "mallory changes alice's project", MALLORY, _edit(SHOP), RBAC, ALICE),
    Case(
        25,
        "with a leaked role mallory changes alice's project",
        leaked(MALLORY),
        _edit(SHOP),
        STRANGER,
        ALICE,
    ),
    Case(
        25,
        "with a leaked role mallory changes a team's project",
        leaked(MALLORY),
        _edit(SITE),
        STRANGER,
        BOB,
    ),
    Case(
        25,
        "an owner applies her project",
        ALICE,
        apply("projects", SHOP, {"owner": {"user": ALICE.email}}),
    ),
    Case(25, "a member by group changes the team's project", GINA, _edit(SITE)),
    Case(36, "a removed member changes the team's project", CAROL, _edit(STALE), STRANGER, ERIN),
    Case(
        36,
        "somebody whose group was taken out changes the team's project",
        HANS,
        _edit(STALE),
        STRANGER,
        ERIN,
    ),
    Case(36, "an owner who became a member changes the team's project", DAVE, _edit(STALE)),
    Case(
        36,
        "an owner who became a member offers its project",
        DAVE,
        _offer(STALE, DAVE.email),
        OWNERS_OF_TEAM,
        ERIN,
    ),
    Case(
        36,
        "an owner who became a member adds a member",
        DAVE,
        _set(STALE, members=VIEWER),
        OWNERS_OF_TEAM,
        ERIN,
    ),
    Case(
        36,
        "an owner who became a member changes its protection",
        DAVE,
        _set(STALE, deletionProtection=True),
        OWNERS_OF_TEAM,
        ERIN,
    ),
    Case(
        36,
        "an owner who became a member changes what stays of it",
        DAVE,
        _set(STALE, deletionPolicy="Orphan"),
        OWNERS_OF_TEAM,
        ERIN,
    ),
    Case(
        62,
        "an old owner of a team that was created anew changes its project",
        FRED,
        _edit(ANEW),
        STRANGER,
        ROOT,
    ),
    Case(66, "an account that may assign to one team changes its project", DEPLOYER, _edit(SITE)),
    Case(
        66,
        "an account that may assign to one team changes a person's project",
        DEPLOYER,
        _edit(SHOP),
        STRANGER,
        _edit(SITE),
    ),
    Case(
        131, "an account with a wildcard changes alice's project", ARGO, _edit(SHOP), STAR, GITOPS
    ),
    Case(
        131,
        "a delegate that holds a wildcard besides changes alice's project",
        STARRED,
        _edit(SHOP),
        STAR,
        GITOPS,
    ),
    Case(
        131,
        "an account with a wildcard takes a finalizer off",
        ARGO,
        _mark(SHOP, finalizers=None),
        STAR,
        OPERATOR,
    ),
    Case(132, "a person who runs the cluster changes alice's project", ROOT, _edit(SHOP)),
    Case(133, "a member adds a member", BOB, _set(SITE, members=VIEWER), OWNERS_SET, ALICE),
    Case(133, "a member takes the members away", GINA, _set(SITE, members=None), OWNERS_SET, ALICE),
    Case(
        133,
        "a member protects the project",
        BOB,
        _set(SITE, deletionProtection=True),
        OWNERS_SET,
        ALICE,
    ),
    Case(
        133,
        "a member decides what stays",
        BOB,
        _set(SITE, deletionPolicy="Orphan"),
        OWNERS_SET,
        ALICE,
    ),
    Case(
        133,
        "a member changes everything else",
        BOB,
        _set(SITE, description="x", suspend=True, sourceUrl="https://example.com"),
    ),
    Case(134, "a developer changes the project", DEV, _edit(SHOP), RBAC, ALICE),
    Case(134, "a viewer changes the project", VIC, _edit(SHOP), RBAC, ALICE),
    Case(
        134,
        "with a leaked role a developer changes the project",
        leaked(DEV),
        _edit(SHOP),
        STRANGER,
        ALICE,
    ),
    Case(
        134,
        "with a leaked role a viewer makes himself a developer",
        leaked(VIC),
        _set(SHOP, members=[{"user": VIC.email, "role": "developer"}]),
        STRANGER,
        ALICE,
    ),
    Case(135, "alice unprotects her project", ALICE, _set(SAFE, deletionProtection=False)),
    Case(136, "a member changes a project of a team that is being deleted", BOB, _edit(LAST)),
    *(
        Case(133, f"an account that may assign to one team {it}", DEPLOYER, does, says, GITOPS)
        for it, does, says in (
            ("adds a member", _set(SITE, members=VIEWER), OWNERS_SET),
            ("protects its project", _set(SITE, deletionProtection=True), OWNERS_SET),
            ("decides what stays", _set(SITE, deletionPolicy="Orphan"), OWNERS_SET),
            (
                "offers its project",
                _set(SITE, transferTo={"user": MALLORY.email}),
                "only an owner may offer the project to somebody else.*: ask one of them",
            ),
        )
    ),
]
