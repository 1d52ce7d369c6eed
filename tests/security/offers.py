"""Attempts around offers: made at creation, accepted by somebody who may do more anyway."""

from security.asking import change, create, mark
from security.case import Case
from security.people import (
    ALICE,
    BOB,
    BOBS,
    CORE,
    DAVE,
    DAVES,
    DEPLOYER,
    ERIN,
    GIFT,
    GITOPS,
    KEPT,
    LEAVING,
    MALLORY,
    NEW,
    OPERATOR,
    OTHER,
    SAFE,
    SHOP,
    SHRUNK,
)
from security.refusals import OWNERS_OF_TEAM

FINALIZERS = "finalizers may not be changed by users: leave metadata.finalizers as it is$"
OWN_ANNOTATIONS = (
    "operator-owned annotations may not be changed: leave those under internal.rise.dev/ and "
    "kopf.zalando.org/ as they are$"
)
OWN_LABELS = (
    "operator-owned labels may not be changed: leave those under internal.rise.dev/ as they are$"
)
OWNERS_OFFER = "only an owner may offer.*: ask one of them|only an owner of the team may do this"
BRINGS = (
    "only an owner of the team may bring it.*, or ask one of|only an owner of the team may do this"
)
OFFERED = {"user": BOB.email}

CASES = [
    Case(
        28,
        "alice offers a project while she creates it",
        ALICE,
        create("projects", NEW, {"owner": {"user": ALICE.email}, "transferTo": OFFERED}),
    ),
    Case(
        28,
        "an owner offers a project of the team's while she creates it",
        ALICE,
        create("projects", NEW, {"owner": {"team": CORE}, "transferTo": OFFERED}),
    ),
    Case(
        34,
        "a member of the team offers a project of the team's while he creates it",
        BOB,
        create("projects", NEW, {"owner": {"team": CORE}, "transferTo": OFFERED}),
        OWNERS_OFFER,
        ALICE,
    ),
    Case(
        36,
        "an owner of yesterday offers a project of the team's while he creates it",
        DAVE,
        create("projects", NEW, {"owner": {"team": SHRUNK}, "transferTo": OFFERED}),
        OWNERS_OF_TEAM,
        ERIN,
    ),
    Case(
        34,
        "an account that may assign to the team offers a project while it creates it",
        DEPLOYER,
        create("projects", NEW, {"owner": {"team": CORE}, "transferTo": OFFERED}),
        "only an owner may offer the project to somebody else, or withdraw an offer: ask one of",
        create("projects", NEW, {"owner": {"team": CORE}}),
    ),
    Case(
        34,
        "a member moves his own project into the team while it is offered",
        BOB,
        change("projects", BOBS, owner={"user": None, "team": CORE}),
        BRINGS,
        change("projects", BOBS, owner={"user": None, "team": CORE}, transferTo=None),
    ),
    Case(
        36,
        "an owner of yesterday moves his own project into the team while it is offered",
        DAVE,
        change("projects", DAVES, owner={"user": None, "team": SHRUNK}),
        OWNERS_OF_TEAM,
        change("projects", DAVES, owner={"user": None, "team": SHRUNK}, transferTo=None),
    ),
    Case(
        28,
        "an owner of the team moves her own project into it while it is offered",
        ALICE,
        change("projects", GIFT, owner={"user": None, "team": CORE}),
    ),
    Case(
        64,
        "a delegate moves an offered project into a team",
        GITOPS,
        change("projects", GIFT, owner={"user": None, "team": CORE}),
    ),
    Case(
        28,
        "an owner of the team accepts what it offers to her and edits it",
        ALICE,
        change("projects", KEPT, owner={"user": ALICE.email, "team": None}, description="x"),
    ),
    Case(
        136,
        "the operator is not held up by a team that is being deleted",
        OPERATOR,
        change("projects", SHOP, owner={"user": None, "team": LEAVING}),
    ),
    Case(
        39,
        "alice takes one of two finalizers off her project",
        ALICE,
        mark("projects", SAFE, finalizers=["rise.dev/operator"]),
        FINALIZERS,
        OPERATOR,
        422,
    ),
    Case(
        39,
        "an owner takes one of two finalizers off her team",
        MALLORY,
        mark("teams", OTHER, finalizers=["rise.dev/operator"]),
        FINALIZERS,
        OPERATOR,
        422,
    ),
    *(
        Case(
            21,
            f"alice {it} of her {kind}'s",
            ALICE,
            mark(plural, name, **marks),
            says,
            OPERATOR,
            422,
        )
        for kind, plural, name in (("project", "projects", SHOP), ("team", "teams", CORE))
        for it, says, marks in (
            (
                "changes an internal annotation",
                OWN_ANNOTATIONS,
                {"annotations": {"internal.rise.dev/x": "2"}},
            ),
            (
                "takes away an internal annotation",
                OWN_ANNOTATIONS,
                {"annotations": {"internal.rise.dev/x": None}},
            ),
            (
                "takes away an annotation of kopf's and one",
                OWN_ANNOTATIONS,
                {"annotations": {"kopf.zalando.org/x": None}},
            ),
            (
                "adds an internal annotation to those",
                OWN_ANNOTATIONS,
                {"annotations": {"internal.rise.dev/y": "2"}},
            ),
            ("changes an internal label", OWN_LABELS, {"labels": {"internal.rise.dev/x": "2"}}),
            ("takes away an internal label", OWN_LABELS, {"labels": {"internal.rise.dev/x": None}}),
            (
                "adds an internal label to those",
                OWN_LABELS,
                {"labels": {"internal.rise.dev/y": "2"}},
            ),
        )
    ),
]
