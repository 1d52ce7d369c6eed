"""What an owner asks for besides a namespace: suspension, protection, and the ways to an end."""

import json
from typing import Any

import direct
import operators
import pytest
from family import Family, condition
from fixtures.people import Shell, project, team
from operators import Endpoint

ALICE = {"user": "alice@example.com"}


def _patch(shell: Shell, name: str, **spec: Any) -> None:
    shell.kubectl("patch", "project", name, "--type=merge", "-p", json.dumps({"spec": spec}))


def _reasons(shell: Shell, name: str) -> list[str]:
    """Return the reasons of the events about a Project, oldest first."""
    found = [
        each
        for each in direct.listed(shell, "events", "default")
        if (each["involvedObject"]["kind"], each["involvedObject"]["name"]) == ("Project", name)
    ]
    return [each["reason"] for each in sorted(found, key=lambda each: each["eventTime"])]


def _is(shell: Shell, name: str, status: str, reason: str) -> bool:
    ready = condition(shell, "project", name)
    return (ready.get("status"), ready.get("reason")) == (status, reason)


def _exists(shell: Shell, kind: str, name: str) -> bool:
    return direct.found(shell, f"{kind}s", name) != {}


def test_a_suspended_project_keeps_everything_and_is_not_ready(
    family: Family, operator: Endpoint, administrator: Shell
) -> None:
    name = family.name
    family.touch(operator)
    before = family.children()
    _patch(administrator, name, suspend=True)
    operators.until(lambda: _is(administrator, name, "False", "Suspended"), "it says Suspended")
    operator.settle()
    assert family.children() == before
    assert "set it to false" in condition(administrator, "project", name)["message"]
    _patch(administrator, name, suspend=False)
    operators.until(lambda: _is(administrator, name, "True", "Reconciled"), "it is Ready again")


def test_an_event_tells_of_each_transition_and_of_nothing_else(
    operator: Endpoint, administrator: Shell, alice: Shell, prefix: str
) -> None:
    alice.apply(project(prefix, owner=ALICE))
    alice.kubectl("wait", "--for=condition=Ready", f"project/{prefix}", "--timeout=60s")

    def look() -> list[str]:
        Family(administrator, prefix).touch(operator, "project")
        return _reasons(administrator, prefix)

    assert look() == ["Reconciled"]
    _patch(alice, prefix, description="another one")
    assert look() == ["Reconciled"]
    administrator.kubectl("delete", "clusterrole", f"rise:project:{prefix}:owner")
    assert look() == ["Reconciled"]
    _patch(alice, prefix, suspend=True)
    operators.until(lambda: _is(alice, prefix, "False", "Suspended"), "it says Suspended")
    assert look() == ["Reconciled", "Suspended"]
    _patch(alice, prefix, suspend=False)
    operators.until(lambda: _is(alice, prefix, "True", "Reconciled"), "it is Ready again")
    assert look() == ["Reconciled", "Suspended", "Reconciled"]


def test_an_orphaned_namespace_stays_and_is_not_the_next_projects(
    administrator: Shell, alice: Shell, prefix: str
) -> None:
    alice.apply(project(prefix, owner=ALICE, deletionPolicy="Orphan"))
    alice.kubectl("wait", "--for=condition=Ready", f"project/{prefix}", "--timeout=60s")
    namespace = f"rise-{prefix}"
    administrator.kubectl("-n", namespace, "create", "configmap", "precious")
    alice.kubectl("delete", "project", prefix, "--timeout=60s")
    assert _exists(administrator, "namespace", namespace)
    assert "precious" in administrator.kubectl("-n", namespace, "get", "configmaps", "-o", "name")
    assert administrator.kubectl("-n", namespace, "get", "rolebindings", "-o", "name") == ""

    alice.apply(project(prefix, owner=ALICE))
    operators.until(
        lambda: _is(alice, prefix, "False", "NamespaceConflict"), "the next one does not take it"
    )
    assert administrator.kubectl("-n", namespace, "get", "rolebindings", "-o", "name") == ""
    administrator.kubectl("delete", "namespace", namespace, "--timeout=60s")
    alice.kubectl("wait", "--for=condition=Ready", f"project/{prefix}", "--timeout=60s")
    operators.until(lambda: _exists(administrator, "namespace", namespace), "it has its own")


