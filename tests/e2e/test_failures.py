"""A dependency fails: nothing is lost, people are told, and everything heals by itself."""

import json
from collections.abc import Sequence

import pytest
from away import away
from fixtures.people import Shell, project

from rise_local.platform import Platform

pytestmark = pytest.mark.e2e
ALICE = {"user": "alice@example.com"}
MIRRORED = "--for=jsonpath={.status.conditions[?(@.type=='Mirrored')].status}="


def test_without_the_database_projects_become_ready_and_are_mirrored_later(
    platform: Platform, alice: Shell, administrator: Shell, prefix: str
) -> None:
    with away(platform, "postgres"):
        alice.apply(project(prefix, owner=ALICE))
        alice.kubectl("wait", "--for=condition=Ready", f"project/{prefix}", "--timeout=60s")
        alice.kubectl("wait", f"{MIRRORED}False", f"project/{prefix}", "--timeout=60s")
    administrator.kubectl("wait", f"{MIRRORED}True", f"project/{prefix}", "--timeout=120s")
    rows = administrator.run(
        "psql",
        administrator.env["RISE_DATABASE_URL"],
        "-tAc",
        f"select ready from projects where name = '{prefix}'",  # noqa: S608 - our own name
    ).stdout
    assert rows.split() == ["t"]


def test_a_project_deleted_without_the_database_is_marked_deleted_later(
    platform: Platform, alice: Shell, administrator: Shell, prefix: str
) -> None:
    alice.rise("project", "create", prefix)
    with away(platform, "postgres"):
        alice.kubectl("delete", "project", prefix, "--timeout=60s")
    administrator.until(
        lambda: (
            administrator.run(
                "psql",
                administrator.env["RISE_DATABASE_URL"],
                "-tAc",
                f"select deleted_at is not null from projects where name = '{prefix}'",  # noqa: S608 - our own name
                exit_code=None,
            ).stdout.split()
            == ["t"]
        ),
        "the row is marked deleted",
        within_s=120,
    )


def test_without_dex_sessions_in_hand_go_on(platform: Platform, alice: Shell, prefix: str) -> None:
    alice.rise("whoami")
    with away(platform, "dex"):
        alice.rise("project", "create", prefix)
        assert prefix in alice.kubectl("get", "projects")
        said = alice.rise(
            "login",
            "--email",
            "carol@example.com",
            "--password-stdin",
            stdin="password\n",
            exit_code=1,
        )
        assert len(said.strip().splitlines()) == 1
        assert "alice@example.com" in alice.rise("whoami")


def test_the_api_server_may_be_restarted(platform: Platform, alice: Shell, prefix: str) -> None:
    alice.rise("project", "create", prefix)
    platform.stop("kube-apiserver")
    platform.start("kube-apiserver")
    platform.wait_ready()
    alice.rise("project", "create", f"{prefix}-b", "--timeout", "60s")
    assert f"{prefix}-b" in alice.kubectl("get", "projects")


def _apply(shell: Shell, names: Sequence[str]) -> None:
    wanted = [json.dumps(project(name, owner=ALICE)) for name in names]
    shell.kubectl("apply", "-f", "-", stdin="\n---\n".join(wanted))


def test_the_operator_may_be_killed_in_the_middle(
    platform: Platform, alice: Shell, administrator: Shell, prefix: str
) -> None:
    made = [f"{prefix}-{number}" for number in range(12)]
    projects = [f"project/{name}" for name in made]
    first, last = made[:6], made[6:]
    _apply(alice, first)
    platform.kill("operator")
    _apply(alice, last)
    administrator.kubectl("wait", "--for=condition=Ready", *projects, "--timeout=90s")

    alice.kubectl("delete", "project", *first, "--wait=false")
    platform.kill("operator")
    alice.kubectl("delete", "project", *last, "--wait=false")
    administrator.kubectl("wait", "--for=delete", *projects, "--timeout=90s")
    kinds = "namespaces,clusterroles,clusterrolebindings"
    administrator.until(  # the owner's right to look goes with the object itself
        lambda: prefix not in administrator.kubectl("get", kinds, "-o", "name"),
        "nothing is left of them",
    )
