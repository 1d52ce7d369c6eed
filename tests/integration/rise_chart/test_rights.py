"""What the chart lets the programs and people do, and which rules stand beside it."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from fixtures.golden import Golden

from rise_crds.api import (
    APPLY_GROUP,
    BACKEND_USER,
    OPERATOR_USER,
    RESERVED_NAMES,
    RESERVED_PREFIXES,
    USERS_GROUP,
)
from rise_crds.policies import REQUIRED
from rise_local.chart import Manifest, render

RIGHTS = ("ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding")
POLICY, BINDING = "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"
EVERYBODY = {"system:authenticated", "system:unauthenticated", "system:serviceaccounts"}

# Every right of the operator: `scope group/resource [name]`, verbs. A new one needs a reason.
OPERATOR_MAY = {
    "cluster rise.dev/projects": "assign delete get list own patch push update watch",
    "cluster rise.dev/teams": "assign delete get list own patch push update watch",
    "cluster rise.dev/projects/status": "get patch update",
    "cluster rise.dev/teams/status": "get patch update",
    "cluster rise.dev/projects/finalizers": "update",
    "cluster rise.dev/teams/finalizers": "update",
    "cluster rbac.authorization.k8s.io/clusterroles": "create delete get list patch update watch",
    "cluster rbac.authorization.k8s.io/clusterrolebindings": (
        "create delete get list patch update watch"
    ),
    "cluster rbac.authorization.k8s.io/rolebindings": "create delete get list patch update watch",
    "cluster rbac.authorization.k8s.io/clusterroles rise:ns:viewer": "bind",
    "cluster rbac.authorization.k8s.io/clusterroles rise:ns:developer": "bind",
    "cluster rbac.authorization.k8s.io/clusterroles rise:ns:operator": "bind",
    "cluster /namespaces": "create delete get list patch update watch",
    "cluster /serviceaccounts": "get list watch",
    "cluster events.k8s.io/events": "create patch",
    "cluster admissionregistration.k8s.io/validatingadmissionpolicies": "get list watch",
    "cluster admissionregistration.k8s.io/validatingadmissionpolicybindings": "get list watch",
    "cluster apiextensions.k8s.io/customresourcedefinitions": "get list watch",
    # to hand it on in rise:gateway:groups; without impersonate-on it opens nothing
    "cluster authentication.k8s.io/groups": "impersonate:user-info",
    "rise-system coordination.k8s.io/leases": "create get list patch update watch",
}


def _named(objects: Sequence[Manifest], *kinds: str) -> dict[str, Manifest]:
    return {
        f"{each['kind']} {each['metadata']['name']}": each
        for each in objects
        if each["kind"] in kinds
    }


def _subject(user: str) -> dict[str, str]:
    _, _, namespace, name = user.split(":")
    return {"kind": "ServiceAccount", "name": name, "namespace": namespace}


def _rules_of(objects: Sequence[Manifest], subject: Mapping[str, str]) -> Iterator[Any]:
    """Yield (scope, rule) of everything that is bound to `subject`."""
    roles = _named(objects, "ClusterRole", "Role")
    for each in _named(objects, "ClusterRoleBinding", "RoleBinding").values():
        role = f"{each['roleRef']['kind']} {each['roleRef']['name']}"
        if subject in each["subjects"] and role in roles:
            for rule in roles[role]["rules"]:
                yield each["metadata"].get("namespace", "cluster"), rule


def _rights(objects: Sequence[Manifest], user: str) -> dict[str, str]:
    rights: dict[str, set[str]] = {}
    for scope, rule in _rules_of(objects, _subject(user)):
        for group in rule["apiGroups"]:
            for resource in rule["resources"]:
                for name in rule.get("resourceNames", [""]):
                    what = f"{scope} {group}/{resource} {name}".rstrip()
                    rights.setdefault(what, set()).update(rule["verbs"])
    return {what: " ".join(sorted(verbs)) for what, verbs in rights.items()}


def test_who_may_what(chart: list[Manifest], golden: Golden) -> None:
    """One line a rule: verbs, what, and which ones."""
    roles = {
        _title(each): [_sentence(rule) for rule in each["rules"]]
        for each in _named(chart, "ClusterRole", "Role").values()
    }
    bindings = {
        _title(each): {each["roleRef"]["name"]: [_holder(one) for one in each["subjects"]]}
        for each in _named(chart, "ClusterRoleBinding", "RoleBinding").values()
    }
    golden("chart/rights", [roles, bindings])


def _title(each: Manifest) -> str:
    metadata = each["metadata"]
    where = f" in {metadata['namespace']}" if "namespace" in metadata else ""
    return f"{each['kind']} {metadata['name']}{where}"


def _sentence(rule: Mapping[str, Any]) -> str:
    groups = ", ".join(group or "core" for group in rule.get("apiGroups", ()))
    what = ", ".join([*rule.get("resources", ()), *rule.get("nonResourceURLs", ())])
    named = ", ".join(rule.get("resourceNames", ()))
    which = f" called {named}" if named else ""
    return f"{', '.join(rule['verbs'])}: {what}{f' of {groups}' if groups else ''}{which}"


def _holder(subject: Mapping[str, str]) -> str:
    namespace = f"{subject['namespace']}/" if "namespace" in subject else ""
    return f"{subject['kind']} {namespace}{subject['name']}"


def test_the_rules_beside_it(chart: list[Manifest], golden: Golden) -> None:
    """The tests of the rules without a server read this file: tests/rules/stage.py."""
    rules = [*_named(chart, POLICY).values(), *_named(chart, BINDING).values()]
    rights = [*_named(chart, "ClusterRole").values(), *_named(chart, "ClusterRoleBinding").values()]
    golden("chart/rules", json.loads(json.dumps([*rules, *rights])))


TO_DO = re.compile(
    "[:;] (ask|change|choose|create|give|grant|leave|name|retry|set|use|withdraw|write) "
)


def _said(rule: Mapping[str, str]) -> str:
    return rule.get("message") or rule["messageExpression"]


def test_the_operator_holds_what_is_listed_and_nothing_else(chart: list[Manifest]) -> None:
    assert _rights(chart, OPERATOR_USER) == OPERATOR_MAY


def test_the_operator_opens_no_secret_but_in_projects(chart: list[Manifest]) -> None:
    held = _rights(chart, OPERATOR_USER)
    assert not [what for what in held if "secrets" in what or "token" in what or "pods" in what]


def test_the_backend_reads_and_speaks_for_people(chart: list[Manifest]) -> None:
    verbs = {
        verb
        for _, rule in _rules_of(chart, _subject(BACKEND_USER))
        for verb in rule["verbs"]
        if not verb.startswith(("impersonate:user-info", "impersonate-on:user-info:"))
    }
    assert verbs == {"get", "list", "watch"}


@pytest.mark.parametrize("role", ["ClusterRole", "Role"])
def test_no_role_is_wider_than_it_says(chart: list[Manifest], role: str) -> None:
    for name, each in _named(chart, role).items():
        assert "aggregationRule" not in each, name
        assert "labels" not in each["metadata"], f"{name} may aggregate to another one"
        for rule in each["rules"]:
            words = {*rule["verbs"], *rule.get("resources", ()), *rule.get("apiGroups", ())}
            assert not words & {"*", "escalate", "impersonate", "deletecollection"}, name
            assert "bind" not in rule["verbs"] or rule.get("resourceNames"), name


def test_secrets_are_for_one_role_which_nobody_holds_cluster_wide(chart: list[Manifest]) -> None:
    opening = {
        name
        for name, each in _named(chart, "ClusterRole", "Role").items()
        if any("secrets" in rule.get("resources", ()) for rule in each["rules"])
    }
    assert opening == {"ClusterRole rise:ns:operator"}
    bound = {each["roleRef"]["name"] for each in _named(chart, *RIGHTS[1::2]).values()}
    assert not {name for name in bound if name.startswith("rise:ns:")}


def test_nothing_is_bound_to_everybody(chart: list[Manifest]) -> None:
    groups = {
        subject["name"]: name
        for name, each in _named(chart, "ClusterRoleBinding", "RoleBinding").items()
        for subject in each["subjects"]
        if subject["kind"] != "ServiceAccount"
    }
    assert groups == {
        USERS_GROUP: "ClusterRoleBinding rise:user",
        APPLY_GROUP: "ClusterRoleBinding rise:gateway:apply",
    }
    assert not EVERYBODY & set(groups)


def test_every_binding_finds_its_role(chart: list[Manifest]) -> None:
    roles = {name.split()[1] for name in _named(chart, "ClusterRole", "Role")}
    bound = {each["roleRef"]["name"] for each in _named(chart, *RIGHTS[1::2]).values()}
    # the operator writes this one from the groups that Teams name
    assert bound - roles == {"rise:gateway:groups"}


def test_the_operator_asks_for_every_policy_of_the_chart(chart: list[Manifest]) -> None:
    policies = [name.split()[1] for name in _named(chart, POLICY)]
    assert sorted(policies) == sorted(REQUIRED)
    assert [name.split()[1] for name in _named(chart, BINDING)] == policies


def test_every_policy_denies_when_in_doubt(chart: list[Manifest]) -> None:
    for name, each in _named(chart, POLICY).items():
        assert each["spec"]["failurePolicy"] == "Fail", name
        assert each["spec"]["validations"], name
    for name, each in _named(chart, BINDING).items():
        assert "Deny" in each["spec"]["validationActions"], name
        assert "matchResources" not in each["spec"], f"{name} looks away"


def test_every_refusal_says_what_to_do(chart: list[Manifest]) -> None:
    for name, each in _named(chart, POLICY).items():
        for validation in each["spec"]["validations"]:
            assert TO_DO.search(_said(validation)), f"{name}: {_said(validation)}"


def _expressions(objects: Sequence[Manifest], policy: str) -> str:
    spec = _named(objects, POLICY)[f"{POLICY} {policy}"]["spec"]
    parts = [*spec.get("variables", ()), *spec["validations"], *spec.get("matchConditions", ())]
    return "\n".join(each["expression"] for each in parts)


@pytest.mark.parametrize("policy", ["projects.ownership.rise.dev", "teams.ownership.rise.dev"])
def test_reserved_names_are_the_documented_ones(chart: list[Manifest], policy: str) -> None:
    said = _expressions(chart, policy)
    assert f"[{', '.join(repr(name) for name in RESERVED_NAMES)}]" in said
    for prefix in RESERVED_PREFIXES:
        assert f"startsWith('{prefix}')" in said


@pytest.mark.parametrize(
    "policy",
    [
        "namespaces.rise.dev",
        "projects.live-membership.rise.dev",
        "projects.ownership.rise.dev",
        "secrets.rise.dev",
        "teams.ownership.rise.dev",
    ],
)
def test_administrators_are_those_of_the_values(helm_program: Path, policy: str) -> None:
    named = {"groups": ["ops", "sre"], "users": ["root"]}
    said = _expressions(render(helm_program, {"administrators": named}), policy)
    assert "request.userInfo.groups.exists(g, g in ['ops', 'sre'])" in said
    assert "request.userInfo.username in ['root']" in said
    assert "system:masters" not in said


@pytest.mark.parametrize("policy", sorted(set(REQUIRED) - {"first-apply.rise.dev"}))
def test_the_operator_is_known_by_its_name(chart: list[Manifest], policy: str) -> None:
    assert f"request.userInfo.username == '{OPERATOR_USER}'" in _expressions(chart, policy).replace(
        "!=", "=="
    )
