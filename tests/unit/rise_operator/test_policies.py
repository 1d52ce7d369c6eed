"""What the operator takes for one of its policies, and what it may still write without them."""

from pathlib import Path
from typing import Any

import pytest

from rise_crds.policies import KEYS, REQUIRED
from rise_operator.engine.resource import CLUSTER_ROLES
from rise_operator.errors import PolicyMissing
from rise_operator.grants import Grants
from rise_operator.policies import Policies
from rise_operator.rbac import grants_nothing_new

Rule = dict[str, Any]


def _rule(name: str, version: str = "7") -> Rule:
    return {"metadata": {"name": name, "resourceVersion": version}, "spec": {"validations": []}}


def test_other_peoples_policies_are_none_of_our_business(tmp_path: Path) -> None:
    it = Policies(tmp_path / "none")
    for cache in (it.policies, it.bindings):
        cache.replace([_rule(name) for name in (*REQUIRED, "theirs.example.com")], 7)
        cache.seen(_rule("others.example.com", "8"))
    assert len(it.policies) + len(it.bindings) == len(KEYS)


SHOP = {"apiGroups": ["rise.dev"], "resources": ["projects"], "resourceNames": ["shop"]}
ALICE, BOB = ({"kind": "User", "name": name} for name in ("rise:alice@x.io", "rise:bob@x.io"))


def _role(*verbs: str, **rule: Any) -> Rule:
    rules = [{**SHOP, "verbs": list(verbs), **rule}] if verbs else []
    return {"kind": "ClusterRole", "rules": rules}


def _binding(*subjects: Rule, role: str = "r") -> Rule:
    return {"kind": "ClusterRoleBinding", "roleRef": {"name": role}, "subjects": list(subjects)}


@pytest.mark.parametrize(
    ("wanted", "there", "allowed"),
    [
        pytest.param(_role("get"), _role("get", "patch"), True, id="a verb less"),
        pytest.param(_role("get", "patch"), _role("get"), False, id="a verb more"),
        pytest.param(_role("get"), _role("get"), True, id="the same (a label is mended)"),
        pytest.param(_role(), _role("get"), True, id="no rule at all"),
        pytest.param(_role("get"), _role(), False, id="a rule where there was none"),
        pytest.param(
            _role("get", resourceNames=["cellar"]), _role("get"), False, id="another object"
        ),
        pytest.param(
            _role("get"), _role("get", resourceNames=[]), True, id="one object instead of all"
        ),
        pytest.param(
            _role("get", resourceNames=[]), _role("get"), False, id="all instead of one object"
        ),
        pytest.param(_role("get", apiGroups=["apps"]), _role("get"), False, id="another group"),
        pytest.param(_binding(ALICE), _binding(ALICE, BOB), True, id="one person less"),
        pytest.param(_binding(ALICE, BOB), _binding(ALICE), False, id="one person more"),
        pytest.param(_binding(BOB), _binding(ALICE), False, id="somebody else"),
        pytest.param(
            _binding(ALICE, role="own"), _binding(ALICE), False, id="the same person, another role"
        ),
        pytest.param(_binding(ALICE), {"roleRef": {"name": "r"}}, False, id="nobody held it"),
        pytest.param({"kind": "Namespace"}, {"kind": "Namespace"}, True, id="a namespace's labels"),
    ],
)
def test_without_the_rules_only_what_adds_nothing_is_written(
    wanted: Rule, there: Rule, *, allowed: bool
) -> None:
    assert grants_nothing_new(wanted, there) is allowed


async def test_what_was_held_back_is_woken_once_as_soon_as_they_are_in_force(
    tmp_path: Path,
) -> None:
    nobody: Any = None  # who creates something asks the API server nothing
    woken: list[object] = []
    grants = Grants(nobody, Policies(tmp_path / "none"), woken.append)
    for _ in range(2):
        with pytest.raises(PolicyMissing):
            grants.require("shop")
    for name in ("rise:team:bakers:owner", "rise:gateway:groups"):
        with pytest.raises(PolicyMissing):
            await grants.check(CLUSTER_ROLES, {"metadata": {"name": name}}, None)
    assert woken == []
    grants.go_on()
    assert set(woken) == {("Project", "shop"), ("Team", "bakers"), None}
    assert len(woken) == 3
    grants.go_on()
    assert len(woken) == 3
