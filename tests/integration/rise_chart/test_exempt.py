"""The metric of who is exempt says what the chart's values say, and nobody else is let through."""

from pathlib import Path

import pytest

from rise_crds.api import OPERATOR_USER
from rise_crds.policies import POLICY, Exempt, Key, differences, installed, read_copy
from rise_local.chart import policies, render

CONTROL_PLANE = {
    "system:kube-controller-manager",
    "system:serviceaccount:kube-system:generic-garbage-collector",
    "system:serviceaccount:kube-system:storage-version-migrator-controller",
}


@pytest.mark.parametrize("policy", ["projects.ownership.rise.dev", "teams.ownership.rise.dev"])
@pytest.mark.parametrize(
    ("groups", "users"),
    [
        pytest.param(["system:masters", "kubeadm:cluster-admins"], [], id="the defaults"),
        pytest.param(["ops"], ["root", "system:serviceaccount:a:b"], id="others"),
        pytest.param([], [], id="nobody"),
    ],
)
def test_whom_the_installed_rules_let_through(
    helm_program: Path, policy: str, groups: list[str], users: list[str]
) -> None:
    objects = render(helm_program, {"administrators": {"groups": groups, "users": users}})
    (spec,) = [
        each["spec"]
        for each in objects
        if each["kind"] == POLICY and each["metadata"]["name"] == policy
    ]
    assert installed(Key(POLICY, policy), spec).exempt == {
        Exempt("user", OPERATOR_USER, "operator"),
        *(Exempt("user", name, "control-plane") for name in CONTROL_PLANE),
        *(Exempt("group", name, "administrator") for name in groups),
        *(Exempt("user", name, "administrator") for name in users),
    }


def test_the_copy_follows_the_values(helm_program: Path) -> None:
    one = read_copy(policies(render(helm_program, {})))
    reserved = read_copy(policies(render(helm_program, {"reservedNames": ["mine"]})))
    changed = [key for key in one if one[key] != reserved[key]]
    assert {key.name for key in changed} == {
        "projects.ownership.rise.dev",
        "teams.ownership.rise.dev",
    }


def test_the_copy_is_what_is_installed(helm_program: Path) -> None:
    objects = render(helm_program, {})
    found = {
        key: installed(key, each["spec"])
        for each in objects
        if (key := Key(each["kind"], each["metadata"]["name"])).kind.startswith(POLICY)
    }
    assert differences(read_copy(policies(objects)), found) == []
