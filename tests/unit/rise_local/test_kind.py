"""A cluster of kind's is made once, started again and deleted; engine and kind are stand-ins."""

import os
import signal
import threading
from pathlib import Path

import pytest

from rise_local import cluster, kind
from rise_local.certificates import Authority
from rise_local.errors import LocalError
from rise_local.home import Home, prepared
from rise_local.kind import Kind
from rise_local.site import Site
from rise_local.supervisor import until

# Remembers what it was asked, and keeps the names of its nodes in a file.
ENGINE = """#!/bin/sh
here=$(dirname "$0")
test -e "$here/refusal" && { cat "$here/refusal" >&2; exit 1; }
test "$1" = ps || echo "$(basename "$0") $*" >> "$here/calls"
case "$1" in
ps) test "$2" = --all && test -e "$here/nodes" && cat "$here/nodes";;
rm) rm "$here/nodes";;
esac
exit 0
"""
KIND = """#!/bin/sh
here=$(dirname "$0")
echo "kind $* by $KIND_EXPERIMENTAL_PROVIDER" >> "$here/calls"
echo "$4-control-plane" > "$here/nodes"
test -e "$here/gate" && read -r _ < "$here/gate"
test -e "$here/kind-refusal" && { cat "$here/kind-refusal" >&2; exit 1; }
echo '{"clusters": [{"cluster": {"server": "https://127.0.0.1:1"}}]}' > "$8"
"""
KUBECTL = "#!/bin/sh\necho ok\n"


class Machine:
    """A machine whose PATH has stand-ins alone."""

    def __init__(self, directory: Path) -> None:
        self.bin = directory / "bin"
        self.bin.mkdir()
        home = prepared(directory / "rise")
        programs = {"kind": self.install("kind", KIND), "kubectl": self.install("kubectl", KUBECTL)}
        self.site = Site(home, {}, programs, Authority(home.pki))

    def install(self, name: str, script: str) -> Path:
        program = self.bin / name
        program.write_text(script)
        program.chmod(0o755)
        return program

    def refuse(self, who: str, why: str) -> None:
        (self.bin / who).write_text(why)

    @property
    def calls(self) -> list[str]:
        asked = self.bin / "calls"
        said = asked.read_text().splitlines() if asked.is_file() else []
        return [" ".join(line.split()[:2]) for line in said]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine(tmp_path)
    monkeypatch.setenv("PATH", f"{made.bin}:/usr/bin:/bin")
    monkeypatch.delenv("KIND_EXPERIMENTAL_PROVIDER", raising=False)
    return made


@pytest.fixture
def docker(machine: Machine) -> Machine:
    machine.install("docker", ENGINE)
    return machine


def test_without_an_engine_it_says_what_to_install(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(machine.bin))
    with pytest.raises(LocalError) as refused:
        cluster.needed("kind")
    assert refused.value.message == (
        "RISE_CLUSTER=kind needs a container engine, and there is no docker and no podman here: "
        "install one, or unset RISE_CLUSTER for a cluster of the platform's own"
    )


def test_an_engine_that_does_not_run_is_said_with_its_own_words(docker: Machine) -> None:
    docker.refuse("refusal", "WARNING: old\nCannot connect to the daemon\n")
    with pytest.raises(LocalError, match=r"docker does not run \(Cannot connect to the daemon\)"):
        cluster.needed("kind")


def test_podman_does_where_docker_does_not_run(machine: Machine) -> None:
    machine.install("docker", "#!/bin/sh\nexit 1\n")
    machine.install("podman", ENGINE)
    Kind(machine.site).start()
    assert "by podman" in (machine.bin / "calls").read_text()


def test_a_cluster_is_made_once_and_started_again(docker: Machine) -> None:
    made = Kind(docker.site)
    made.start()
    assert docker.calls == ["kind create"]
    made.start()
    assert docker.calls == ["kind create", "docker start"]
    assert made.endpoint().url == "https://127.0.0.1:1"


def test_the_committed_configuration_is_what_kind_reads(docker: Machine) -> None:
    Kind(docker.site).start()
    asked = (docker.bin / "calls").read_text()
    assert f"--config {kind.CONFIGURATION}" in asked
    assert kind.CONFIGURATION.is_file()


def test_half_a_cluster_is_made_anew(docker: Machine) -> None:
    (docker.bin / "nodes").write_text("left\n")
    Kind(docker.site).start()
    assert docker.calls == ["docker rm", "kind create"]


def test_a_cluster_that_cannot_be_made_is_one_sentence_and_a_log(docker: Machine) -> None:
    docker.refuse(
        "kind-refusal", "Creating cluster ...\nERROR: pull failed\n\nCommand Output: no image\n"
    )
    with pytest.raises(LocalError) as refused:
        Kind(docker.site).start()
    log = docker.site.home.log_of("kind")
    assert refused.value.message == (
        f"kind cannot make the cluster {kind.cluster_of(docker.site.home)} (no image): see {log}"
    )
    assert "pull failed" in log.read_text()


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param("ERROR: run\n\nCommand Output: a\nno memory\n", "no memory", id="engine"),
        pytest.param("ERROR: bad file:\n  line 7: what\n", "bad file: line 7: what", id="kind"),
        pytest.param("", "it gives no reason", id="nobody"),
    ],
)
def test_the_reason_is_whoevers_refused(said: str, expected: str) -> None:
    assert kind.reason(said) == expected


def test_an_interrupted_cluster_leaves_nothing(docker: Machine) -> None:
    os.mkfifo(docker.bin / "gate")

    def interrupt() -> None:
        assert until((docker.bin / "nodes").is_file, timeout_s=60)
        os.kill(os.getpid(), signal.SIGINT)

    person = threading.Thread(target=interrupt)
    person.start()
    with pytest.raises(KeyboardInterrupt):
        Kind(docker.site).start()
    person.join()
    assert docker.calls == ["kind create", "docker rm"]


def test_down_stops_the_node_and_reset_deletes_it(docker: Machine) -> None:
    home = docker.site.home
    Kind(docker.site).start()
    cluster.stop(home)
    cluster.delete(home)
    cluster.delete(home)
    assert docker.calls == ["kind create", "docker stop", "docker rm"]


def test_where_no_engine_runs_nothing_is_left_to_stop(docker: Machine) -> None:
    Kind(docker.site).start()
    docker.refuse("refusal", "gone\n")
    cluster.stop(docker.site.home)
    cluster.delete(docker.site.home)


def test_a_platform_without_kind_asks_no_engine(docker: Machine) -> None:
    (docker.bin / "nodes").write_text("somebody's\n")
    cluster.stop(docker.site.home)
    cluster.delete(docker.site.home)
    assert docker.calls == []


def test_two_state_directories_have_clusters_of_their_own() -> None:
    one, other = (kind.cluster_of(Home(Path(root))) for root in ("/a/.rise", "/b/.rise"))
    assert one != other
    assert len(f"{one}-control-plane") <= 63  # a host name
