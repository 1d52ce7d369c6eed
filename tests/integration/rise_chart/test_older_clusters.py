"""Before Kubernetes 1.36 nobody speaks for people, unless a value accepts what that opens."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from rise_crds.api import SYSTEM_NAMESPACE
from rise_crds.documents import documents
from rise_local.chart import CHART, Manifest

ACCEPTED = "--set=backend.acceptLegacyImpersonation=true"


def _render(helm: Path, version: str, *options: str) -> list[Manifest]:
    command = [helm, "template", "rise", CHART, "--namespace", SYSTEM_NAMESPACE]
    done = subprocess.run(
        [*command, "--kube-version", version, *options], capture_output=True, text=True, check=True
    )
    return documents(done.stdout)


def _impersonating(objects: list[Manifest]) -> list[tuple[str, Any]]:
    """Return (role, rule) of every rule with the legacy verb."""
    return [
        (each["metadata"]["name"], rule)
        for each in objects
        for rule in each.get("rules", ())
        if "impersonate" in rule["verbs"]
    ]


def _named(objects: list[Manifest], kind: str) -> set[str]:
    return {each["metadata"]["name"] for each in objects if each["kind"] == kind}


@pytest.mark.parametrize(
    ("version", "options", "runs", "legacy"),
    [
        pytest.param("1.36.0", (), True, False, id="new enough"),
        pytest.param("1.37.2", (ACCEPTED,), True, False, id="new enough, whatever is accepted"),
        pytest.param("1.36.0-rc.1", (), True, False, id="a candidate of the first that can"),
        pytest.param("1.35.9", (), False, False, id="too old"),
        pytest.param("1.30.0", (ACCEPTED,), True, True, id="too old, and accepted"),
    ],
)
def test_the_backend_runs_where_it_may_speak_for_people(
    helm_program: Path, version: str, options: tuple[str, ...], *, runs: bool, legacy: bool
) -> None:
    objects = _render(helm_program, version, *options)
    assert ("rise-backend" in _named(objects, "Deployment")) is runs
    assert ("rise:gateway" in _named(objects, "ClusterRole")) is runs
    assert {role for role, _ in _impersonating(objects)} == ({"rise:gateway"} if legacy else set())
    constrained = [
        verb for each in objects for rule in each.get("rules", ()) for verb in rule["verbs"]
    ]
    assert ("impersonate-on:user-info:create" in constrained) is (runs and not legacy)
    assert "rise-operator" in _named(objects, "Deployment")
    assert len(_named(objects, "ValidatingAdmissionPolicy")) == 8


def test_a_cluster_without_the_policies_is_refused(helm_program: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError) as refused:
        _render(helm_program, "1.29.0")
    assert "requires kubeVersion" in refused.value.stderr
