"""`make up` where it has been up before: quick, without a change, and with alice signed in."""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from fixtures.people import Shell

from rise_local.platform import Platform

# Written by the servers themselves, or by every command: who holds the lock.
ALIVE = frozenset({"logs", "postgres", "etcd", "registry", "run", "lock"})
UP = (sys.executable, "-m", "rise_local", "up")


@pytest.fixture(scope="module")
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


@pytest.fixture(scope="module")
def first(demo: Shell) -> str:
    """What `make up` said after whatever other tests have stopped or ended."""
    return demo.run(*UP).stdout


def test_a_second_up_changes_nothing(
    platform: Platform, demo: Shell, administrator: Shell, first: str
) -> None:
    assert first
    processes = {state.name: (state.pid, state.restarts) for state in platform.states()}
    before = (files(platform), versions(administrator))
    done = demo.run(*UP)
    assert {state.name: (state.pid, state.restarts) for state in platform.states()} == processes
    assert (files(platform), versions(administrator)) == before
    assert "kubectl apply" not in done.stderr
    assert "rise project list" in done.stderr
    assert "pulled 127.0.0.1:" in done.stderr


def test_it_says_what_to_type_next(platform: Platform, demo: Shell, first: str) -> None:
    assert f". {platform.home.env}" in first
    script = first.partition("Try:\n")[2].partition("\n\n`make status`")[0]
    assert script.count("\n  ") >= 5
    asked = f"{script}\nrise project delete hello --yes"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", asked],
        env=dict(demo.env),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "rise-hello" in done.stdout


@dataclass(frozen=True)
class Mended:
    """Two things were wrong, and `make up` ran once."""

    stderr: str
    restarted: frozenset[str]
    session: Mapping[str, str]  # as it was left


def mended(platform: Platform, demo: Shell) -> Mended:
    assert "sign in" in demo.rise("project", "list", exit_code=4)
    before = {state.name: state.pid for state in platform.states()}
    done = demo.run(*UP)
    after = {state.name: state.pid for state in platform.states()}
    restarted = frozenset(name for name in after if after[name] != before[name])
    return Mended(done.stderr, restarted, json.loads(session(platform).read_text()))


def session(platform: Platform) -> Path:
    return platform.home.sessions / "session.json"


@pytest.fixture(scope="module")
def forgotten(platform: Platform, demo: Shell, first: str) -> Mended:
    """Other code and another configuration were started, and nobody is signed in any more."""
    assert first
    platform.home.code.write_text("another version")  # of operator and backend
    secrets = json.loads(platform.home.secrets.read_text())
    platform.home.secrets.write_text(json.dumps(secrets | {"registry": "another one"}))
    session(platform).unlink()
    return mended(platform, demo)


@pytest.fixture(scope="module")
def ended(platform: Platform, demo: Shell, first: str) -> Mended:
    """A sample was deleted, and the session has ended."""
    assert first
    demo.kubectl("delete", "project", "shop", "--timeout=60s")
    over(session(platform))
    return mended(platform, demo)


def over(path: Path) -> None:
    """Let the token have ended and the refresh token be one that Dex does not know."""
    kept = json.loads(path.read_text())
    path.write_text(json.dumps({**kept, "expiresAt": 0, "refreshToken": "Chlvbmx5LWEtdGVzdA"}))
    for cached in path.parent.glob("*cache*"):
        cached.unlink()


def test_what_changed_is_started_again_and_nothing_else(
    platform: Platform, forgotten: Mended
) -> None:
    assert forgotten.restarted == {"operator", "backend", "registry"}
    assert "the configuration of registry changed: starting it again" in forgotten.stderr
    assert "another one" in (platform.home.etc / "registry.yaml").read_text()


@pytest.mark.parametrize("how", ["forgotten", "ended"])
def test_a_session_that_is_over_is_renewed(
    how: str, demo: Shell, request: pytest.FixtureRequest
) -> None:
    found: Mended = request.getfixturevalue(how)
    assert "$ rise login" in found.stderr
    assert found.session["refreshToken"], "it would last for an hour only"
    assert "alice@example.com" in demo.rise("whoami")


def test_a_sample_that_was_deleted_comes_back(ended: Mended, demo: Shell) -> None:
    assert "docs/samples/project.yaml" in ended.stderr
    assert ended.restarted == set()
    found = demo.json("kubectl", "get", "project", "shop", "-o", "json")["status"]["conditions"]
    assert {each["type"]: each["status"] for each in found}["Ready"] == "True"
