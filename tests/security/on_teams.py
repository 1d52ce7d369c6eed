"""Attempts to change, read and delete Teams."""

from typing import Any

from security.asking import Request, change, delete, delete_collection, get, mark, publish
from security.case import Case
from security.people import (
    ADMIN,
    ALICE,
    ARGO,
    BOB,
    COLLECTOR,
    CONTROLLERS,
    CORE,
    DAVE,
    DEPLOYER,
    ERIN,
    FRED,
    GINA,
    GITOPS,
    KIM,
    MALLORY,
    MIGRATOR,
    NAMESPACE_CONTROLLER,
    OPERATOR,
    OTHER,
    RAW,
    REBORN,
    ROOT,
    SHRUNK,
    ZOE,
    leaked,
)
from security.refusals import STAR


def _owned_by(name: str, *owners: str) -> Request:
    return change("teams", name, owners=list(owners))


def _mark(**metadata: Any) -> Request:
    return mark("teams", CORE, **metadata)


OWNER = "only an owner of the team may change or delete it: ask one of them"
BIND = (
    "binding a team to an identity-provider group needs the bind-group verb.*ask an administrator"
)
RBAC = "cannot patch resource"
ADDED = change("teams", CORE, members=[BOB.email, MALLORY.email])
PUBLISH = publish("teams", CORE, observedGeneration=1)

CASES = [
    Case(
        56,
        "an owner binds another group to her team",
        ALICE,
        change("teams", CORE, idpGroup="eng"),
        BIND,
        ADMIN,
    ),
    Case(
        56,
        "an owner unbinds the group of her team",
        ALICE,
        change("teams", CORE, idpGroup=None),
        BIND,
        ADMIN,
    ),
    Case(
        57,
        "a member adds himself to the owners",
        BOB,
        _owned_by(CORE, ALICE.email, BOB.email),
        RBAC,
        ALICE,
    ),
    Case(
        57,
        "with a leaked role a member adds himself to the owners",
        leaked(BOB),
        _owned_by(CORE, ALICE.email, BOB.email),
        OWNER,
        ALICE,
    ),
    Case(
        57,
        "with a leaked role mallory adds herself to the members",
        leaked(MALLORY),
        ADDED,
        OWNER,
        ALICE,
    ),
    Case(
        57,
        "with a leaked role a member by group edits the team",
        leaked(GINA),
        change("teams", CORE, description="x"),
        OWNER,
        ALICE,
    ),
    Case(
        57,
        "an owner of yesterday adds himself again",
        DAVE,
        _owned_by(SHRUNK, ERIN.email, DAVE.email),
        OWNER,
        ERIN,
    ),
    Case(57, "an owner of yesterday deletes the team", DAVE, delete("teams", SHRUNK), OWNER, ERIN),
    Case(
        57,
        "an owner whom the operator has not seen yet edits the team",
        leaked(ZOE),
        change("teams", SHRUNK, description="x"),
        OWNER,
        ERIN,
    ),
    Case(
        62,
        "an old owner of a team that was created anew edits it",
        FRED,
        change("teams", REBORN, description="x"),
        OWNER,
        ROOT,
    ),
    Case(57, "an owner adds a member", ALICE, ADDED),
    Case(57, "an owner makes a member an owner", ALICE, _owned_by(CORE, ALICE.email, BOB.email)),
    Case(60, "an owner deletes a team that has projects", ALICE, delete("teams", CORE)),
    Case(
        60, "a member deletes the team", BOB, delete("teams", CORE), "cannot delete resource", ALICE
    ),
    Case(
        60,
        "with a leaked role mallory deletes the team",
        leaked(MALLORY),
        delete("teams", CORE),
        OWNER,
        ALICE,
    ),
    Case(
        42,
        "alice deletes a team that the operator has not seen",
        ADMIN,
        delete("teams", RAW),
        "has not been initialised by the operator yet; retry",
        delete("teams", CORE),
        422,
    ),
    Case(
        46,
        "mallory deletes every team",
        MALLORY,
        delete_collection("teams"),
        "cannot deletecollection resource",
        get("teams", OTHER),
    ),
    Case(
        46,
        "with a leaked role mallory deletes every team called so",
        leaked(MALLORY),
        delete_collection("teams", only=CORE),
        OWNER,
        leaked(ALICE),
    ),
    Case(
        21,
        "an owner takes an internal label off her team",
        ALICE,
        _mark(labels={"internal.rise.dev/x": None}),
        "operator-owned labels",
        OPERATOR,
        422,
    ),
    Case(
        21,
        "an owner changes an annotation of kopf's on her team",
        ALICE,
        _mark(annotations={"kopf.zalando.org/x": "2"}),
        "operator-owned annotations",
        OPERATOR,
        422,
    ),
    Case(22, "an owner labels her team for herself", ALICE, _mark(labels={"floor": "3"})),
    Case(
        39,
        "an owner takes the operator's finalizer off her team",
        ALICE,
        _mark(finalizers=None),
        "finalizers may not be changed by users: leave",
        OPERATOR,
        422,
    ),
    *(
        Case(41, f"{who.user} takes a finalizer off a team", who, _mark(finalizers=None))
        for who in (CONTROLLERS, COLLECTOR, MIGRATOR)
    ),
    Case(
        41,
        "the namespace controller takes a finalizer off a team",
        NAMESPACE_CONTROLLER,
        _mark(finalizers=None),
        OWNER,
        COLLECTOR,
    ),
    Case(
        132,
        "an administrator by group binds a group to a team",
        KIM,
        change("teams", CORE, idpGroup="eng"),
    ),
    Case(132, "an administrator by group deletes a team", KIM, delete("teams", CORE)),
    Case(
        40,
        "an owner adds a finalizer to her team",
        ALICE,
        _mark(finalizers=["rise.dev/operator", "evil.example.com/x"]),
        "finalizers may not be changed by users",
        OPERATOR,
        422,
    ),
    Case(43, "an owner publishes her team's status", ALICE, PUBLISH, RBAC, OPERATOR),
    Case(
        44,
        "with a leaked role an owner publishes her team's status",
        leaked(ALICE),
        PUBLISH,
        "only the operator may write the status",
        OPERATOR,
    ),
    Case(64, "a delegate changes a team", GITOPS, ADDED),
    Case(66, "an account that may assign to one team changes it", DEPLOYER, ADDED, OWNER, GITOPS),
    Case(
        56, "a delegate binds a group", GITOPS, change("teams", CORE, idpGroup="eng"), BIND, ADDED
    ),
    Case(131, "an account with a wildcard changes a team", ARGO, ADDED, STAR, GITOPS),
    Case(132, "a person who runs the cluster changes a team", ROOT, ADDED),
]
