"""Which health Argo CD and Flux show of what the operator publishes: docs/gitops, run."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import gitops
import make
import pytest
from projects import FACTS, GONE, INVALID, RECORDED, REFUSED, REPLACED, TEAM, done

from rise_operator.project.facts import NamespaceState, ProjectFacts
from rise_operator.project.registry_status import Pull
from rise_operator.project.status import Outcome, status
from rise_operator.team import status as team_status

SUSPENDED: dict[str, Any] = {"suspend": True}
FRESH = {"observedGeneration": -1}  # the default of the CRD
DELAYED = done().pull or Pull()
WAITS = "Waiting for the operator to observe generation {}"


def _object(
    published: Mapping[str, Any] | None,
    kind: str = "Project",
    *,
    generation: int = 1,
    deleting: bool = False,
) -> dict[str, Any]:
    metadata: dict[str, Any] = {"name": "shop", "generation": generation}
    if deleting:
        metadata["deletionTimestamp"] = "2026-01-02T00:00:00Z"
    obj = {"apiVersion": "rise.dev/v1alpha1", "kind": kind, "metadata": metadata, "spec": {}}
    return obj if published is None else {**obj, "status": dict(published)}


def _project(
    outcome: Outcome,
    facts: ProjectFacts = FACTS,
    *,
    recorded: Mapping[str, Any] | None = None,
    deleting: bool = False,
    **spec: Any,
) -> dict[str, Any]:
    project = make.project(status=recorded, deleting=deleting, **spec)
    published = status(project, facts, outcome, make.NOW)
    return {**_object(published, deleting=deleting), "spec": spec}


def _team(outcome: team_status.Outcome, *remaining: str, deleting: bool = False) -> dict[str, Any]:
    team = make.team(deleting=deleting)
    published = team_status.status(team, remaining, outcome, make.NOW)
    return _object(published, "Team", deleting=deleting)


def _with(kind: str, **condition: str) -> dict[str, Any]:
    return _object({"observedGeneration": 1, "conditions": [condition]}, kind)


CASES: dict[str, tuple[dict[str, Any], tuple[str, str], str]] = {
    "nobody has seen it": (_object(FRESH), ("Progressing", WAITS.format(1)), "InProgress"),
    "nobody has seen a team": (
        _object(FRESH, "Team"),
        ("Progressing", WAITS.format(1)),
        "InProgress",
    ),
    "edited, and not yet looked at": (
        {**_project(done()), "metadata": {"name": "shop", "generation": 2}},
        ("Progressing", WAITS.format(2)),
        "InProgress",
    ),
    "suspended, and not yet looked at": (
        {**_project(done()), "spec": SUSPENDED, "metadata": {"name": "shop", "generation": 2}},
        ("Progressing", WAITS.format(2)),
        "InProgress",
    ),
    "observed, without a condition": (
        _object({"observedGeneration": 1, "conditions": []}),
        ("Progressing", "Waiting for the operator"),
        "InProgress",
    ),
    "all is well": (
        _project(done()),
        ("Healthy", "Reconciled: namespace rise-shop and everybody's rights stand"),
        "Current",
    ),
    "a team, and all is well": (
        _team(team_status.Outcome()),
        ("Healthy", "Reconciled: its people have their rights"),
        "Current",
    ),
    "a rotation waits its turn": (
        _project(done(pull=replace(DELAYED, rotation_at=make.NOW + timedelta(minutes=9)))),
        ("Healthy", "Reconciled: "),
        "Current",
    ),
    "the namespace is on its way": (
        _project(Outcome(NamespaceState.ABSENT)),
        ("Progressing", "Progressing: namespace rise-shop is being created"),
        "InProgress",
    ),
    "the owner team is missing": (
        _project(done(), GONE, **TEAM),
        ("Progressing", "OwnerNotFound: team eng does not exist"),
        "InProgress",
    ),
    "a right was refused": (
        _project(Outcome(failure=REFUSED)),
        ("Progressing", "ApiUnavailable: the API server did not answer"),
        "InProgress",
    ),
    "a right of a team was refused": (
        _team(team_status.Outcome(REFUSED)),
        ("Progressing", "ApiUnavailable: the API server did not answer"),
        "InProgress",
    ),
    "somebody else's namespace": (
        _project(Outcome(NamespaceState.FOREIGN)),
        ("Degraded", "NamespaceConflict: namespace rise-shop exists"),
        "Failed",
    ),
    "the owner team was created anew": (
        _project(done(), REPLACED, recorded=RECORDED, **TEAM),
        ("Degraded", "OwnerReplaced: team eng was deleted"),
        "Failed",
    ),
    "only an edit of the team helps": (
        _team(team_status.Outcome(INVALID)),
        ("Degraded", "InvalidSpec: the spec cannot be read"),
        "Failed",
    ),
    "suspended": (
        _project(done(), **SUSPENDED),
        ("Suspended", "Suspended: spec.suspend is true"),
        "Current",
    ),
    "suspended, and somebody has to act": (
        _project(Outcome(NamespaceState.FOREIGN), **SUSPENDED),
        ("Degraded", "NamespaceConflict: namespace rise-shop exists"),
        "Failed",
    ),
    "suspended, and something is on its way": (
        _project(Outcome(NamespaceState.ABSENT), **SUSPENDED),
        ("Progressing", "Progressing: namespace rise-shop is being created"),
        "InProgress",
    ),
    "going": (
        _project(Outcome(NamespaceState.TERMINATING), deleting=True),
        ("Progressing", "Pending deletion"),
        "InProgress",
    ),
    "a team that still owns projects": (
        _team(team_status.Outcome(), "shop", deleting=True),
        ("Progressing", "Pending deletion"),
        "Failed",
    ),
    "a condition that nobody knows": (
        _with("Project", type="Baked", status="True", reason="Crisp", message="done"),
        ("Progressing", "Waiting for the operator"),
        "InProgress",
    ),
    "Ready is unknown": (
        _with("Team", type="Ready", status="Unknown", reason="Asked"),
        ("Progressing", "Asked: "),
        "InProgress",
    ),
    "Stalled no longer": (
        _with("Team", type="Stalled", status="False", reason="Reconciled", message=""),
        ("Progressing", "Waiting for the operator"),
        "InProgress",
    ),
}


@pytest.mark.parametrize(("obj", "argo_cd", "flux"), CASES.values(), ids=CASES.keys())
def test_what_is_shown(obj: dict[str, Any], argo_cd: tuple[str, str], flux: str) -> None:
    code, message = gitops.argo_cd(obj)
    assert (code, message[: len(argo_cd[1])]) == argo_cd
    assert gitops.flux(obj) == flux


def test_argo_cd_of_an_object_without_a_status() -> None:
    assert gitops.argo_cd(_object(None)) == ("Progressing", WAITS.format(1))


def test_a_team_that_is_stuck_says_so_also_when_the_script_is_asked() -> None:
    obj = _team(team_status.Outcome(), "shop", deleting=True)
    del obj["metadata"]["deletionTimestamp"]
    code, message = gitops.argo_cd(obj)
    assert (code, message.split(":")[0]) == ("Degraded", "ProjectsRemain")
