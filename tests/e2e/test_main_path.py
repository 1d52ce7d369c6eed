"""The main job: a person applies a Team and a Project, and sees them everywhere."""

import pytest
from fixtures.people import Shell, names, project, team

pytestmark = pytest.mark.e2e


def test_a_project_is_the_same_everywhere(alice: Shell, administrator: Shell, prefix: str) -> None:
    alice.apply(project(prefix, owner={"user": "alice@example.com"}, description="bread"))
    alice.kubectl("wait", "--for=condition=Ready", f"project/{prefix}", "--timeout=60s")

    assert prefix in names(alice.json("rise", "project", "list", "-o", "json"))
    assert f"project.rise.dev/{prefix}" in alice.kubectl("get", "projects", "-o", "name")
    assert prefix in alice.kubectl("get", "projects")
    administrator.kubectl("get", "namespace", f"rise-{prefix}")
    rows = administrator.run(
        "psql",
        administrator.env["RISE_DATABASE_URL"],
        "-tAc",
        f"select name, ready from projects where name = '{prefix}' and deleted_at is null",  # noqa: S608 - our own name
    ).stdout
    assert rows.split() == [f"{prefix}|t"]


def test_deleting_a_project_leaves_nothing(alice: Shell, administrator: Shell, prefix: str) -> None:
    alice.apply(project(prefix, owner={"user": "alice@example.com"}))
    alice.kubectl("wait", "--for=condition=Ready", f"project/{prefix}", "--timeout=60s")

    alice.kubectl("delete", "project", prefix, "--timeout=60s")

    kinds = "namespaces,clusterroles,clusterrolebindings"
    administrator.until(  # the owner's right to look goes with the object itself
        lambda: prefix not in administrator.kubectl("get", kinds, "-o", "name"),
        "nothing of the project is left",
    )
    deleted = administrator.run(
        "psql",
        administrator.env["RISE_DATABASE_URL"],
        "-tAc",
        f"select deleted_at is not null from projects where name = '{prefix}'",  # noqa: S608 - our own name
    ).stdout
    assert deleted.split() == ["t"]
    assert prefix not in names(alice.json("rise", "project", "list", "-o", "json"))


def test_a_team_and_its_project(alice: Shell, carol: Shell, mallory: Shell, prefix: str) -> None:
    alice.apply(team(prefix, owners=["alice@example.com"], members=["carol@example.com"]))
    alice.kubectl("wait", "--for=condition=Ready", f"team/{prefix}", "--timeout=60s")
    carol.rise("project", "create", f"{prefix}-p", "--owner", f"team:{prefix}")

    assert f"{prefix}-p" in names(alice.json("rise", "project", "list", "-o", "json"))
    assert f"{prefix}-p" in names(carol.json("rise", "project", "list", "-o", "json"))
    assert f"{prefix}-p" not in names(mallory.json("rise", "project", "list", "-o", "json"))
    assert f"{prefix}-p" not in mallory.kubectl("get", "projects")
    assert "NotFound" in mallory.kubectl("get", "project", f"{prefix}-p", exit_code=1)


def test_a_team_with_projects_waits_for_them(alice: Shell, prefix: str) -> None:
    alice.apply(team(prefix, owners=["alice@example.com"]))
    alice.kubectl("wait", "--for=condition=Ready", f"team/{prefix}", "--timeout=60s")
    alice.rise("project", "create", f"{prefix}-p", "--owner", f"team:{prefix}")

    alice.kubectl("delete", "team", prefix, "--wait=false")
    alice.until(
        lambda: f"{prefix}-p" in alice.kubectl("get", "team", prefix, "-o", "yaml"),
        "the team's condition names the project that blocks it",
    )
    alice.rise("project", "delete", f"{prefix}-p", "--yes")
    alice.kubectl("wait", "--for=delete", f"team/{prefix}", "--timeout=60s")


def test_mixed_case_addresses_are_one_person(bob: Shell, prefix: str) -> None:
    bob.rise("project", "create", prefix)
    shown = bob.json("rise", "project", "show", prefix, "-o", "json")
    assert shown["owner"] == {"user": "bob@example.com"}


def test_a_group_called_system_masters_is_nobody_special(mallory: Shell) -> None:
    assert "rise:idp:system:masters" in mallory.kubectl("auth", "whoami")
    assert "Forbidden" in mallory.kubectl("get", "nodes", exit_code=1)
