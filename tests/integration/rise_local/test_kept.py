"""What `down` keeps and `reset` does not; and two platforms beside each other."""

import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest
from fixtures.people import Shell, project

from rise_local import ports
from rise_local.platform import Platform
from rise_local.steps import Silent

ALICE = "alice@example.com"


@pytest.fixture(scope="module")
def own() -> Generator[Platform]:
    directory = Path(tempfile.mkdtemp(prefix="rise-kept-"))
    platform = Platform(directory / ".rise", steps=Silent())
    try:
        platform.up()
        yield platform
    finally:
        platform.reset()
        shutil.rmtree(directory)


def shell(platform: Platform) -> Shell:
    return Shell("alice", platform.env)


def rows(alice: Shell) -> list[str]:
    query = "select name, uid from projects order by name"
    return alice.run("psql", alice.env["RISE_DATABASE_URL"], "-tAc", query).stdout.split()


def test_two_platforms_do_not_disturb_each_other(own: Platform, control_plane: Platform) -> None:
    mine, theirs = (set(ports.remembered(each.home).values()) for each in (own, control_plane))
    assert mine.isdisjoint(theirs)
    before = {state.name: state.pid for state in control_plane.states()}
    own.stop("registry")
    own.start("registry")
    assert {state.name: state.pid for state in control_plane.states()} == before
    assert own.home.run != control_plane.home.run


def test_down_and_up_keep_everything(own: Platform) -> None:
    alice = shell(own)
    alice.apply(project("kept", owner={"user": ALICE}))
    alice.kubectl("wait", "--for=condition=Ready", "project/kept", "--timeout=60s")
    uid = alice.kubectl("get", "project", "kept", "-o", "jsonpath={.metadata.uid}")
    before = (own.home.env.read_text(), rows(alice))
    assert f"kept|{uid}" in before[1]

    own.down()
    assert own.states() == []
    own.up(demo=False)

    assert alice.kubectl("get", "project", "kept", "-o", "jsonpath={.metadata.uid}") == uid
    assert (own.home.env.read_text(), rows(alice)) == before
    assert ALICE in alice.rise("whoami")
    assert "kept" in alice.rise("project", "list")


def test_reset_and_up_start_afresh(own: Platform) -> None:
    own.reset()
    assert not own.home.root.exists()
    own.serve()
    administrator = {**own.env, "KUBECONFIG": own.env["RISE_ADMIN_KUBECONFIG"]}
    listed = Shell("administrator", administrator).kubectl("get", "projects,teams")
    assert listed.strip() == "No resources found"
    assert rows(shell(own)) == []
    assert list(own.home.sessions.iterdir()) == []
