"""The API server and its store go away in the middle of things: everything heals by itself."""

import json
from collections.abc import Callable, Sequence

import pytest
from fixtures.people import Shell, project

from rise_local.platform import Platform

pytestmark = pytest.mark.e2e
ALICE = {"user": "alice@example.com"}
KINDS = "projects,namespaces,clusterroles,clusterrolebindings"


def _insist(shell: Shell, *command: str, stdin: str = "") -> None:
    """Repeat a command until the API server takes it."""
    impatient = (*command, "--request-timeout=5s")
    shell.until(
        lambda: shell.run(*impatient, stdin=stdin, exit_code=None).returncode == 0,
        " ".join(command),
        within_s=90,
    )


def _make(shell: Shell, name: str) -> None:
    _insist(shell, "kubectl", "apply", "-f", "-", stdin=json.dumps(project(name, owner=ALICE)))


def _ready(shell: Shell, names: Sequence[str]) -> None:
    for name in names:
        _insist(
            shell,
            *("kubectl", "wait", "--for=condition=Ready", f"project/{name}", "--timeout=60s"),
        )


def _nothing_left(shell: Shell, prefix: str) -> bool:
    found = shell.run("kubectl", "get", KINDS, "-o", "name", exit_code=None)
    return found.returncode == 0 and prefix not in found.stdout


def _operator(platform: Platform) -> tuple[int, int]:
    state = platform.supervisor.states()["operator"]
    return state.pid, state.restarts


def _kill(platform: Platform, name: str) -> Callable[[int], None]:
    """Return what kills `name` in the middle of many things."""

    def at(number: int) -> None:
        if number == 5:
            platform.kill(name)

    return at


@pytest.mark.parametrize("name", ["kube-apiserver", "etcd"])
def test_it_is_killed_while_projects_come_and_go(
    platform: Platform, administrator: Shell, prefix: str, name: str
) -> None:
    names = [f"{prefix}-{number}" for number in range(12)]
    operator, kill = _operator(platform), _kill(platform, name)
    for number, each in enumerate(names):
        _make(administrator, each)
        kill(number)
    _ready(administrator, names)

    for number, each in enumerate(names):
        _insist(
            administrator,
            *("kubectl", "delete", "project", each, "--ignore-not-found", "--wait=false"),
        )
        kill(number)
    administrator.until(
        lambda: _nothing_left(administrator, prefix), "nothing is left", within_s=90
    )
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
