"""Without its policies Rise grants nothing new, says so, and goes on once they are back."""

import json
from collections.abc import Callable, Generator, Mapping
from typing import Any

import operators
import pytest
from family import Family, condition
from fixtures.people import Shell, project
from operators import Endpoint

from rise_local import chart
from rise_local.platform import CHART_VALUES, Platform

POLICY, BINDING = "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"
NAME = "projects.ownership.rise.dev"
RIGHTS = ("--server-side", "--force-conflicts", f"--field-manager={chart.FIELD_MANAGER}")

Restore = Callable[[], None]


@pytest.fixture
def restore(platform: Platform, administrator: Shell, operator: Endpoint) -> Generator[Restore]:
    """Return a function that applies the chart's policies again, as an administrator would."""
    rendered = chart.render(platform.programs["helm"], CHART_VALUES)
    policies = [each for each in rendered if each["kind"] in {POLICY, BINDING}]
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": policies})

    def again() -> None:
        administrator.kubectl("apply", *RIGHTS, "-f", "-", stdin=text)
        operators.until(operator.is_ready, "the operator is ready again")

    yield again
    administrator.kubectl("delete", "--ignore-not-found", POLICY, NAME)
    administrator.kubectl("delete", "--ignore-not-found", BINDING, NAME)
    again()
    platform.wait_ready()


def _patch(kind: str, **spec: Any) -> list[str]:
    return ["patch", kind, NAME, "--type=merge", "-p", json.dumps({"spec": spec})]


@pytest.mark.parametrize(
    ("deed", "said"),
    [
        pytest.param(["delete", POLICY, NAME], f"missing: policy {NAME}", id="a policy is deleted"),
        pytest.param(
            ["delete", BINDING, NAME], f"missing: policy binding {NAME}", id="a binding is deleted"
        ),
        pytest.param(
            _patch(POLICY, failurePolicy="Ignore"),
            f"without effect: policy {NAME}",
            id="its failures are ignored",
        ),
        pytest.param(
            _patch(BINDING, validationActions=["Audit"]),
            f"without effect: policy binding {NAME}",
            id="it only writes to the audit log",
        ),
        pytest.param(
            _patch(BINDING, matchResources={"objectSelector": {"matchLabels": {"a": "b"}}}),
            f"without effect: policy binding {NAME}",
            id="it holds for some objects only",
        ),
    ],
)
def test_the_operator_is_not_ready_and_names_what_is_wrong(
    operator: Endpoint, administrator: Shell, restore: Restore, deed: list[str], said: str
) -> None:
    assert operator.ask("/readyz") == (200, "ok\n")
    administrator.kubectl(*deed)
    operators.until(lambda: operator.ask("/readyz")[0] == 503, "it is not ready any more")
    text = operator.ask("/readyz")[1]
    assert text.startswith(f"not ready: {said} (an administrator ")
    assert len(text.splitlines()) == 1
    assert operator.ask("/livez")[0] == 200, "a restart would not help"
    if "deletes it" in text:  # what somebody added outlives an installation
        administrator.kubectl("delete", *deed[1:3])
    restore()
    assert operator.ask("/readyz") == (200, "ok\n")


def test_a_new_project_waits_and_heals(
    operator: Endpoint, administrator: Shell, family: Family, restore: Restore, prefix: str
) -> None:
    administrator.kubectl("delete", POLICY, NAME)
    operators.until(lambda: not operator.is_ready(), "the operator has seen it")
    administrator.apply(project(prefix, owner={"user": "alice@example.com"}))

    def reason() -> str:
        return str(condition(administrator, "project", prefix).get("reason"))

    operators.until(lambda: reason() == "PolicyMissing", "the project says why it waits")
    ready = condition(administrator, "project", prefix)
    assert ready["status"] == "False"
    assert NAME in ready["message"]
    assert "an administrator installs the chart" in ready["message"]
    assert _made_for(administrator, prefix) == []
    before = family.children()
    family.touch(operator)
    assert family.children() == before, "what was granted before stays"
    assert condition(administrator, "project", family.name)["status"] == "True"

    restore()
    administrator.kubectl("wait", "--for=condition=Ready", f"project/{prefix}", "--timeout=30s")
    assert _made_for(administrator, prefix)


def _made_for(administrator: Shell, name: str) -> list[str]:
    kinds = "namespaces,clusterroles,clusterrolebindings"
    found: list[Mapping[str, Any]] = administrator.json("kubectl", "get", kinds, "-o", "json")[
        "items"
    ]
    names = [str(each["metadata"]["name"]) for each in found]
    return [each for each in names if each == f"rise-{name}" or f":{name}:" in each]
