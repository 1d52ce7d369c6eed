"""Attempts of accounts and of those who run the cluster to create Projects."""

from typing import Any

from security.asking import Request, create
from security.case import Case
from security.people import (
    ALICE,
    ARGO,
    CORE,
    DEPLOYER,
    GITOPS,
    KIM,
    LEAVING,
    NEW,
    OTHER,
    ROOT,
    STARRED,
)
from security.refusals import LEAVES, STAR, YOURSELF


def _for(owner: dict[str, Any], name: str = NEW, **metadata: Any) -> Request:
    return create("projects", name, {"owner": owner}, **metadata)


def _of(email: str, name: str = NEW, **metadata: Any) -> Request:
    return _for({"user": email}, name, **metadata)


def _for_team(name: str) -> Request:
    return _for({"team": name})


HERS = _of(ALICE.email)
OF_CORE = _for_team(CORE)

CASES = [
    Case(64, "a delegate creates a project for anybody", GITOPS, HERS),
    Case(64, "a delegate creates a project for any team", GITOPS, OF_CORE),
    Case(66, "an account that may assign to one team creates for it", DEPLOYER, OF_CORE),
    Case(
        66,
        "an account that may assign to one team creates for another one",
        DEPLOYER,
        _for_team(OTHER),
        YOURSELF,
        OF_CORE,
    ),
    Case(
        66,
        "an account that may assign to one team creates for a person",
        DEPLOYER,
        HERS,
        YOURSELF,
        OF_CORE,
    ),
    Case(
        67,
        "a delegate brings a finalizer",
        GITOPS,
        _of(ALICE.email, finalizers=["x.example.com/y"]),
        "finalizers may not be set",
        HERS,
        422,
    ),
    Case(
        67,
        "a delegate brings an annotation of kopf's",
        GITOPS,
        _of(ALICE.email, annotations={"kopf.zalando.org/x": ""}),
        "operator-owned annotations",
        HERS,
        422,
    ),
    Case(131, "an account with a wildcard creates for a person", ARGO, HERS, STAR, GITOPS),
    Case(131, "an account with a wildcard creates for a team", ARGO, OF_CORE, STAR, DEPLOYER),
    Case(
        131,
        "a delegate that holds a wildcard besides creates for a person",
        STARRED,
        HERS,
        STAR,
        GITOPS,
    ),
    Case(132, "a person who runs the cluster creates a project of her own", ROOT, _of(ROOT.email)),
    Case(132, "a person who runs the cluster creates a project of alice's", ROOT, HERS),
    Case(
        136,
        "a delegate creates a project for a team that is being deleted",
        GITOPS,
        _for_team(LEAVING),
        LEAVES,
        OF_CORE,
        422,
    ),
    Case(132, "an administrator by group creates a project of alice's", KIM, HERS),
    Case(132, "an administrator by group creates a project of a team's", KIM, OF_CORE),
]
