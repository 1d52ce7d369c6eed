"""Attempts of people to create Projects."""

from typing import Any

from security.asking import Request, create
from security.case import Case
from security.people import (
    ALICE,
    BOB,
    CAROL,
    CORE,
    DAVE,
    DEV,
    ERIN,
    GINA,
    HANS,
    LEAVING,
    MALLORY,
    NEW,
    NOBODY,
    OTHER,
    ROOT,
    SHRUNK,
    leaked,
)
from security.refusals import LEAVES, NOT_A_MEMBER, YOURSELF


def _for(owner: dict[str, Any], name: str = NEW, **metadata: Any) -> Request:
    return create("projects", name, {"owner": owner}, **metadata)


def _of(email: str, name: str = NEW, **metadata: Any) -> Request:
    return _for({"user": email}, name, **metadata)


def _for_team(name: str) -> Request:
    return _for({"team": name})


HERS = _of(ALICE.email)
MALLORYS = _of(MALLORY.email)
OF_CORE = _for_team(CORE)
NEITHER = f"{YOURSELF}|{NOT_A_MEMBER}"
OWNER_REFERENCE = [{"apiVersion": "v1", "kind": "Namespace", "name": "default", "uid": "x"}]

CASES = [
    Case(1, "a person creates a project of her own", ALICE, HERS),
    Case(2, "mallory creates a project of alice's", MALLORY, HERS, YOURSELF, ALICE),
    Case(2, "alice creates a project of bob's", ALICE, _of(BOB.email), YOURSELF, BOB),
    Case(
        2,
        "with a leaked role mallory creates a project of alice's",
        leaked(MALLORY),
        HERS,
        YOURSELF,
        MALLORYS,
    ),
    Case(3, "an owner of the team creates a project of the team's", ALICE, OF_CORE),
    Case(3, "a member of the team creates a project of the team's", BOB, OF_CORE),
    Case(3, "a member by group creates a project of the team's", GINA, OF_CORE),
    Case(
        4,
        "mallory creates a project of a team that she is not in",
        MALLORY,
        OF_CORE,
        NEITHER,
        _for_team(OTHER),
    ),
    Case(
        4,
        "a developer of a project creates one for its team",
        DEV,
        OF_CORE,
        NEITHER,
        GINA,
    ),
    Case(
        4,
        "mallory names a group of her own like the team's",
        MALLORY.also(f"rise:{CORE}"),
        OF_CORE,
        NEITHER,
        GINA,
    ),
    Case(
        4,
        "mallory names a team that there is not",
        MALLORY,
        _for_team(NEW),
        YOURSELF,
        _for_team(OTHER),
    ),
    Case(
        5,
        "mallory names no owner",
        MALLORY,
        _for({}),
        "exactly one of user and team",
        MALLORYS,
        422,
    ),
    Case(
        5,
        "mallory names two owners",
        MALLORY,
        _for({"user": MALLORY.email, "team": CORE}),
        "exactly one of user and team",
        MALLORYS,
        422,
    ),
    Case(
        5,
        "mallory leaves the owner out",
        MALLORY,
        create("projects", NEW, {}),
        "spec.owner: Required",
        MALLORYS,
        422,
    ),
    Case(
        6,
        "mallory names a team without a name",
        MALLORY,
        _for({"team": ""}),
        "spec.owner.team",
        MALLORYS,
        422,
    ),
    Case(
        6,
        "mallory names a user without a name",
        MALLORY,
        _for({"user": ""}),
        "spec.owner.user",
        MALLORYS,
        422,
    ),
    Case(
        7,
        "somebody called like alice, without the prefix, creates hers",
        NOBODY,
        HERS,
        YOURSELF,
        ALICE,
    ),
    Case(
        8,
        "alice writes her address with a capital letter",
        ALICE,
        _of(ALICE.email.capitalize()),
        "spec.owner.user",
        HERS,
        422,
    ),
    Case(
        8,
        "mallory writes alice's address with a Cyrillic letter",
        MALLORY,
        _of(f"\u0430{ALICE.email[1:]}"),
        "spec.owner.user",
        MALLORYS,
        422,
    ),
    Case(
        18,
        "alice takes the name system",
        ALICE,
        _of(ALICE.email, "system"),
        "this project name is reserved: choose another one",
        HERS,
        422,
    ),
    Case(
        18,
        "alice takes a name that starts with kube-",
        ALICE,
        _of(ALICE.email, "kube-x"),
        "this project name is reserved",
        HERS,
        422,
    ),
    Case(
        18,
        "alice takes a name that starts with rise-",
        ALICE,
        _of(ALICE.email, "rise-x"),
        "this project name is reserved",
        HERS,
        422,
    ),
    Case(
        18,
        "alice lets a name be made that starts with rise-",
        ALICE,
        _of(ALICE.email, "rise-"),
        "this project name is reserved",
        HERS,
        422,
    ),
    Case(
        18,
        "an administrator takes a reserved name",
        ROOT,
        _of(ALICE.email, "rise-x"),
        "this project name is reserved",
        HERS,
        422,
    ),
    Case(
        19,
        "alice brings a finalizer",
        ALICE,
        _of(ALICE.email, finalizers=["evil.example.com/x"]),
        "finalizers may not be set by users: leave",
        HERS,
        422,
    ),
    Case(
        19,
        "alice brings the operator's finalizer",
        ALICE,
        _of(ALICE.email, finalizers=["rise.dev/operator"]),
        "finalizers may not be set by users",
        HERS,
        422,
    ),
    Case(
        20,
        "alice brings an ownerReference",
        ALICE,
        _of(ALICE.email, ownerReferences=OWNER_REFERENCE),
        "ownerReferences may not be set on projects: leave",
        HERS,
        422,
    ),
    Case(
        21,
        "alice brings an annotation of kopf's",
        ALICE,
        _of(ALICE.email, annotations={"kopf.zalando.org/last-handled-configuration": "{}"}),
        "operator-owned annotations may not be changed: leave",
        HERS,
        422,
    ),
    Case(
        21,
        "alice brings an internal annotation",
        ALICE,
        _of(ALICE.email, annotations={"internal.rise.dev/x": ""}),
        "operator-owned annotations",
        HERS,
        422,
    ),
    Case(
        21,
        "alice brings an internal label",
        ALICE,
        _of(ALICE.email, labels={"internal.rise.dev/project-uid": "x"}),
        "operator-owned labels may not be changed: leave",
        HERS,
        422,
    ),
    Case(
        22,
        "alice brings what Argo CD marks its objects with",
        ALICE,
        _of(
            ALICE.email,
            annotations={"argocd.argoproj.io/tracking-id": "x"},
            labels={"app.kubernetes.io/instance": "x"},
        ),
    ),
    Case(
        36,
        "a removed member creates a project of the team's",
        CAROL,
        _for_team(SHRUNK),
        NOT_A_MEMBER,
        ERIN,
    ),
    Case(
        36,
        "somebody whose group was taken out creates a project of the team's",
        HANS,
        _for_team(SHRUNK),
        NOT_A_MEMBER,
        ERIN,
    ),
    Case(
        36, "an owner who became a member creates a project of the team's", DAVE, _for_team(SHRUNK)
    ),
    Case(
        136,
        "an owner creates a project for a team that is being deleted",
        ALICE,
        _for_team(LEAVING),
        LEAVES,
        OF_CORE,
        422,
    ),
]
