"""When the rules of ownership count as in force."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rise_operator.policies import REQUIRED, Policies

Rule = dict[str, Any]
NAME = "projects.ownership.rise.dev"
CHART = Path(__file__).parents[3] / "charts" / "rise" / "templates" / "policies"
RESOURCES = {"apiGroups": ["rise.dev"], "resources": ["projects"]}
DEMANDS = [{"expression": "object.spec == oldObject.spec"}]
SOME = {"matchLabels": {"watched": "yes"}}


def _policy(name: str = NAME, **spec: Any) -> Rule:
    matches = {"resourceRules": [RESOURCES], "namespaceSelector": {}, "objectSelector": {}}
    given = {"failurePolicy": "Fail", "matchConstraints": matches, "validations": DEMANDS}
    return _rule(name, {**given, **spec})


def _binding(name: str = NAME, **spec: Any) -> Rule:
    return _rule(name, {"policyName": name, "validationActions": ["Deny", "Audit"], **spec})


def _rule(name: str, spec: Rule) -> Rule:
    spec = {key: value for key, value in spec.items() if value is not None}
    return {"metadata": {"name": name, "resourceVersion": "7"}, "spec": spec}


def _installed() -> Policies:
    it = Policies()
    it.policies.replace([_policy(name) for name in REQUIRED], 7)
    it.bindings.replace([_binding(name) for name in REQUIRED], 7)
    return it


def test_what_is_required_is_what_the_chart_holds() -> None:
    assert sorted(f"{page.stem}.rise.dev" for page in CHART.glob("*.yaml")) == list(REQUIRED)


def test_with_all_of_the_chart_nothing_is_missing() -> None:
    assert _installed().problems() == []


def test_at_first_everything_is_missing() -> None:
    assert Policies().problems() == [
        f"missing: {what} {name} (an administrator installs the chart)"
        for what in ("policy", "policy binding")
        for name in REQUIRED
    ]


@pytest.mark.parametrize("name", REQUIRED)
def test_each_policy_and_each_binding_is_missed(name: str) -> None:
    it = _installed()
    gone = {"metadata": {"name": name, "resourceVersion": "8"}, "spec": {}}
    it.policies.seen(gone, deleted=True)
    missing = f"missing: policy {name} (an administrator installs the chart)"
    assert it.problems() == [missing]
    it.bindings.seen(gone, deleted=True)
    assert it.problems() == [missing, missing.replace("policy", "policy binding", 1)]


def _seen_policy(it: Policies, rule: Rule) -> None:
    it.policies.replace([rule, *(_policy(name) for name in REQUIRED if name != NAME)], 8)


def _seen_binding(it: Policies, rule: Rule) -> None:
    it.bindings.replace([rule, *(_binding(name) for name in REQUIRED if name != NAME)], 8)


@pytest.mark.parametrize(
    ("see", "rule", "idle"),
    [
        pytest.param(
            _seen_policy, _policy(failurePolicy="Ignore"), ["policy"], id="its failures are ignored"
        ),
        pytest.param(_seen_policy, _policy(validations=[]), ["policy"], id="it demands nothing"),
        pytest.param(
            _seen_policy, _policy(validations=None), ["policy"], id="it has no validations"
        ),
        pytest.param(
            _seen_policy,
            _policy(validations=[{"expression": " true "}]),
            ["policy"],
            id="what it demands is always so",
        ),
        pytest.param(
            _seen_policy,
            _policy(matchConditions=[{"name": "off", "expression": "false"}]),
            ["policy"],
            id="its condition is never so",
        ),
        pytest.param(
            _seen_policy, _policy(matchConstraints=None), ["policy"], id="it matches no resource"
        ),
        pytest.param(
            _seen_policy,
            _policy(matchConstraints={"resourceRules": [RESOURCES], "objectSelector": SOME}),
            ["policy"],
            id="it matches only some objects",
        ),
        pytest.param(
            _seen_policy,
            _policy(matchConstraints={"resourceRules": [RESOURCES], "namespaceSelector": SOME}),
            [],
            id="the policy of Secrets looks at the namespaces of projects only",
        ),
        pytest.param(
            _seen_policy,
            _policy(
                matchConstraints={"resourceRules": [RESOURCES], "excludeResourceRules": [RESOURCES]}
            ),
            ["policy"],
            id="it excludes what it matches",
        ),
        pytest.param(
            _seen_policy, _policy(failurePolicy=None), [], id="failures count unless it says not"
        ),
        pytest.param(
            _seen_binding,
            _binding(validationActions=["Audit"]),
            ["policy binding"],
            id="it only writes to the audit log",
        ),
        pytest.param(
            _seen_binding,
            _binding(validationActions=["Warn", "Audit"]),
            ["policy binding"],
            id="it only warns",
        ),
        pytest.param(_seen_binding, _binding(validationActions=["Deny"]), [], id="it denies"),
        pytest.param(
            _seen_binding,
            _binding(matchResources={"namespaceSelector": SOME}),
            ["policy binding"],
            id="it holds in some places only",
        ),
        pytest.param(
            _seen_binding,
            _binding(paramRef={"selector": SOME, "parameterNotFoundAction": "Allow"}),
            ["policy binding"],
            id="it looks at some teams only",
        ),
        pytest.param(
            _seen_binding,
            _binding(paramRef={"selector": {}, "parameterNotFoundAction": "Allow"}),
            [],
            id="it looks at every team",
        ),
        pytest.param(
            _seen_binding,
            _binding(policyName="teams.ownership.rise.dev"),
            ["policy binding"],
            id="it binds another policy",
        ),
    ],
)
def test_one_without_effect_is_as_good_as_missing(
    see: Callable[[Policies, Rule], None], rule: Rule, idle: list[str]
) -> None:
    it = _installed()
    see(it, rule)
    advice = "(an administrator deletes it and installs the chart)"
    assert it.problems() == [f"without effect: {what} {NAME} {advice}" for what in idle]
    it.policies.replace([_policy(name) for name in REQUIRED], 9)
    it.bindings.replace([_binding(name) for name in REQUIRED], 9)
    assert it.problems() == [], "it heals when the chart is applied again"


def test_other_peoples_policies_are_none_of_our_business() -> None:
    it = _installed()
    it.policies.seen(_policy("theirs.example.com", failurePolicy="Ignore"))
    it.bindings.seen(_binding("theirs.example.com", validationActions=["Audit"]))
    assert it.problems() == []
    assert len(it.policies) == len(it.bindings) == len(REQUIRED)
