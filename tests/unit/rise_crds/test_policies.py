"""When an installed policy counts as the one that the chart rendered, and whom it exempts."""

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from rise_crds.policies import (
    BINDING,
    KEYS,
    POLICY,
    REQUIRED,
    Exempt,
    Key,
    UnusableCopyError,
    differences,
    exempt,
    installed,
    read_copy,
)

NAME = "projects.ownership.rise.dev"
CHART = Path(__file__).parents[3] / "charts" / "rise" / "templates" / "policies"
PARAMETERS = {"selector": {}, "parameterNotFoundAction": "Allow"}
GONE = object()
NEVER = {"name": "off", "expression": "false"}
DEMANDS = [{"expression": "a", "message": "b"}, {"expression": "c", "message": "d"}]
SOME = {"matchLabels": {"watched": "yes"}}
Spec = dict[str, Any]
RENDERED: dict[str, Spec] = {
    POLICY: {
        "failurePolicy": "Fail",
        "paramKind": {"apiVersion": "rise.dev/v1alpha1", "kind": "Team"},
        "matchConstraints": {
            "resourceRules": [
                {
                    "apiGroups": [""],
                    "apiVersions": ["*"],
                    "operations": ["CREATE", "DELETE"],
                    "resources": ["projects"],
                }
            ]
        },
        "matchConditions": [
            {"name": "not-operator", "expression": "request.userInfo.username != 'op'"},
            {
                "name": "not-control-plane",
                "expression": "!(request.userInfo.username in [\n  'kcm',\n  'gc'])",
            },
        ],
        "variables": [
            {
                "name": "administrator",
                "expression": "(request.userInfo.groups.exists(g, g in ['ops', 'sre'])"
                " || request.userInfo.username in ['root'])",
            },
            {"name": "other", "expression": "request.userInfo.username in ['nobody']"},
        ],
        "validations": DEMANDS,
    },
    BINDING: {"policyName": NAME, "validationActions": ["Deny", "Audit"], "paramRef": PARAMETERS},
}


def _object(kind: str, name: str) -> dict[str, Any]:
    return {"kind": kind, "metadata": {"name": name}, "spec": RENDERED[kind]}


OWN = yaml.safe_dump_all([_object(key.kind, key.name) for key in KEYS])


def _compared(kind: str, path: str, value: object) -> list[str]:
    """Compare after the field at `path` was set to `value`, or taken out."""
    spec = copy.deepcopy(RENDERED[kind])
    *way, last = path.split("/")
    at: Any = spec
    for step in way:
        at = at[int(step) if step.isdecimal() else step]
    if value is GONE:
        del at[last]
    else:
        at[last] = value
    found = {key: installed(key, RENDERED[key.kind]) for key in KEYS}
    key = Key(kind, NAME)
    return differences(read_copy(OWN), {**found, key: installed(key, spec)})


RULE = "matchConstraints/resourceRules/0"


def test_what_is_required_is_what_the_chart_holds() -> None:
    assert sorted(f"{page.stem}.rise.dev" for page in CHART.glob("*.yaml")) == list(REQUIRED)


@pytest.mark.parametrize(
    ("kind", "path", "value"),
    [
        pytest.param(POLICY, "failurePolicy", GONE, id="a default is left out"),
        pytest.param(POLICY, "matchConstraints/matchPolicy", "Equivalent", id="one is filled in"),
        pytest.param(POLICY, "matchConstraints/objectSelector", {}, id="objects may be any"),
        pytest.param(POLICY, f"{RULE}/scope", "*", id="the scope is filled in"),
        pytest.param(POLICY, "auditAnnotations", [], id="an empty list stands"),
        pytest.param(POLICY, "somethingNew", {}, id="a new field is empty"),
        pytest.param(POLICY, f"{RULE}/operations", ["DELETE", "CREATE"], id="another order"),
        pytest.param(POLICY, "validations", DEMANDS[::-1], id="validations turned round"),
        pytest.param(BINDING, "validationActions", ["Audit", "Deny"], id="actions likewise"),
        pytest.param(BINDING, "matchResources", None, id="null for nothing"),
    ],
)
def test_what_means_the_same_counts_as_the_same(kind: str, path: str, value: object) -> None:
    assert _compared(kind, path, value) == []


