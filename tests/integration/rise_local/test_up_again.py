"""`make up` where it has been up before: quick, without a change, and with alice signed in."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from fixtures.people import Shell

from rise_local.platform import Platform

# Written by the servers themselves, or by every command: who holds the lock.
ALIVE = frozenset({"logs", "postgres", "etcd", "registry", "run", "lock"})
UP = (sys.executable, "-m", "rise_local", "up")


@pytest.fixture
def demo(env: Mapping[str, str]) -> Shell:
    """A shell after `. .rise/env`: alice's, with the session that `make up` made."""
    return Shell("the demo's alice", env)


def files(platform: Platform) -> dict[str, int]:
    """Return when each file of the state directory was changed last, but for the servers' own."""
    root = platform.home.root
    found = {path: path.relative_to(root) for path in root.rglob("*") if path.is_file()}
    return {
        str(name): path.lstat().st_mtime_ns
        for path, name in found.items()
        if name.parts[0] not in ALIVE
    }


def versions(administrator: Shell) -> set[tuple[str, str]]:
    kinds = "crds,validatingadmissionpolicies,clusterroles,clusterrolebindings,projects,teams"
    listed = administrator.json("kubectl", "get", kinds, "-o", "json")["items"]
    return {(each["metadata"]["uid"], each["metadata"]["resourceVersion"]) for each in listed}


def test_a_second_up_changes_nothing(platform: Platform, demo: Shell, administrator: Shell) -> None:
    demo.run(*UP)  # whatever other tests have stopped or ended
    processes = {state.name: (state.pid, state.restarts) for state in platform.states()}
    before = (files(platform), versions(administrator))
    done = demo.run(*UP)
    assert {state.name: (state.pid, state.restarts) for state in platform.states()} == processes
    assert (files(platform), versions(administrator)) == before
    assert "kubectl apply" not in done.stderr
    assert "rise project list" in done.stderr
    assert "pulled 127.0.0.1:" in done.stderr


def test_what_changed_is_started_again_and_nothing_else(platform: Platform, demo: Shell) -> None:
    demo.run(*UP)
    before = {state.name: state.pid for state in platform.states()}
    platform.home.code.write_text("another version")  # of operator and backend
    secrets = json.loads(platform.home.secrets.read_text())
    platform.home.secrets.write_text(json.dumps(secrets | {"registry": "another one"}))
    said = demo.run(*UP)
    after = {state.name: state.pid for state in platform.states()}
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"operator", "backend", "registry"}
    assert "the configuration of registry changed: starting it again" in said.stderr
    assert "another one" in (platform.home.etc / "registry.yaml").read_text()


def test_it_says_what_to_type_next(platform: Platform, demo: Shell) -> None:
    said = demo.run(*UP).stdout
    assert f". {platform.home.env}" in said
    script = said.partition("Try:\n")[2].partition("\n\n`make status`")[0]
    assert script.count("\n  ") >= 5
    asked = f"{script}\nrise project delete hello --yes"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", asked],
        env=dict(demo.env),
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "rise-hello" in done.stdout


@pytest.mark.parametrize("how", ["forgotten", "ended"])
def test_a_session_that_is_over_is_renewed(platform: Platform, demo: Shell, how: str) -> None:
    session = platform.home.sessions / "session.json"
    if how == "forgotten":
        session.unlink()
    else:
        over(session)
    assert "sign in" in demo.rise("project", "list", exit_code=4)
    assert "$ rise login" in demo.run(*UP).stderr
    assert "alice@example.com" in demo.rise("whoami")
    assert json.loads(session.read_text())["refreshToken"], "it would last for an hour only"


def over(session: Path) -> None:
    """Let the token have ended and the refresh token be one that Dex does not know."""
    kept = json.loads(session.read_text())
    session.write_text(json.dumps({**kept, "expiresAt": 0, "refreshToken": "Chlvbmx5LWEtdGVzdA"}))
    for cached in session.parent.glob("*cache*"):
        cached.unlink()


def test_a_sample_that_was_deleted_comes_back(demo: Shell) -> None:
    demo.kubectl("delete", "project", "shop", "--timeout=60s")
    assert "docs/samples/project.yaml" in demo.run(*UP).stderr
    found = demo.json("kubectl", "get", "project", "shop", "-o", "json")["status"]["conditions"]
    assert {each["type"]: each["status"] for each in found}["Ready"] == "True"
