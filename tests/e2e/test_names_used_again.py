"""Rights hang on a team, not on its name: a new one under an old name inherits nothing."""

import json
from typing import Any

import pytest
from fixtures.people import Shell, project, team

from rise_crds.api import OPERATOR_USER

pytestmark = pytest.mark.e2e


def _conditions(shell: Shell, name: str) -> dict[str, Any]:
    status = json.loads(shell.kubectl("get", "project", name, "-o", "json")).get("status", {})
    return {each["type"]: each for each in status.get("conditions", [])}


def _may(shell: Shell, verb: str, name: str) -> bool:
    said = shell.run("kubectl", "auth", "can-i", verb, f"projects/{name}", exit_code=None).stdout
    return said.split()[-1:] == ["yes"]


def test_a_member_team_counts_until_another_one_has_its_name(
    alice: Shell, bob: Shell, carol: Shell, prefix: str
) -> None:
    bob.apply(team(prefix, owners=["bob@example.com"]))
    bob.kubectl("wait", "--for=condition=Ready", f"team/{prefix}", "--timeout=60s")
    name = f"{prefix}-p"
    members = [{"team": prefix, "role": "viewer"}]
    alice.apply(project(name, owner={"user": "alice@example.com"}, members=members))
    alice.kubectl("wait", "--for=condition=Ready", f"project/{name}", "--timeout=60s")
    bob.until(lambda: _may(bob, "get", name), "a member of the team reads the project")

    bob.kubectl("delete", "team", prefix, "--timeout=60s")
    carol.apply(team(prefix, owners=["carol@example.com"]))
    carol.kubectl("wait", "--for=condition=Ready", f"team/{prefix}", "--timeout=60s")

    alice.until(
        lambda: "another team" in _conditions(alice, name)["AccessSynced"]["message"],
        "the project says that the entry is without effect",
    )
    assert not _may(carol, "get", name)
    assert not _may(bob, "get", name)
    assert _conditions(alice, name)["Ready"]["status"] == "True"

    alice.apply(project(name, owner={"user": "alice@example.com"}, members=[]))
    alice.until(
        lambda: (
            prefix not in alice.kubectl("get", "project", name, "-o", "jsonpath={.status.members}")
        ),
        "the record of the old team is gone",
    )
    alice.apply(project(name, owner={"user": "alice@example.com"}, members=members))
    carol.until(lambda: _may(carol, "get", name), "put back, the entry counts for the new team")


def test_an_owning_team_that_was_replaced_is_confirmed_by_an_administrator(
    administrator: Shell, alice: Shell, carol: Shell, prefix: str
) -> None:
    alice.apply(team(prefix, owners=["alice@example.com"]))
    alice.kubectl("wait", "--for=condition=Ready", f"team/{prefix}", "--timeout=60s")
    name = f"{prefix}-p"
    alice.apply(project(name, owner={"team": prefix}))
    alice.kubectl("wait", "--for=condition=Ready", f"project/{name}", "--timeout=60s")

    # The operator never lets go of a team that owns projects; a restored or damaged cluster might.
    administrator.kubectl("delete", "team", prefix, "--wait=false")
    without = '{"metadata":{"finalizers":null}}'
    force = ("--type=merge", "-p", without, "--as", OPERATOR_USER)
    administrator.kubectl("patch", "team", prefix, *force)
    carol.apply(team(prefix, owners=["carol@example.com"]))

    administrator.until(
        lambda: _conditions(administrator, name)["Ready"]["reason"] == "OwnerReplaced",
        "the project says that its team was replaced",
    )
    assert not _may(carol, "get", name)
    administrator.until(lambda: not _may(alice, "get", name), "the old team's people are out")

    for owner in ({"user": "alice@example.com", "team": None}, {"user": None, "team": prefix}):
        shown = f"user:{owner['user']}" if owner["user"] else f"team:{owner['team']}"
        patch = json.dumps({"spec": {"owner": owner}})
        administrator.kubectl("patch", "project", name, "--type=merge", "-p", patch)
        administrator.kubectl(
            "wait", f"--for=jsonpath={{.status.owner}}={shown}", f"project/{name}", "--timeout=60s"
        )
    carol.kubectl("wait", "--for=condition=Ready", f"project/{name}", "--timeout=60s")
    carol.until(lambda: _may(carol, "delete", name), "the new team has it")


@pytest.mark.row(63)
def test_a_project_under_an_old_name_has_nothing_of_the_old_one(
    administrator: Shell, alice: Shell, bob: Shell, prefix: str
) -> None:
    plan, inside = f"a plan of {prefix}", ("--namespace", f"rise-{prefix}")
    alice.apply(project(prefix, owner={"user": "alice@example.com"}, description=plan))
    alice.kubectl("wait", "--for=condition=Ready", f"project/{prefix}", "--timeout=60s")
    administrator.kubectl("create", "configmap", "plan", "--from-literal", f"x={plan}", *inside)
    alice.kubectl("delete", "project", prefix, "--timeout=60s")

    bob.apply(project(prefix, owner={"user": "bob@example.com"}))
    bob.kubectl("wait", "--for=condition=Ready", f"project/{prefix}", "--timeout=60s")

    assert "not found" in administrator.kubectl("get", "configmap", "plan", *inside, exit_code=1)
    assert "not found" in alice.kubectl("get", "project", prefix, exit_code=1)
    assert "forbidden" in alice.kubectl("get", "pods", *inside, exit_code=1)
    assert bob.kubectl("get", "pods", *inside).startswith("No resources found")
    assert f"rise-{prefix}" in (shown := bob.kubectl("describe", "project", prefix))
    assert "kubectl" in (written := bob.rise("project", "history", prefix))
    assert not [word for word in (plan, "alice") if word in shown + written]