@pytest.mark.parametrize(
    ("kind", "path", "value"),
    [
        pytest.param(POLICY, "failurePolicy", "Ignore", id="its failures are ignored"),
        pytest.param(POLICY, "validations", GONE, id="it demands nothing"),
        pytest.param(POLICY, "validations", DEMANDS[:1], id="it demands one thing less"),
        pytest.param(POLICY, "validations/0/expression", "a || true", id="it demands what is so"),
        pytest.param(POLICY, "validations/0/expression", "a ", id="one character more"),
        pytest.param(POLICY, "matchConditions", [NEVER], id="its condition is never so"),
        pytest.param(POLICY, "variables/0/expression", "true", id="everybody administrates"),
        pytest.param(POLICY, "matchConstraints", GONE, id="it matches nothing"),
        pytest.param(POLICY, f"{RULE}/operations", ["CREATE"], id="it looks away from deletions"),
        pytest.param(POLICY, f"{RULE}/scope", "Namespaced", id="its scope is another"),
        pytest.param(POLICY, "matchConstraints/objectSelector", SOME, id="only some objects"),
        pytest.param(POLICY, "matchConstraints/matchPolicy", "Exact", id="only this version"),
        pytest.param(
            POLICY, "matchConstraints/excludeResourceRules", [{}], id="it excludes what it matches"
        ),
        pytest.param(POLICY, "paramKind", GONE, id="it looks at no team any more"),
        pytest.param(POLICY, "onlyOnSundays", True, id="a field that nobody knows yet"),
        pytest.param(BINDING, "validationActions", ["Audit"], id="it only writes to the audit log"),
        pytest.param(BINDING, "validationActions", ["Warn", "Audit"], id="it only warns"),
        pytest.param(
            BINDING, "matchResources", {"namespaceSelector": SOME}, id="it holds in some places"
        ),
        pytest.param(BINDING, "paramRef/selector", SOME, id="it looks at some teams only"),
        pytest.param(BINDING, "policyName", "x.rise.dev", id="it binds another policy"),
    ],
)
def test_an_edited_one_is_named_with_the_field(kind: str, path: str, value: object) -> None:
    (said,) = _compared(kind, path, value)
    assert said == (
        f"edited: {Key(kind, NAME)}, in spec.{path.partition('/')[0]} "
        "(an administrator deletes it and installs the chart)"
    )


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_each_policy_and_each_binding_is_missed(key: Key) -> None:
    found = {each: installed(each, RENDERED[each.kind]) for each in KEYS if each != key}
    assert differences(read_copy(OWN), found) == [
        f"missing: {key} (an administrator installs the chart)"
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("", "it lacks policy first-apply.rise.dev, ", id="an empty file"),
        pytest.param("a: [", "no YAML of policies", id="no YAML"),
        pytest.param("- 1", "no YAML of policies", id="YAML of something else"),
        pytest.param("kind: X", "no YAML of policies", id="an object without a name"),
        pytest.param(
            OWN.replace(f"name: {NAME}", "name: theirs"),
            f"it lacks policy {NAME}, policy binding {NAME}",
            id="a policy less",
        ),
    ],
)
def test_a_copy_that_is_none_is_refused(text: str, says: str) -> None:
    with pytest.raises(UnusableCopyError, match=says):
        read_copy(text)


def test_whom_a_policy_exempts_by_name() -> None:
    assert exempt(RENDERED[POLICY]) == {
        Exempt("user", "op", "operator"),
        Exempt("user", "kcm", "control-plane"),
        Exempt("user", "gc", "control-plane"),
        Exempt("group", "ops", "administrator"),
        Exempt("group", "sre", "administrator"),
        Exempt("user", "root", "administrator"),
    }


@pytest.mark.parametrize("name", REQUIRED)
def test_only_the_rules_of_ownership_say_whom_they_exempt(name: str) -> None:
    found = installed(Key(POLICY, name), RENDERED[POLICY]).exempt
    assert bool(found) == name.endswith("s.ownership.rise.dev")
