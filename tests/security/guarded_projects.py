"""Attempts at what is the operator's in a Project: finalizers, references, labels, annotations."""

from typing import Any

from security.asking import Request, change, mark
from security.case import Case
from security.people import (
    ADMIN,
    ALICE,
    COLLECTOR,
    CONTROLLERS,
    GITOPS,
    MIGRATOR,
    NAMESPACE_CONTROLLER,
    OPERATOR,
    SHOP,
)
from security.refusals import STRANGER


def _edit(name: str) -> Request:
    return change("projects", name, description="x")


def _mark(project: str, **metadata: Any) -> Request:
    return mark("projects", project, **metadata)


FINALIZERS = "finalizers may not be changed by users: leave"
ANNOTATIONS = "operator-owned annotations may not be changed: leave"
LABELS = "operator-owned labels may not be changed: leave"

CASES = [
    Case(
        39,
        "alice takes the operator's finalizer off",
        ALICE,
        _mark(SHOP, finalizers=None),
        FINALIZERS,
        OPERATOR,
        422,
    ),
    Case(
        39,
        "an administrator takes the operator's finalizer off",
        ADMIN,
        _mark(SHOP, finalizers=None),
        FINALIZERS,
        OPERATOR,
        422,
    ),
    *(
        Case(
            41,
            f"{who.user} takes a finalizer off a project",
            who,
            _mark(SHOP, finalizers=None),
        )
        for who in (CONTROLLERS, COLLECTOR, MIGRATOR)
    ),
    Case(
        41,
        "the namespace controller takes a finalizer off a project",
        NAMESPACE_CONTROLLER,
        _mark(SHOP, finalizers=None),
        STRANGER,
        COLLECTOR,
    ),
    Case(
        40,
        "alice adds a finalizer",
        ALICE,
        _mark(SHOP, finalizers=["rise.dev/operator", "evil.example.com/x"]),
        FINALIZERS,
        OPERATOR,
        422,
    ),
    Case(
        20,
        "alice adds an ownerReference",
        ALICE,
        _mark(
            SHOP,
            ownerReferences=[
                {"apiVersion": "v1", "kind": "Namespace", "name": "default", "uid": "x"}
            ],
        ),
        "ownerReferences may not be set",
        _edit(SHOP),
        422,
    ),
    Case(
        21,
        "alice changes an annotation of kopf's",
        ALICE,
        _mark(SHOP, annotations={"kopf.zalando.org/x": "2"}),
        ANNOTATIONS,
        OPERATOR,
        422,
    ),
    Case(
        21,
        "alice takes an annotation of kopf's away",
        ALICE,
        _mark(SHOP, annotations={"kopf.zalando.org/x": None}),
        ANNOTATIONS,
        OPERATOR,
        422,
    ),
    Case(
        21,
        "alice adds an internal annotation",
        ALICE,
        _mark(SHOP, annotations={"internal.rise.dev/y": "1"}),
        ANNOTATIONS,
        OPERATOR,
        422,
    ),
    Case(
        21,
        "alice changes an internal label",
        ALICE,
        _mark(SHOP, labels={"internal.rise.dev/x": "2"}),
        LABELS,
        OPERATOR,
        422,
    ),
    Case(
        21,
        "alice takes an internal label away",
        ALICE,
        _mark(SHOP, labels={"internal.rise.dev/x": None}),
        LABELS,
        OPERATOR,
        422,
    ),
    Case(
        21,
        "alice adds an internal label",
        ALICE,
        _mark(SHOP, labels={"internal.rise.dev/y": "1"}),
        LABELS,
        OPERATOR,
        422,
    ),
    Case(
        22,
        "alice labels her project for herself",
        ALICE,
        _mark(SHOP, labels={"shelf": "3"}, annotations={"a.example.com/b": "c"}),
    ),
    Case(
        67,
        "a delegate takes the operator's finalizer off",
        GITOPS,
        _mark(SHOP, finalizers=None),
        FINALIZERS,
        OPERATOR,
        422,
    ),
]
