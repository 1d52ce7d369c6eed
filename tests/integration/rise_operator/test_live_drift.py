"""Whatever somebody does to a child is undone, by one write."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import operators
import pytest
from deeds import ADDITIONS, DEEDS, INSIDE, NAMESPACE, OPERATOR, ROLE, UID, Addition, Deed
from family import Family, condition
from operators import Endpoint

from rise_local.platform import Platform
from rise_local.supervisor import until


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


@pytest.fixture(scope="module")
def writes_after_additions(platform: Platform, family: Family) -> int:
    """How often the operator wrote after all of ADDITIONS, with its own children as they were."""
    operator = operators.own(platform)
    operator.settle()
    before, writes = family.children(), operator.writes()
    for each in ADDITIONS:
        family.administrator.kubectl(*each.command(each.deed, family))
    family.touch(operator)
    assert family.children() == before
    return operator.writes() - writes


@pytest.mark.parametrize("added", [pytest.param(each, id=each.sentence) for each in ADDITIONS])
def test_what_others_add_is_left_alone(
    writes_after_additions: int, family: Family, added: Addition
) -> None:
    assert writes_after_additions == 0
    found = family.administrator.run("kubectl", *added.command(added.look, family)).stdout
    assert found.strip()


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
    family.touch(operator)  # whatever is still to be written is, before the next test counts
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
