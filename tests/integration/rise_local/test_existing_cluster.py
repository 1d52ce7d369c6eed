"""RISE_CLUSTER=CONTEXT: Rise on a cluster that runs already, here the servers of another platform.

Its API server does not trust the second platform's Dex, so whatever alice does through the backend
is done by constrained impersonation: this is its test on a real API server.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any

import audited
import pytest
from fixtures.people import Shell, inherited, project

from rise_local.errors import LocalError
from rise_local.home import CHECKOUT
from rise_local.kubectl import Kubectl
from rise_local.platform import Platform
from rise_local.steps import Silent
from rise_local.supervisor import until

CONTEXT = "rise"  # what a platform calls the only context of its kubeconfigs
ACCOUNT = "system:serviceaccount:rise-system:rise-backend"
ALICE, BOB = "alice@example.com", "Bob@Example.com"
UP_S = 180


def up(root: Path, kubeconfig: Path, context: str = CONTEXT) -> subprocess.CompletedProcess[str]:
    env = {"RISE_HOME": str(root), "RISE_CLUSTER": context, "KUBECONFIG": str(kubeconfig)}
    return subprocess.run(
        [sys.executable, "-m", "rise_local", "up"],
        env={**inherited(), **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=UP_S,
        check=False,
    )


@pytest.fixture(scope="module")
def cluster() -> Generator[Platform]:
    """A cluster with nothing of Rise in it but the chart: no operator, no backend."""
    with tempfile.TemporaryDirectory(prefix="rise-cluster-") as directory:
        own = Platform(Path(directory) / "rise", steps=Silent())
        try:
            own.serve()
            yield own
        finally:
            own.reset()


@pytest.fixture(scope="module")
def guest(cluster: Platform) -> Generator[Platform]:
    """A platform on that cluster, after `make up` with its main job."""
    with tempfile.TemporaryDirectory(prefix="rise-guest-") as directory:
        own = Platform(Path(directory) / "rise", steps=Silent())
        try:
            done = up(own.home.root, cluster.home.kubeconfig_of("admin"))
            assert done.returncode == 0, done.stderr
            yield own
        finally:
            own.reset()


@pytest.fixture(scope="module")
def administrator(cluster: Platform) -> Kubectl:
    return Kubectl(cluster.programs["kubectl"], cluster.home.kubeconfig_of("admin"))


def signed_in(guest: Platform, email: str, home: Path) -> Shell:
    env = {
        **guest.env,
        "HOME": str(home),
        "RISE_CONFIG_DIR": str(home / "rise"),
        "KUBECONFIG": str(home / "kubeconfig"),
    }
    shell = Shell(email, env)
    shell.rise("login", "--email", email, "--password-stdin", stdin="password\n")
    shell.rise("kubeconfig", "--use")
    return shell


@pytest.fixture(scope="module")
def alice(guest: Platform, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    return signed_in(guest, ALICE, tmp_path_factory.mktemp("alice"))


@pytest.fixture(scope="module")
def bob(guest: Platform, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    return signed_in(guest, BOB, tmp_path_factory.mktemp("bob"))


def conditions(found: Mapping[str, Any]) -> dict[str, str]:
    return {each["type"]: each["status"] for each in found["status"]["conditions"]}


def test_only_what_the_cluster_lacks_runs_here(guest: Platform) -> None:
    states = guest.states()
    assert {state.name for state in states} == {
        "postgres",
        "dex",
        "registry",
        "operator",
        "backend",
    }
    assert [state.name for state in states if not state.is_up] == []


def test_the_main_job_has_been_done_there(guest: Platform, administrator: Kubectl) -> None:
    sample = json.loads(
        administrator.run("get", "-f", str(CHECKOUT / "docs/samples"), "-o", "json")
    )
    assert [conditions(each)["Ready"] for each in sample["items"]] == ["True", "True"]
    rows = Shell("inspector", guest.env).run(
        "psql", guest.env["RISE_DATABASE_URL"], "-Atc", "select name from projects"
    )
    names = {each["metadata"]["name"] for each in sample["items"] if each["kind"] == "Project"}
    assert set(rows.stdout.split()) >= names


def test_the_api_server_itself_does_not_know_alice(cluster: Platform, alice: Shell) -> None:
    token = alice.rise("kube-credential")
    bearer = json.loads(token)["status"]["token"]
    direct = alice.run(
        *("kubectl", "--kubeconfig", os.devnull, "--token", bearer, "get", "projects"),
        *("--server", f"https://{cluster.address('kube-apiserver')}"),
        *("--certificate-authority", str(cluster.home.pki / "ca.crt")),
        exit_code=1,
    )
    assert "You must be logged in to the server" in direct.stderr


def test_through_the_backend_she_is_herself(alice: Shell) -> None:
    who = alice.json("kubectl", "auth", "whoami", "-o", "json")["status"]["userInfo"]
    assert who["username"] == "rise:alice@example.com"
    assert set(who["groups"]) >= {"rise:users", "system:authenticated"}
    assert [group for group in who["groups"] if group.startswith("system:masters")] == []


def test_she_applies_a_project_and_it_becomes_ready(alice: Shell) -> None:
    alice.apply(project("applied", owner={"user": ALICE}))
    alice.kubectl("wait", "--for=condition=Ready", "project/applied", "--timeout=60s")
    alice.kubectl("label", "project", "applied", "stage=trial")
    found = alice.json("kubectl", "get", "project", "applied", "-o", "json")
    assert found["metadata"]["labels"] == {"stage": "trial"}


def test_she_applies_on_the_server_side_what_is_new_and_what_is_hers(alice: Shell) -> None:
    alice.apply(project("sent", owner={"user": ALICE}), "--server-side")
    alice.kubectl("wait", "--for=condition=Ready", "project/sent", "--timeout=60s")
    wanted = project("sent", owner={"user": ALICE}, description="sent whole")
    assert "serverside-applied" in alice.apply(wanted, "--server-side", "--force-conflicts")
    found = alice.json("kubectl", "get", "project", "sent", "-o", "json")
    assert found["spec"]["description"] == "sent whole"


def test_a_name_that_does_not_exist_is_not_found(alice: Shell) -> None:
    assert "NotFound" in alice.kubectl("get", "project", "no-such-project", exit_code=1)


def test_each_sees_and_touches_only_their_own(alice: Shell, bob: Shell) -> None:
    alice.apply(project("hers", owner={"user": ALICE}))
    bob.apply(project("his", owner={"user": "bob@example.com"}))
    assert (
        "his" not in alice.kubectl("get", "projects", "-o", "name").replace("project/", "").split()
    )
    listed = alice.json("kubectl", "get", "projects", "-o", "json")["items"]
    names = {each["metadata"]["name"] for each in listed}
    assert "hers" in names
    assert "his" not in names
    assert "NotFound" in alice.kubectl("get", "project", "his", exit_code=1)
    alice.kubectl("delete", "project", "his", exit_code=1)
    assert bob.kubectl("get", "project", "his", "-o", "name") == "project.rise.dev/his\n"


def test_she_cannot_give_a_project_to_herself_for_somebody_else(bob: Shell) -> None:
    refused = bob.apply(project("forged", owner={"user": ALICE}), exit_code=1)
    assert "denied" in refused or "forbidden" in refused


def test_the_cluster_records_who_spoke_for_whom(cluster: Platform, alice: Shell) -> None:
    alice.apply(project("recorded", owner={"user": ALICE}))
    found: list[Any] = []

    def written_down() -> list[Any]:
        """Look for it: the API server writes when it has answered."""
        found[:] = [
            event
            for event in audited.events(cluster.home.logs / "audit.log", '"recorded"')
            if event["verb"] in {"create", "patch"} and "impersonatedUser" in event
        ]
        return found

    assert until(written_down)
    made = found[0]
    assert made["user"]["username"] == ACCOUNT
    assert made["impersonatedUser"]["username"] == "rise:alice@example.com"


def test_deleting_takes_everything_with_it(alice: Shell, administrator: Kubectl) -> None:
    alice.apply(project("gone", owner={"user": ALICE}))
    alice.kubectl("wait", "--for=condition=Ready", "project/gone", "--timeout=60s")
    alice.kubectl("delete", "project", "gone", "--timeout=60s")
    assert administrator.run("get", "namespace", "rise-gone", "--ignore-not-found") == ""


def test_a_second_up_in_alices_shell_finds_the_cluster_again(guest: Platform) -> None:
    admin = guest.home.kubeconfig_of("admin")
    before = ({state.name: state.pid for state in guest.states()}, admin.read_text())
    shell = Shell("alice", {**guest.env, "RISE_HOME": str(guest.home.root)})
    shell.run(sys.executable, "-m", "rise_local", "up", timeout_s=UP_S)
    assert ({state.name: state.pid for state in guest.states()}, admin.read_text()) == before


def test_a_directory_stays_with_its_cluster(guest: Platform, cluster: Platform) -> None:
    admin = cluster.home.kubeconfig_of("admin")
    done = up(guest.home.root, admin, "elsewhere")
    assert done.returncode == 1
    (said,) = [line for line in done.stderr.splitlines() if line.startswith("Error")]
    assert "belongs to a platform with RISE_CLUSTER=rise: name another directory" in said


def test_a_context_that_nobody_has_is_said(cluster: Platform, tmp_path: Path) -> None:
    done = up(tmp_path / "rise", cluster.home.kubeconfig_of("admin"), "elsewhere")
    assert done.returncode == 1
    assert "no kubeconfig has a context called 'elsewhere'" in done.stderr.splitlines()[-1]
    own = Platform(tmp_path / "rise", steps=Silent())
    assert own.states() == []
    own.reset()


def test_reset_leaves_the_cluster_as_it_is(guest: Platform, administrator: Kubectl) -> None:
    guest.reset()
    assert not guest.home.root.exists()
    with pytest.raises(LocalError, match="not running"):
        guest.start("operator")
    assert "project.rise.dev/applied" in administrator.run("get", "projects", "-o", "name")
