"""kind itself reads the committed configuration; its engine is a stand-in that starts no node.

kind parses a configuration before it looks for an engine, and judges it before it asks for a node.
"""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from rise_local.build import binaries
from rise_local.build.servers import KUBERNETES_VERSION
from rise_local.cluster import NEEDED_VERSION
from rise_local.kind import CONFIGURATION, cluster_of
from rise_local.platform import Platform
from rise_local.steps import Silent

pytestmark = pytest.mark.timeout(900)  # the first run builds kind
PINNED = re.compile(r"kindest/node:v(\d+)\.(\d+)\.\d+@sha256:[0-9a-f]{64}")
ENGINE = """#!/bin/sh
here=$(dirname "$0")
echo "$*" >> "$here/calls"
case "$1" in
-v) echo "Docker version 28.0.0, build 0";;
info) echo '{"CgroupVersion":"2","MemoryLimit":true,"PidsLimit":true,"CPUShares":true}';;
run) echo "this engine starts nothing" >&2; exit 125;;
esac
"""


@dataclass(frozen=True)
class Engine:
    directory: Path

    @property
    def env(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("KIND_")}
        return {**kept, "PATH": f"{self.directory}:{os.environ['PATH']}"}

    @property
    def node(self) -> list[str]:
        """How the engine was asked for a node; nothing when it was not."""
        calls = self.directory / "calls"
        said = calls.read_text().splitlines() if calls.is_file() else []
        return next((line.split() for line in said if line.startswith("run ")), [])


@pytest.fixture(scope="module")
def kind() -> Path:
    return binaries(("kind",))["kind"]


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    directory = tmp_path / "engine"
    directory.mkdir()
    program = directory / "docker"
    program.write_text(ENGINE)
    program.chmod(0o755)
    return Engine(directory)


def create(kind: Path, configuration: Path, engine: Engine) -> str:
    """Return what kind says while it makes a cluster, which fails at the node at the latest."""
    command = [kind, "create", "cluster", "--name", "rise-1", "--config", configuration]
    command += ["--kubeconfig", engine.directory / "kubeconfig"]
    done = subprocess.run(command, env=engine.env, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    return done.stderr


def test_kind_reads_the_committed_configuration_and_asks_for_its_node(
    kind: Path, engine: Engine
) -> None:
    assert "this engine starts nothing" in create(kind, CONFIGURATION, engine)
    image = yaml.safe_load(CONFIGURATION.read_text())["nodes"][0]["image"]
    assert engine.node[-1] == image
    assert any(re.fullmatch(r"--publish=127\.0\.0\.1:\d+:6443/TCP", word) for word in engine.node)


@pytest.mark.parametrize(
    ("right", "wrong", "refusal"),
    [
        pytest.param(
            "apiServerAddress",
            "apiServerAdress",
            "field apiServerAdress not found",
            id="a field that kind does not know",
        ),
        pytest.param("v1alpha4", "v1alpha9", "unknown apiVersion", id="another version of the API"),
        pytest.param(
            "control-plane", "boss", '"boss" is not a valid node role', id="a role there is not"
        ),
    ],
)
def test_kind_refuses_a_mistake_in_it(
    kind: Path, engine: Engine, right: str, wrong: str, refusal: str
) -> None:
    text = CONFIGURATION.read_text()
    assert right in text
    mistaken = engine.directory / "cluster.yaml"
    mistaken.write_text(text.replace(right, wrong))
    assert refusal in create(kind, mistaken, engine)
    assert engine.node == []


def test_the_node_is_pinned_and_new_enough() -> None:
    (node,) = yaml.safe_load(CONFIGURATION.read_text())["nodes"]
    pinned = PINNED.fullmatch(node["image"])
    assert pinned, node["image"]
    version = (int(pinned[1]), int(pinned[2]))
    assert version >= NEEDED_VERSION
    assert KUBERNETES_VERSION.startswith(f"v{pinned[1]}.{pinned[2]}.")


def test_up_asks_for_this_directorys_cluster_and_says_what_the_engine_answers(
    engine: Engine, tmp_path: Path
) -> None:
    platform = Platform(tmp_path / "rise", steps=Silent())
    done = subprocess.run(
        [sys.executable, "-m", "rise_local", "up"],
        env={**engine.env, "RISE_HOME": str(platform.home.root), "RISE_CLUSTER": "kind"},
        capture_output=True,
        text=True,
        check=False,
    )
    name = cluster_of(platform.home)
    last = done.stderr.splitlines()[-1]
    assert done.returncode == 1
    assert last.startswith(f"Error: kind cannot make the cluster {name} (this engine starts noth")
    assert engine.node[engine.node.index("--name") + 1] == f"{name}-control-plane"
    assert platform.states() == []
    platform.reset()
    assert not platform.home.root.exists()
