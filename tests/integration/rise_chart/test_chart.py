"""The chart against the API server: every object, with every set of values."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from rise_crds.api import SYSTEM_NAMESPACE
from rise_local.chart import CHART, Manifest, render
from rise_local.home import CHECKOUT
from rise_local.kubectl import Kubectl, Refusal

DEADLINE_S = 60.0
STRICTLY = ("--dry-run=server", "--validate=strict", "--warnings-as-errors")
APPLY = ("apply", "--server-side", "--force-conflicts", "--field-manager=test", *STRICTLY)

TWO = {
    "operator": {"replicas": 2, "resyncSeconds": 60, "logLevel": "DEBUG"},
    "backend": {"replicas": 3, "upstreamIdentity": "token", "logLevel": "WARNING"},
}
ALONE = {"operator": {"enabled": False}, "backend": {"enabled": False}}
ADMINISTRATORS = {"groups": ["ops"], "users": ["system:serviceaccount:ops:break-glass", "root"]}
REGISTRIES = {
    "registries": [
        {"name": "local", "provider": "distribution", "url": "http://registry.local:5000"},
        {"name": "far", "provider": "my.provider", "url": "https://far.example.com/"},
    ],
    "defaultRegistry": "far",
}
GITOPS = {
    "gitops": [
        {"namespace": "argocd", "serviceAccount": "argo", "setOwner": True, "prune": True},
        {"namespace": "flux", "serviceAccount": "flux", "teams": ["core", "web"], "prune": True},
    ]
}
SETS: list[Any] = [
    pytest.param({}, id="the defaults"),
    pytest.param(TWO, id="several of each program"),
    pytest.param({"backend": {"replicas": 1}}, id="one backend"),
    pytest.param(ALONE, id="programs that run elsewhere"),
    pytest.param({"operator": {"enabled": False}}, id="no operator"),
    pytest.param({"backend": {"enabled": False}}, id="no backend"),
    pytest.param(
        {"identity": {"issuer": "https://dex.example.com/dex", "caConfigMap": "dex-ca"}},
        id="an issuer with a CA of its own",
    ),
    pytest.param({"administrators": ADMINISTRATORS}, id="administrators by name"),
    pytest.param({"administrators": {"groups": [], "users": []}}, id="no administrators"),
    pytest.param({"reservedNames": ["intern", "x"]}, id="other reserved names"),
    pytest.param({"reservedNames": []}, id="no reserved names"),
    pytest.param(REGISTRIES, id="two registries"),
    pytest.param(GITOPS, id="two GitOps accounts"),
]


def listed(objects: list[Manifest]) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})


@pytest.mark.parametrize("values", SETS)
def test_the_api_server_takes_every_object(
    helm_program: Path, admin_kubectl: Kubectl, values: Manifest
) -> None:
    objects = render(helm_program, values)
    said = admin_kubectl.attempt(*APPLY, "-o", "name", "-f", "-", stdin=listed(objects))
    assert not isinstance(said, Refusal), said.text
    assert len(said.split()) == len(objects)


def test_a_stray_field_would_be_noticed(admin_kubectl: Kubectl, chart: list[Manifest]) -> None:
    objects = [{**each, "colour": "blue"} for each in chart if each["kind"] == "ServiceAccount"]
    said = admin_kubectl.attempt(*APPLY, "-f", "-", stdin=listed(objects))
    assert isinstance(said, Refusal)
    assert "colour" in said.text


@pytest.mark.parametrize("values", SETS)
def test_helm_finds_nothing_to_say(helm: Any, values: Manifest) -> None:
    done = helm("lint", values)
    assert done.returncode == 0, done.stdout
    assert "WARNING" not in done.stdout


@pytest.mark.parametrize("values", SETS)
def test_the_same_values_give_the_same_bytes(helm: Any, values: Manifest) -> None:
    one, other = helm("template", values), helm("template", values)
    assert one.returncode == 0, one.stderr
    assert one.stdout == other.stdout


def test_the_chart_brings_the_definitions_as_they_are_generated() -> None:
    generated = {path.name: path.read_bytes() for path in (CHECKOUT / "crds/yaml").glob("*.yaml")}
    brought = {path.name: path.read_bytes() for path in (CHART / "crds").glob("*.yaml")}
    assert brought == generated
    assert len(brought) == 2


def test_the_rules_are_free_of_type_errors(admin_kubectl: Kubectl, chart: list[Manifest]) -> None:
    names = [
        each["metadata"]["name"] for each in chart if each["kind"] == "ValidatingAdmissionPolicy"
    ]
    deadline = time.monotonic() + DEADLINE_S
    while True:
        found = json.loads(
            admin_kubectl.run("get", "validatingadmissionpolicies", *names, "-o", "json")
        )
        status = {each["metadata"]["name"]: each.get("status", {}) for each in found["items"]}
        if all("typeChecking" in each for each in status.values()):
            break
        assert time.monotonic() < deadline, f"never checked: {status}"
        time.sleep(0.2)
    warned = {name: each["typeChecking"].get("expressionWarnings") for name, each in status.items()}
    assert warned == dict.fromkeys(names)


def test_everything_stands_in_one_namespace(chart: list[Manifest]) -> None:
    where = {each["metadata"].get("namespace") for each in chart}
    assert where == {None, SYSTEM_NAMESPACE, "default"}
    elsewhere = {
        (each["kind"], each["metadata"]["name"])
        for each in chart
        if each["metadata"].get("namespace") == "default"
    }
    assert elsewhere == {("Role", "rise:gateway:events"), ("RoleBinding", "rise:gateway:events")}
