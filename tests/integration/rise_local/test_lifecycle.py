"""Up, down and what can happen in between, on real servers under a path that is long and odd."""

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

from rise_local import ports
from rise_local.errors import LocalError
from rise_local.kubectl import Kubectl
from rise_local.platform import Platform
from rise_local.steps import Steps
from rise_local.supervisor import processes_of, until

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
    pid = next(state.pid for state in serving.states() if state.name == "dex")
    serving.kill("dex")
    assert until(lambda: not psutil.pid_exists(pid))
    serving.wait_ready()
    assert next(state.restarts for state in serving.states() if state.name == "dex") == 1


def test_an_unknown_name_is_answered_with_the_known_ones(serving: Platform) -> None:
    with pytest.raises(LocalError, match="there are: backend, dex, etcd"):
        serving.start("nginx")


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


def test_a_taken_port_is_chosen_again(own: Platform, heard: Heard) -> None:
    own.down()
    before = ports.remembered(own.home)
    with socket.create_server(("127.0.0.1", before["registry"])):
        after = ports.choose(own.home, list(before), heard.say)
    changed = {name for name, port in after.items() if before[name] != port}
    assert changed == {"registry"}
    assert f"port {before['registry']} of registry is taken" in heard.lines[-1]


def test_a_port_that_was_taken_before_it_was_used_is_chosen_again(
    own: Platform, heard: Heard
) -> None:
    own.serve()
    before = ports.remembered(own.home)["backend"]
    with socket.create_server(("127.0.0.1", before)):
        own.up(demo=False)
    after = ports.remembered(own.home)["backend"]
    assert f"port {before} of backend is taken by somebody else: {after} from now on" in heard.lines
    assert {state.name: state.is_up for state in own.states()}["backend"]


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
