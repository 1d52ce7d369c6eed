"""Attempts to create Teams."""

from typing import Any

from security.asking import Request, change, create
from security.case import Case
from security.people import (
    ALICE,
    ARGO,
    BINDER,
    BOB,
    CORE,
    DEPLOYER,
    GITOPS,
    MALLORY,
    NEW,
    NOBODY,
)
from security.refusals import STAR


def _new(*owners: str, **spec: Any) -> Request:
    return create("teams", NEW, {"owners": list(owners), **spec})


def _mine(name: str = NEW, **metadata: Any) -> Request:
    return create("teams", name, {"owners": [MALLORY.email]}, **metadata)


def _owned_by(name: str, *owners: str) -> Request:
    return change("teams", name, owners=list(owners))


CREATOR = "the creator of a team must be one of its owners: name yourself in spec.owners"
BIND = (
    "binding a team to an identity-provider group needs the bind-group verb.*ask an administrator"
)
RESERVED = "this team name is reserved: choose another one"
ADDED = change("teams", CORE, members=[BOB.email, MALLORY.email])

CASES = [
    Case(
        55,
        "mallory creates a team of alice's",
        MALLORY,
        _new(ALICE.email),
        CREATOR,
        _new(MALLORY.email, ALICE.email),
    ),
    Case(
        55,
        "mallory creates a team of which she is a mere member",
        MALLORY,
        _new(ALICE.email, members=[MALLORY.email]),
        CREATOR,
        ALICE,
    ),
    Case(
        55,
        "somebody called like alice, without the prefix, creates her team",
        NOBODY,
        _new(ALICE.email),
        CREATOR,
        ALICE,
    ),
    Case(
        56,
        "alice creates a team with a group of the identity provider",
        ALICE,
        _new(ALICE.email, idpGroup="eng"),
        BIND,
        _new(ALICE.email),
    ),
    Case(
        56,
        "somebody who may bind groups creates such a team",
        BINDER,
        _new(BINDER.email, idpGroup="eng"),
    ),
    Case(
        59,
        "an owner leaves the team without owners",
        ALICE,
        _owned_by(CORE),
        "spec.owners",
        ADDED,
        422,
    ),
    Case(
        59,
        "mallory creates a team without owners",
        MALLORY,
        _new(),
        "spec.owners",
        _new(MALLORY.email),
        422,
    ),
    Case(18, "mallory calls a team system", MALLORY, _mine("system"), RESERVED, _mine(), 422),
    Case(18, "mallory calls a team rise-x", MALLORY, _mine("rise-x"), RESERVED, _mine(), 422),
    Case(18, "mallory calls a team kube-x", MALLORY, _mine("kube-x"), RESERVED, _mine(), 422),
    Case(
        19,
        "mallory brings a finalizer to a team",
        MALLORY,
        _mine(finalizers=["evil.example.com/x"]),
        "finalizers may not be set by users: leave",
        _mine(),
        422,
    ),
    Case(
        20,
        "mallory brings an ownerReference to a team",
        MALLORY,
        _mine(
            ownerReferences=[
                {"apiVersion": "v1", "kind": "Namespace", "name": "default", "uid": "x"}
            ]
        ),
        "ownerReferences may not be set on teams: leave",
        _mine(),
        422,
    ),
    Case(
        21,
        "mallory brings an annotation of kopf's to a team",
        MALLORY,
        _mine(annotations={"kopf.zalando.org/x": ""}),
        "operator-owned annotations may not be changed: leave",
        _mine(),
        422,
    ),
    Case(
        21,
        "mallory brings an internal label to a team",
        MALLORY,
        _mine(labels={"internal.rise.dev/team-uid": "x"}),
        "operator-owned labels may not be changed: leave",
        _mine(),
        422,
    ),
    Case(64, "a delegate creates a team for others", GITOPS, _new(ALICE.email)),
    Case(
        66,
        "an account that may assign to one team creates one",
        DEPLOYER,
        _new(ALICE.email),
        CREATOR,
        GITOPS,
    ),
    Case(131, "an account with a wildcard creates a team", ARGO, _new(ALICE.email), STAR, GITOPS),
]
