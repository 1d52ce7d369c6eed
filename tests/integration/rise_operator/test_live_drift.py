"""Whatever somebody does to a child is undone, by one write."""

import json
from typing import Any

import operators
import pytest
from family import Family
from operators import Endpoint

MALLORY = {
    "kind": "User",
    "apiGroup": "rbac.authorization.k8s.io",
    "name": "rise:mallory@example.com",
}


def _deleted(what: str) -> list[str]:
    return ["delete", *what.split()]


def _patched(what: str, patch: list[dict[str, Any]]) -> list[str]:
    return ["patch", *what.split(), "--type=json", "-p", json.dumps(patch)]


def _added(what: str, path: str, value: Any) -> list[str]:
    return _patched(what, [{"op": "add", "path": path, "value": value}])


def _removed(what: str, path: str) -> list[str]:
    return _patched(what, [{"op": "remove", "path": path}])


OWNER = "rise:project:NAME:owner"
INSIDE = "-n rise-NAME"
ALL = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}


@pytest.mark.parametrize(
    "deed",
    [
        pytest.param(_deleted(f"clusterrole {OWNER}"), id="a role is deleted"),
        pytest.param(_deleted(f"clusterrolebinding {OWNER}"), id="a binding is deleted"),
        pytest.param(
            _deleted("clusterrole rise:project:NAME:recipient"),
            id="the recipient's role is deleted",
        ),
        pytest.param(_deleted("clusterrole rise:team:NAME:member"), id="a team's role is deleted"),
        pytest.param(
            _deleted("clusterrolebinding rise:team:NAME:owner"), id="a team's binding is deleted"
        ),
        pytest.param(
            _deleted("clusterrole rise:gateway:groups"), id="the gateway's role is deleted"
        ),
        pytest.param(
            _deleted(f"{INSIDE} rolebinding rise:ns:developer"), id="the developers are deleted"
        ),
        pytest.param(
            _deleted(f"{INSIDE} rolebinding rise:ns:operator"), id="the operator is shut out"
        ),
        pytest.param(
            _deleted(f"{INSIDE} serviceaccount rise-runtime"), id="the account is deleted"
        ),
        pytest.param(
            _added(f"clusterrole {OWNER}", "/rules/0/verbs/-", "*"), id="a role allows more"
        ),
        pytest.param(_removed(f"clusterrole {OWNER}", "/rules/0/verbs/1"), id="a role allows less"),
        pytest.param(
            _removed(f"clusterrole {OWNER}", "/rules/0/resourceNames"),
            id="a role holds for every project",
        ),
        pytest.param(_added(f"clusterrole {OWNER}", "/rules/-", ALL), id="a role gets a rule"),
        pytest.param(
            _added(
                "clusterrole rise:gateway:groups", "/rules/0/resourceNames/-", "rise:idp:admins"
            ),
            id="the gateway may act for a group that no team names",
        ),
        pytest.param(
            _added(f"clusterrolebinding {OWNER}", "/subjects/-", MALLORY), id="a stranger is bound"
        ),
        pytest.param(
            _removed(f"clusterrolebinding {OWNER}", "/subjects"), id="everybody is shut out"
        ),
        pytest.param(
            _added(f"{INSIDE} rolebinding rise:ns:viewer", "/subjects/-", MALLORY),
            id="a stranger is bound inside",
        ),
        pytest.param(
            _added("clusterrolebinding rise:team:NAME:owner", "/subjects/-", MALLORY),
            id="a stranger owns the team",
        ),
        pytest.param(
            _removed("namespace rise-NAME", "/metadata/labels/internal.rise.dev~1project-uid"),
            id="the namespace loses its label",
        ),
        pytest.param(
            _added(
                "namespace rise-NAME", "/metadata/labels/internal.rise.dev~1project-uid", "another"
            ),
            id="the namespace is labelled as another project's",
        ),
        pytest.param(
            _removed(f"clusterrole {OWNER}", "/metadata/labels"), id="a role loses its labels"
        ),
        pytest.param(
            _removed(f"{INSIDE} rolebinding rise:ns:viewer", "/metadata/labels"),
            id="a binding inside loses its labels",
        ),
        pytest.param(
            _removed(f"{INSIDE} serviceaccount rise-runtime", "/metadata/labels"),
            id="the account loses its labels",
        ),
        pytest.param(
            _removed(f"clusterrole {OWNER}", "/metadata/ownerReferences"),
            id="a role loses its ownerReference",
        ),
        pytest.param(
            _added(f"{INSIDE} serviceaccount rise-runtime", "/automountServiceAccountToken", True),  # noqa: FBT003 - a JSON value
            id="the account's token is mounted",
        ),
    ],
)
def test_drift_is_repaired_by_one_write(
    family: Family, operator: Endpoint, deed: list[str]
) -> None:
    operator.settle()
    before, writes = family.children(), operator.writes()
    family.administrator.kubectl(*(word.replace("NAME", family.name) for word in deed))
    operators.until(lambda: operator.writes() > writes, "the operator writes")
    operators.until(lambda: family.children() == before, "everything is as it was")
    family.touch(operator)
    assert operator.writes() - writes == 1
    assert family.children() == before