@pytest.mark.row(76)
def test_a_namespace_that_was_there_before_is_reported_and_left_alone(
    administrator: Shell, alice: Shell, prefix: str
) -> None:
    namespace, kinds = f"rise-{prefix}", "rolebindings,roles,secrets,serviceaccounts"

    def inside() -> list[str]:
        return administrator.kubectl("-n", namespace, "get", kinds, "-o", "name").split()

    administrator.kubectl("create", "namespace", namespace)
    operators.until(lambda: inside() == ["serviceaccount/default"], "it is as any namespace")
    before = administrator.json("kubectl", "get", "namespace", namespace, "-o", "json")
    alice.apply(project(prefix, owner=ALICE))
    operators.until(lambda: _is(alice, prefix, "False", "NamespaceConflict"), "it is reported")
    alice.kubectl("delete", "project", prefix, "--timeout=60s")
    assert administrator.json("kubectl", "get", "namespace", namespace, "-o", "json") == before
    assert inside() == ["serviceaccount/default"]
    administrator.kubectl("delete", "namespace", namespace, "--wait=false")


def test_a_protected_project_is_deleted_only_without_its_protection(
    alice: Shell, administrator: Shell, prefix: str
) -> None:
    alice.apply(project(prefix, owner=ALICE, deletionProtection=True))
    alice.kubectl("wait", "--for=condition=Ready", f"project/{prefix}", "--timeout=60s")
    for shell in (alice, administrator):
        said = shell.kubectl("delete", "project", prefix, "--wait=false", exit_code=1)
        assert "deletionProtection" in said
    assert _is(alice, prefix, "True", "Reconciled")
    _patch(alice, prefix, deletionProtection=False)
    alice.kubectl("delete", "project", prefix, "--timeout=60s")


@pytest.mark.row(60)
def test_a_team_that_owns_projects_lists_them_and_goes_after_the_last_one(
    administrator: Shell, alice: Shell, prefix: str
) -> None:
    alice.apply(team(prefix, owners=["alice@example.com"]))
    alice.kubectl("wait", "--for=condition=Ready", f"team/{prefix}", "--timeout=60s")
    owned = [f"{prefix}-a", f"{prefix}-b"]
    for name in owned:
        alice.apply(project(name, owner={"team": prefix}))
    alice.kubectl(
        "wait", "--for=condition=Ready", *(f"project/{n}" for n in owned), "--timeout=60s"
    )
    alice.kubectl("delete", "team", prefix, "--wait=false")

    def blocked() -> str:
        found = condition(alice, "team", prefix, "DeletionBlocked")
        return str(found.get("message", "")) if found.get("status") == "True" else ""

    operators.until(lambda: f"{owned[0]}, {owned[1]}" in blocked(), "the team lists both")
    assert condition(alice, "team", prefix)["reason"] == "ProjectsRemain"
    alice.kubectl("wait", "--for=condition=Ready", f"project/{owned[0]}", "--timeout=60s")

    alice.kubectl("delete", "project", owned[0], "--timeout=60s")
    operators.until(
        lambda: owned[1] in blocked() and owned[0] not in blocked(), "the team lists the other one"
    )
    _patch(administrator, owned[1], owner={"team": None, "user": "alice@example.com"})
    alice.kubectl("wait", "--for=delete", f"team/{prefix}", "--timeout=60s")
    operators.until(
        lambda: (
            f":{prefix}:"
            not in administrator.kubectl("get", "clusterroles,clusterrolebindings", "-o", "name")
        ),
        "nothing is left of the team",
    )
    alice.kubectl("wait", "--for=condition=Ready", f"project/{owned[1]}", "--timeout=60s")


@pytest.mark.parametrize("kind", ["project", "team"])
def test_who_deletes_sees_the_end(
    alice: Shell, administrator: Shell, prefix: str, kind: str
) -> None:
    for number in range(3):
        name = f"{prefix}-{number}"
        team_spec = {"owners": ["alice@example.com"]}
        alice.apply(team(name, **team_spec) if kind == "team" else project(name, owner=ALICE))
        alice.kubectl("wait", "--for=condition=Ready", f"{kind}/{name}", "--timeout=60s")
        said = alice.kubectl("delete", kind, name, "--timeout=60s")
        assert f'"{name}" deleted' in said
        assert "rror" not in said
        assert not _exists(administrator, kind, name)


def test_a_name_is_free_again_at_once(alice: Shell, administrator: Shell, prefix: str) -> None:
    alice.apply(project(prefix, owner=ALICE))
    for _ in range(3):
        alice.kubectl("wait", "--for=condition=Ready", f"project/{prefix}", "--timeout=60s")
        before = administrator.kubectl("get", "project", prefix, "-o", "jsonpath={.metadata.uid}")
        alice.kubectl("delete", "project", prefix, "--timeout=60s")
        alice.apply(project(prefix, owner=ALICE))
        alice.kubectl("wait", "--for=condition=Ready", f"project/{prefix}", "--timeout=60s")
        after = administrator.kubectl("get", "project", prefix, "-o", "jsonpath={.metadata.uid}")
        assert before != after
    assert set(_reasons(administrator, prefix)) <= {"Reconciled", "Terminating"}
