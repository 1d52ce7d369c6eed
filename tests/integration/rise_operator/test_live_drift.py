"""Whatever somebody does to a child is undone, by one write."""

import json
from typing import Any

import operators
import pytest
from family import Family, condition
from operators import Endpoint

from rise_local.platform import Platform

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
OWNER_ROLE = f"clusterrole {OWNER}"
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
            _added(
                f"{INSIDE} rolebinding rise:ns:viewer",
                "/metadata/labels/internal.rise.dev~1project-uid",
                "another",
            ),
            id="a binding inside is labelled as another project's",
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


def test_a_role_of_an_earlier_object_makes_room(family: Family, operator: Endpoint) -> None:
    operator.settle()
    before, writes = family.children(), operator.writes()
    label = {"op": "add", "path": "/metadata/labels/internal.rise.dev~1project-uid", "value": "old"}
    owner = {"op": "remove", "path": "/metadata/ownerReferences"}
    deed = _patched(OWNER_ROLE, [label, owner])
    family.administrator.kubectl(*(word.replace("NAME", family.name) for word in deed))
    operators.until(lambda: operator.writes() >= writes + 2, "the operator deletes it and writes")
    operators.until(lambda: family.children() == before, "everything is as it was")
    family.touch(operator)
    assert operator.writes() - writes == 2
    assert condition(family.administrator, "project", family.name)["status"] == "True"


def test_what_was_done_while_nobody_watched_is_undone(
    platform: Platform, family: Family, operator: Endpoint
) -> None:
    operator.settle()
    before, shell, name = family.children(), family.administrator, family.name
    platform.stop("operator")
    try:
        inside = ("-n", family.namespace)
        shell.kubectl("delete", "clusterrole", f"rise:project:{name}:owner")
        shell.kubectl("delete", "clusterrolebinding", f"rise:team:{name}:owner")
        shell.kubectl(*inside, "delete", "serviceaccount", "rise-runtime")
        shell.kubectl(*inside, "delete", "rolebinding", "rise:ns:viewer")
        stranger = ("--clusterrole=cluster-admin", "--user=rise:mallory@example.com")
        shell.kubectl(*inside, "create", "rolebinding", "rise:ns:viewer", *stranger)
    finally:
        platform.start("operator")
    operators.until(lambda: family.children() == before, "everything is as it was")
    family.touch(operator)
    # one for each; the binding to another role costs a refusal and its deletion besides
    assert operator.writes() == 4 + 2


def test_a_binding_that_bears_no_mark_is_reported_until_an_administrator_deletes_it(
    platform: Platform, family: Family, operator: Endpoint
) -> None:
    operator.settle()
    before, shell = family.children(), family.administrator
    binding = f"rise:project:{family.name}:viewer"
    platform.stop("operator")
    try:
        shell.kubectl("delete", "clusterrolebinding", binding)
        theirs = ("--clusterrole=view", "--user=somebody")
        shell.kubectl("create", "clusterrolebinding", binding, *theirs)
        shell.kubectl("-n", family.namespace, "delete", "serviceaccount", "rise-runtime")
    finally:
        platform.start("operator")

    def access() -> dict[str, Any]:
        return condition(shell, "project", family.name, "AccessSynced")

    operators.until(lambda: access()["status"] == "False", "the project says so")
    assert f"{binding} exists and is not Rise's" in access()["message"]
    now = family.children()
    assert {key for key in before if now.get(key) != before[key]} == {
        f"ClusterRoleBinding {binding}"
    }, "it holds up the others"
    shell.kubectl("delete", "clusterrolebinding", binding)
    operators.until(lambda: family.children() == before, "everything is as it was")
    operators.until(lambda: access()["status"] == "True", "the project says so")
