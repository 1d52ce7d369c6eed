"""Up, down and what can happen in between, on real servers under a path that is long and odd.

Each start of the servers takes long: the tests go on where the one before has ended.
"""

import shutil
import socket
import ssl
import stat
import tempfile
import urllib.request
from collections.abc import Generator
from pathlib import Path

import psutil
import pytest
from fixtures.people import Shell, project

from rise_local import ports
from rise_local.errors import LocalError
from rise_local.kubectl import Kubectl
from rise_local.platform import Platform
from rise_local.steps import Steps
from rise_local.supervisor import State, processes_of, until

ALICE = "alice@example.com"
ODD = 'it\'s a $HOME "place" {{x}} ünd ' + "long " * 12


class Heard(Steps):
    """Remembers what was said."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def say(self, text: str) -> None:
        self.lines.append(text)


@pytest.fixture(scope="module")
def heard() -> Heard:
    return Heard()


@pytest.fixture(scope="module")
def own(heard: Heard) -> Generator[Platform]:
    directory = Path(tempfile.mkdtemp(prefix="rise-lifecycle-"))
    platform = Platform(directory / ODD / ".rise", steps=heard)
    try:
        yield platform
    finally:
        platform.reset()
        shutil.rmtree(directory)


@pytest.fixture(scope="module")
def serving(own: Platform) -> Platform:
    own.serve()
    return own


def kubectl(own: Platform) -> Kubectl:
    return Kubectl(own.programs["kubectl"], own.home.kubeconfig_of("admin"))


def shell(own: Platform) -> Shell:
    return Shell("alice", own.env)


def rows(alice: Shell) -> list[str]:
    query = "select name, uid from projects order by name"
    return alice.run("psql", alice.env["RISE_DATABASE_URL"], "-tAc", query).stdout.split()


def test_everything_runs_and_answers(serving: Platform) -> None:
    servers = {state.name for state in serving.states() if state.is_up}
    assert servers == {
        *("postgres", "etcd", "dex", "kube-apiserver", "kube-controller-manager", "registry"),
    }


def test_state_is_closed_to_other_people(serving: Platform) -> None:
    def others(path: Path) -> int:
        return stat.S_IMODE(path.lstat().st_mode) & (stat.S_IRWXG | stat.S_IRWXO)

    assert others(serving.home.root) in {0, stat.S_IXOTH}  # passing through: PostgreSQL as root
    for directory in (serving.home.pki, serving.home.etc, serving.home.logs):
        assert others(directory) == 0, directory
    assert others(serving.home.postgres_socket) == 0
    secrets = [*serving.home.pki.glob("*.key"), serving.home.secrets]
    secrets += list(serving.home.kubeconfig_of("admin").parent.iterdir())
    assert [path for path in secrets if others(path)] == []


@pytest.mark.parametrize("server", ["kube-apiserver", "etcd"])
def test_nobody_enters_without_credentials(serving: Platform, server: str) -> None:
    path = "/api" if server == "kube-apiserver" else "/version"
    ca = serving.home.pki / "ca.crt"
    url = f"https://{serving.address(server)}{path}"
    context = ssl.create_default_context(cafile=str(ca))
    with pytest.raises(OSError, match=r"401|certificate required"):
        urllib.request.urlopen(url, context=context)


def test_a_second_run_changes_nothing(serving: Platform, heard: Heard) -> None:
    before = {state.name: (state.pid, state.restarts) for state in serving.states()}
    heard.lines.clear()
    serving.serve()
    assert {state.name: (state.pid, state.restarts) for state in serving.states()} == before
    assert [line for line in heard.lines if "again" in line] == []


def test_a_stopped_server_stays_away_until_it_is_started(serving: Platform) -> None:
    serving.stop("registry")
    with socket.socket() as probe:
        address = ("127.0.0.1", ports.remembered(serving.home)["registry"])
        assert probe.connect_ex(address) != 0
    serving.start("registry")
    assert {state.name: state.is_up for state in serving.states()}["registry"]


def test_a_killed_server_comes_back(serving: Platform) -> None:
    def state() -> State:
        return next(state for state in serving.states() if state.name == "dex")

    before = state()
    serving.kill("dex")
    assert until(lambda: state().restarts > before.restarts), "the supervisor has noticed"
    assert not psutil.pid_exists(before.pid)
    serving.wait_ready()
    assert state().is_up
    assert state().restarts == before.restarts + 1


def test_an_unknown_name_is_answered_with_the_known_ones(serving: Platform) -> None:
    with pytest.raises(LocalError, match="there are: backend, dex, etcd"):
        serving.start("nginx")


def test_a_port_that_was_taken_before_it_was_used_is_chosen_again(
    serving: Platform, heard: Heard
) -> None:
    before = ports.remembered(serving.home)["backend"]
    with socket.create_server(("127.0.0.1", before)):
        serving.up(demo=False)
    after = ports.remembered(serving.home)["backend"]
    assert f"port {before} of backend is taken by somebody else: {after} from now on" in heard.lines
    assert {state.name: state.is_up for state in serving.states()}["backend"]


def test_two_platforms_do_not_disturb_each_other(
    serving: Platform, control_plane: Platform
) -> None:
    mine, theirs = (set(ports.remembered(each.home).values()) for each in (serving, control_plane))
    assert mine.isdisjoint(theirs)
    before = {state.name: state.pid for state in control_plane.states()}
    serving.stop("registry")
    serving.start("registry")
    assert {state.name: state.pid for state in control_plane.states()} == before
    assert serving.home.run != control_plane.home.run


def test_down_and_up_keep_everything(serving: Platform) -> None:
    serving.up()
    alice = shell(serving)
    alice.apply(project("kept", owner={"user": ALICE}))
    alice.kubectl("wait", "--for=condition=Ready", "project/kept", "--timeout=60s")
    uid = alice.kubectl("get", "project", "kept", "-o", "jsonpath={.metadata.uid}")
    before = (serving.home.env.read_text(), rows(alice))
    assert f"kept|{uid}" in before[1]

    serving.down()
    assert serving.states() == []
    serving.up(demo=False)

    assert alice.kubectl("get", "project", "kept", "-o", "jsonpath={.metadata.uid}") == uid
    assert (serving.home.env.read_text(), rows(alice)) == before
    assert ALICE in alice.rise("whoami")
    assert "kept" in alice.rise("project", "list")


def test_after_a_killed_supervisor_everything_is_kept_and_nothing_is_left(
    serving: Platform,
) -> None:
    kubectl(serving).run("create", "namespace", "kept")
    supervisor = next(p for p in processes_of(serving.home) if "process-compose" in p.name())
    supervisor.kill()
    assert until(lambda: not psutil.pid_exists(supervisor.pid))
    orphans = processes_of(serving.home)
    assert orphans

    serving.serve()
    assert [process for process in orphans if process.is_running()] == []
    assert "kept" in kubectl(serving).run("get", "namespace", "kept", "-o", "name")

    serving.down()
    assert processes_of(serving.home) == []


def test_reset_and_up_start_afresh(own: Platform) -> None:
    own.reset()
    assert not own.home.root.exists()
    own.serve()
    administrator = {**own.env, "KUBECONFIG": own.env["RISE_ADMIN_KUBECONFIG"]}
    listed = Shell("administrator", administrator).kubectl("get", "projects,teams")
    assert listed.strip() == "No resources found"
    assert rows(shell(own)) == []
    assert list(own.home.sessions.iterdir()) == []


def test_a_taken_port_is_chosen_again(own: Platform, heard: Heard) -> None:
    own.down()
    before = ports.remembered(own.home)
    with socket.create_server(("127.0.0.1", before["registry"])):
        after = ports.choose(own.home, list(before), heard.say)
    changed = {name for name, port in after.items() if before[name] != port}
    assert changed == {"registry"}
    assert f"port {before['registry']} of registry is taken" in heard.lines[-1]


def test_a_server_that_dies_is_named_with_its_log_and_nothing_is_left(own: Platform) -> None:
    own.down()
    data = own.home.data_of("etcd")
    aside = data.rename(data.with_name("aside"))
    data.write_text("no directory")
    try:
        with pytest.raises(LocalError, match=r"etcd ends again and again .*etcd\.log"):
            own.serve()
    finally:
        data.unlink()
        aside.rename(data)
    assert processes_of(own.home) == []
