"""Attempts at a project's pull credentials: who may have them made anew."""

from security.asking import Request, create, mark
from security.case import Case
from security.people import (
    ADMIN,
    ALICE,
    BOB,
    CAROL,
    DEV,
    ERIN,
    GIFT,
    GINA,
    MALLORY,
    NEW,
    SHOP,
    SITE,
    STALE,
    VIC,
    leaked,
)
from security.refusals import STRANGER

ROTATE = "rise.dev/rotate-credentials"
RBAC = "cannot patch resource"


def _rotate(project: str, value: str | None = "2026-01-02T03:04:05Z") -> Request:
    return mark("projects", project, annotations={ROTATE: value})


CASES = [
    Case(141, "an owner rotates", ALICE, _rotate(SHOP)),
    Case(141, "an owner takes the mark away", ALICE, _rotate(SHOP, None)),
    Case(141, "a member of the owning team rotates", BOB, _rotate(SITE)),
    Case(141, "a member by group rotates", GINA, _rotate(SITE)),
    Case(141, "an administrator rotates", ADMIN, _rotate(SHOP)),
    Case(141, "mallory rotates alice's project", MALLORY, _rotate(SHOP), RBAC, ALICE),
    Case(141, "a developer rotates", DEV, _rotate(SHOP), RBAC, ALICE),
    Case(141, "a viewer rotates", VIC, _rotate(SHOP), RBAC, ALICE),
    *(
        Case(141, f"with a leaked role {it} rotates", leaked(who), _rotate(SHOP), STRANGER, ALICE)
        for it, who in (("mallory", MALLORY), ("a developer", DEV), ("a viewer", VIC))
    ),
    Case(141, "a removed member rotates", CAROL, _rotate(STALE), STRANGER, ERIN),
    Case(141, "who is offered a project rotates it", BOB, _rotate(GIFT), STRANGER, ALICE),
    Case(
        141,
        "a project is created with the mark",
        ALICE,
        create("projects", NEW, {"owner": {"user": ALICE.email}}, annotations={ROTATE: "x"}),
    ),
]
