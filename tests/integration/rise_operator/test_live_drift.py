"""Whatever somebody does to a child is undone, by one write."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import operators
import pytest
from family import Family, condition
from operators import Endpoint

from rise_local.platform import Platform
from rise_local.supervisor import until

MALLORY = {
    "kind": "User",
    "apiGroup": "rbac.authorization.k8s.io",
    "name": "rise:mallory@example.com",
}
OWNER = "rise:project:NAME:owner"
ROLE, BINDING = f"ClusterRole {OWNER}", f"ClusterRoleBinding {OWNER}"
TEAM_BINDING = "ClusterRoleBinding rise:team:NAME:owner"
GROUPS = "ClusterRole rise:gateway:groups"
NAMESPACE = "Namespace rise-NAME"
VIEWER, OPERATOR = "RoleBinding rise:ns:viewer", "RoleBinding rise:ns:operator"
ACCOUNT = "ServiceAccount rise-runtime"
INSIDE = ("RoleBinding", "ServiceAccount")
ALL = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}
UID = "/metadata/labels/internal.rise.dev~1project-uid"


@dataclass(frozen=True)
class Deed:
    """What somebody does to one child: a JSON patch, or its deletion without one."""

    sentence: str
    child: str
    patch: Sequence[Mapping[str, Any]] = ()

    def command(self, family: Family) -> list[str]:
        """Return it as arguments of kubectl."""
        kind, _, name = self.child.replace("NAME", family.name).partition(" ")
        inside = ("-n", family.namespace) if kind in INSIDE else ()
        how = ("--type=json", "-p", json.dumps(self.patch)) if self.patch else ("--wait=false",)
        return [*inside, "patch" if self.patch else "delete", kind, name, *how]


def _added(path: str, value: Any) -> list[dict[str, Any]]:
    return [{"op": "add", "path": path, "value": value}]


def _removed(path: str) -> list[dict[str, Any]]:
    return [{"op": "remove", "path": path}]


DEEDS = [
    Deed("the operator is shut out", OPERATOR),
    Deed("a role is deleted", ROLE),
    Deed("a binding is deleted", BINDING),
    Deed("the recipient's role is deleted", "ClusterRole rise:project:NAME:recipient"),
    Deed("a team's role is deleted", "ClusterRole rise:team:NAME:member"),
    Deed("a team's binding is deleted", TEAM_BINDING),
    Deed("the gateway's role is deleted", GROUPS),
    Deed("the developers are deleted", "RoleBinding rise:ns:developer"),
    Deed("the account is deleted", ACCOUNT),
    Deed("a role allows more", ROLE, _added("/rules/0/verbs/-", "*")),
    Deed("a role allows less", ROLE, _removed("/rules/0/verbs/1")),
    Deed("a role holds for every project", ROLE, _removed("/rules/0/resourceNames")),
    Deed("a role gets a rule", ROLE, _added("/rules/-", ALL)),
    Deed(
        "the gateway may act for a group that no team names",
        GROUPS,
        _added("/rules/0/resourceNames/-", "rise:idp:admins"),
    ),
    Deed("a stranger is bound", BINDING, _added("/subjects/-", MALLORY)),
    Deed("everybody is shut out", BINDING, _removed("/subjects")),
    Deed("a stranger is bound inside", VIEWER, _added("/subjects/-", MALLORY)),
    Deed("a stranger owns the team", TEAM_BINDING, _added("/subjects/-", MALLORY)),
    Deed("the namespace loses its label", NAMESPACE, _removed(UID)),
    Deed("the namespace is labelled as another project's", NAMESPACE, _added(UID, "another")),
    Deed("a role loses its labels", ROLE, _removed("/metadata/labels")),
    Deed("a binding inside loses its labels", VIEWER, _removed("/metadata/labels")),
    Deed("a binding inside is labelled as another project's", VIEWER, _added(UID, "another")),
    Deed("the account loses its labels", ACCOUNT, _removed("/metadata/labels")),
    Deed("a role loses its ownerReference", ROLE, _removed("/metadata/ownerReferences")),
    Deed("the account's token is mounted", ACCOUNT, _added("/automountServiceAccountToken", True)),  # noqa: FBT003 - a JSON value
]


def _rounds() -> Iterator[list[Deed]]:
    """Yield the deeds so that each round does one thing to a child: it needs one write."""
    left = list(DEEDS)
    while left:
        chosen = {deed.child: deed for deed in reversed(left)}
        gate = next((each for each in (OPERATOR, NAMESPACE) if each in chosen), None)
        if gate:  # what is inside could not be mended before the gate is: that would be tried twice
            chosen = {key: deed for key, deed in chosen.items() if key == gate or _is_far(key)}
        yield list(chosen.values())
        left = [deed for deed in left if deed not in chosen.values()]


def _is_far(child: str) -> bool:
    return not child.startswith((*INSIDE, NAMESPACE))


@dataclass(frozen=True)
class Round:
    """What one round found, and what stands afterwards; how many writes that took."""

    deeds: Sequence[Deed]
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    writes: int


@pytest.fixture(scope="module")
def rounds(platform: Platform, family: Family) -> Mapping[str, Round]:
    """Everything in DEEDS was done: the round of each by its sentence."""
    operator = operators.own(platform)
    return {
        deed.sentence: found
        for deeds in _rounds()
        for found in [_round(family, operator, deeds)]
        for deed in deeds
    }


def _round(family: Family, operator: Endpoint, deeds: Sequence[Deed]) -> Round:
    operator.settle()
    before, writes = family.children(), operator.writes()
    for deed in deeds:
        family.administrator.kubectl(*deed.command(family))
    until(lambda: operator.writes() >= writes + len(deeds), timeout_s=operators.DEADLINE_S)
    family.touch(operator)
    return Round(deeds, before, family.children(), operator.writes() - writes)


@pytest.mark.parametrize("deed", [pytest.param(deed, id=deed.sentence) for deed in DEEDS])
def test_drift_is_repaired_by_one_write(
    rounds: Mapping[str, Round], family: Family, deed: Deed
) -> None:
    found, child = rounds[deed.sentence], deed.child.replace("NAME", family.name)
    assert found.after[child] == found.before[child]
    assert found.after == found.before
    # each of them takes one at least
    assert found.writes == len(found.deeds), [deed.sentence for deed in found.deeds]


ADDITIONS: Mapping[str, Sequence[str]] = {
    "a label on a namespace": ("label", "namespace", "rise-NAME", "team=shop"),
    "an annotation on a role": ("annotate", "clusterrole", OWNER, "note=x"),
    "a label on the account": (
        *("-n", "rise-NAME", "label", "serviceaccount", "rise-runtime", "a=b"),
    ),
    "a label on the project": ("label", "project", "NAME", "cost-center=7"),
    "something in the namespace": ("-n", "rise-NAME", "create", "configmap", "theirs"),
    "a binding of their own": (
        *("-n", "rise-NAME", "create", "rolebinding", "theirs", "--clusterrole=view", "--user=x"),
    ),
    "a role of their own": (
        *("create", "clusterrole", "theirs-NAME", "--verb=get", "--resource=pods"),
    ),
}


def test_what_others_add_is_left_alone(family: Family, operator: Endpoint) -> None:
    operator.settle()
    before, writes = family.children(), operator.writes()
    for deed in ADDITIONS.values():
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
    label = {"op": "add", "path": UID, "value": "old"}
    owner = {"op": "remove", "path": "/metadata/ownerReferences"}
    deed = Deed("it was an earlier object's", ROLE, [label, owner])
    family.administrator.kubectl(*deed.command(family))
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
