"""Attempts on the largest objects there can be: each is decided by what it is, not by its size."""

from collections.abc import Mapping

from security import bounds
from security.asking import Request, change, create, delete, mark
from security.case import Case
from security.offers import FINALIZERS, OWN_ANNOTATIONS, OWN_LABELS
from security.people import ALICE, CROWD, DEV, HUGE, LOU, MALLORY, MAX, NEW, OPERATOR, leaked
from security.refusals import STRANGER

INTERNAL = {"internal.rise.dev/y": "1"}
SMALLER = bounds.MEMBERS[:-1]


def _edit(name: str) -> Request:
    return change("projects", name, description="x")


def _new(**more: Mapping[str, str]) -> Request:
    spec = {**bounds.PROJECT, "owner": {"user": ALICE.email}}
    metadata = {key: {**bounds.METADATA[key], **more.get(key, {})} for key in bounds.METADATA}
    return create("projects", NEW, spec, **metadata)


CASES = [
    Case(1, "alice creates the largest project", ALICE, _new()),
    Case(
        21,
        "alice creates the largest project with one internal annotation",
        ALICE,
        _new(annotations=INTERNAL),
        OWN_ANNOTATIONS,
        _new(annotations={"zz": ""}),
        422,
    ),
    Case(
        21,
        "alice creates the largest project with one internal label",
        ALICE,
        _new(labels=INTERNAL),
        OWN_LABELS,
        _new(labels={"zz": ""}),
        422,
    ),
    Case(
        25, "the last of the largest team's members changes its largest project", LOU, _edit(HUGE)
    ),
    Case(
        25,
        "with a leaked role mallory changes the largest project",
        leaked(MALLORY),
        _edit(HUGE),
        STRANGER,
        LOU,
    ),
    Case(
        133,
        "the last member changes the members of the largest project",
        LOU,
        change("projects", HUGE, members=SMALLER),
        "only an owner may change members.*|only an owner of the team may do this",
        MAX,
    ),
    *(
        Case(row, f"the last owner {it} of the largest {kind}", MAX, does, says, OPERATOR, 422)
        for kind, plural, name in (("project", "projects", HUGE), ("team", "teams", CROWD))
        for row, it, does, says in (
            (
                21,
                "adds an internal annotation",
                mark(plural, name, annotations=INTERNAL),
                OWN_ANNOTATIONS,
            ),
            (21, "adds an internal label", mark(plural, name, labels=INTERNAL), OWN_LABELS),
            (39, "takes the finalizer", mark(plural, name, finalizers=None), FINALIZERS),
        )
    ),
    Case(41, "the last owner deletes the largest project", MAX, delete("projects", HUGE)),
    Case(60, "the last owner deletes the largest team", MAX, delete("teams", CROWD)),
    Case(
        57,
        "the last member makes himself an owner of the largest team",
        leaked(LOU),
        change("teams", CROWD, owners=[LOU.email]),
        "only an owner of the team may change or delete it: ask one of them$",
        MAX,
    ),
    Case(
        30,
        "somebody accepts the largest project and changes its last member",
        DEV,
        change("projects", HUGE, owner={"user": DEV.email, "team": None}, members=SMALLER),
        "accepting a transfer may only change spec.owner and spec.transferTo: change the rest",
        change("projects", HUGE, owner={"user": DEV.email, "team": None}),
    ),
]