@pytest.mark.parametrize(
    "deed",
    [
        pytest.param(["label", "namespace", "rise-NAME", "team=shop"], id="a label on a namespace"),
        pytest.param(["annotate", "clusterrole", OWNER, "note=x"], id="an annotation on a role"),
        pytest.param(
            ["-n", "rise-NAME", "label", "serviceaccount", "rise-runtime", "a=b"],
            id="a label on the account",
        ),
        pytest.param(["label", "project", "NAME", "cost-center=7"], id="a label on the project"),
        pytest.param(
            ["-n", "rise-NAME", "create", "configmap", "theirs"], id="something in the namespace"
        ),
        pytest.param(
            [
                "-n",
                "rise-NAME",
                "create",
                "rolebinding",
                "theirs",
                "--clusterrole=view",
                "--user=x",
            ],
            id="a binding of their own",
        ),
        pytest.param(
            ["create", "clusterrole", "theirs-NAME", "--verb=get", "--resource=pods"],
            id="a role of their own",
        ),
    ],
)
def test_what_others_add_is_left_alone(family: Family, operator: Endpoint, deed: list[str]) -> None:
    operator.settle()
    before, writes = family.children(), operator.writes()
    family.administrator.kubectl(*(word.replace("NAME", family.name) for word in deed))
    family.touch(operator)
    assert operator.writes() == writes
    assert family.children() == before


def test_a_namespace_that_is_deleted_is_made_anew_with_everything_in_it(
    family: Family, operator: Endpoint
) -> None:
    operator.settle()
    before = family.children()
    shell = family.administrator
    uid = shell.json("kubectl", "get", "namespace", family.namespace, "-o", "json")["metadata"][
        "uid"
    ]
    shell.kubectl("delete", "namespace", family.namespace, "--wait=false")
    operators.until(
        lambda: uid not in shell.kubectl("get", "namespaces", "-o", "jsonpath={..metadata.uid}"),
        "the old namespace is gone",
    )
    operators.until(lambda: family.children() == before, "everything stands again")
    shell.kubectl("wait", "--for=condition=Ready", f"project/{family.name}", "--timeout=60s")


def test_many_drifts_at_once_are_repaired_by_as_many_writes(
    family: Family, operator: Endpoint
) -> None:
    shell = family.administrator
    roles = [
        name
        for name in shell.kubectl("get", "clusterroles,clusterrolebindings", "-o", "name").split()
        if f":{family.name}:" in name
    ]
    operator.settle()
    before, writes = family.children(), operator.writes()
    shell.kubectl("delete", "--wait=false", *roles)
    operators.until(lambda: family.children() == before, "everything stands again")
    family.touch(operator)
    assert operator.writes() - writes == len(roles)
