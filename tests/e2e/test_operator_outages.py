"""The API server and its store go away in the middle of things: everything heals by itself."""

import json
from collections.abc import Sequence

import direct
import pytest
from fixtures.people import Shell, project

from rise_local.platform import Platform

pytestmark = pytest.mark.e2e
ALICE = {"user": "alice@example.com"}
KINDS = ("projects", "namespaces", "clusterroles", "clusterrolebindings")


def _insist(shell: Shell, *command: str, stdin: str = "") -> None:
    """Repeat a command until the API server takes it."""
    impatient = (*command, "--request-timeout=5s")
    shell.until(
        lambda: shell.run(*impatient, stdin=stdin, exit_code=None).returncode == 0,
        " ".join(command),
        within_s=180,
    )


def _make(shell: Shell, *names: str) -> None:
    wanted = "\n---\n".join(json.dumps(project(name, owner=ALICE)) for name in names)
    _insist(shell, "kubectl", "apply", "-f", "-", stdin=wanted)


def _ready(shell: Shell, names: Sequence[str]) -> None:
    projects = [f"project/{name}" for name in names]
    _insist(shell, "kubectl", "wait", "--for=condition=Ready", *projects, "--timeout=60s")


def _delete(shell: Shell, *names: str) -> None:
    _insist(shell, *("kubectl", "delete", "project", *names, "--ignore-not-found", "--wait=false"))


def _gone(shell: Shell, prefix: str) -> None:
    shell.until(lambda: _nothing_left(shell, prefix), f"nothing is left of {prefix}", within_s=180)


def _nothing_left(shell: Shell, prefix: str) -> bool:
    found = [each["metadata"]["name"] for kind in KINDS for each in direct.listed(shell, kind)]
    return not any(prefix in name for name in found)


def _operator(platform: Platform) -> tuple[int, int]:
    state = platform.supervisor.states()["operator"]
    return state.pid, state.restarts


@pytest.mark.parametrize("name", ["kube-apiserver", "etcd"])
def test_it_is_killed_while_projects_come_and_go(
    platform: Platform, administrator: Shell, prefix: str, name: str
) -> None:
    """One kill for both: policies refuse projects for half a minute after it has started."""
    going, coming = ([f"{prefix}-{way}{number}" for number in range(8)] for way in "gc")
    operator = _operator(platform)
    _make(administrator, *going)
    _ready(administrator, going)

    for number, (old, new) in enumerate(zip(going, coming, strict=True)):
        _delete(administrator, old)
        _make(administrator, new)
        if number == 3:
            platform.kill(name)
    _ready(administrator, coming)
    _gone(administrator, f"{prefix}-g")

    _delete(administrator, *coming)
    _gone(administrator, prefix)
    assert _operator(platform) == operator, "the operator ended"
    platform.wait_ready()


@pytest.mark.parametrize("name", ["etcd", "kube-apiserver"])
def test_it_is_stopped_for_a_while(
    platform: Platform, administrator: Shell, prefix: str, name: str
) -> None:
    _make(administrator, prefix)
    _ready(administrator, [prefix])
    operator = _operator(platform)
    platform.stop(name)
    try:
        said = administrator.run(
            *("kubectl", "delete", "clusterrole", f"rise:project:{prefix}:owner"),
            "--request-timeout=3s",
            exit_code=None,
        )
        assert said.returncode != 0
    finally:
        platform.start(name)
        platform.wait_ready()
    role = f"rise:project:{prefix}:owner"
    _insist(administrator, "kubectl", "delete", "clusterrole", role)
    administrator.until(
        lambda: role in administrator.kubectl("get", "clusterroles", "-o", "name"),
        "drift is repaired again",
    )
    _make(administrator, f"{prefix}-b")
    _ready(administrator, [f"{prefix}-b", prefix])
    assert _operator(platform) == operator, "the operator ended"
