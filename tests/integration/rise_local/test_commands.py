"""What the commands say when they cannot do it: one sentence, never a traceback."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from fixtures.people import inherited
from fixtures.small_disk import small_disk

from rise_local.home import prepared


def run(
    root: Path, *arguments: str, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "rise_local", *arguments],
        env={**inherited(), "RISE_HOME": str(root), **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def refusal(root: Path, *arguments: str, env: Mapping[str, str] | None = None) -> str:
    """Return the one sentence with which the command fails."""
    done = run(root, *arguments, env=env)
    assert done.returncode == 1, done.stderr
    assert done.stdout == ""
    *steps, said = done.stderr.splitlines()
    assert [line for line in steps if not line.startswith(("  ✗ ", "  ✓ ", "fetching Go"))] == []
    assert said.startswith("Error: ")
    return said.removeprefix("Error: ")


def test_status_of_nothing_ends_with_3(tmp_path: Path) -> None:
    done = run(tmp_path / "rise", "status")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == "the platform is not running: `make up` starts it\n"


@pytest.mark.parametrize("command", ["start", "stop"])
def test_a_process_of_nothing_cannot_be_told_anything(tmp_path: Path, command: str) -> None:
    said = refusal(tmp_path / "rise", command, "operator")
    assert said == "the platform is not running: `make up` starts it"


@pytest.mark.parametrize("command", ["down", "reset"])
def test_nothing_is_stopped_in_silence(tmp_path: Path, command: str) -> None:
    done = run(tmp_path / "rise", command)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not (tmp_path / "rise").exists()


def test_a_log_that_is_not_there_is_answered_with_those_that_are(tmp_path: Path) -> None:
    home = prepared(tmp_path / "rise")
    assert refusal(home.root, "logs", "nginx") == "no log is called 'nginx'; `make up` writes some"
    for name in ("etcd", "dex"):
        home.log_of(name).write_text("a\nb\nc\n")
    assert refusal(home.root, "logs", "nginx") == "no log is called 'nginx'; there are: dex, etcd"
    assert refusal(home.root, "logs") == "no log is called ''; there are: dex, etcd"
    assert run(home.root, "logs", "dex", "-n", "2").stdout == "b\nc\n"


@pytest.mark.parametrize("command", ["up", "down"])
def test_the_state_of_another_version_is_left_alone(tmp_path: Path, command: str) -> None:
    home = prepared(tmp_path / "rise")
    home.version.write_text("0\n")
    said = refusal(home.root, command)
    assert said.startswith(f"{home.root} was made by another version of Rise (layout 0, not 1)")
    assert "run `make reset`" in said
    assert home.version.read_text() == "0\n"


def test_reset_deletes_the_state_of_another_version(tmp_path: Path) -> None:
    home = prepared(tmp_path / "rise")
    home.version.write_text("0\n")
    assert run(home.root, "reset").returncode == 0
    assert not home.root.exists()


def test_a_directory_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    said = refusal(tmp_path / "file" / "rise", "up")
    assert "cannot write to" in said
    assert "name another directory in RISE_HOME" in said


def test_without_a_compiler_and_without_network_it_says_what_to_install(tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "uname").symlink_to(shutil.which("uname") or "uname")
    empty = {"XDG_CACHE_HOME": str(tmp_path / "cache"), "UV_CACHE_DIR": str(tmp_path / "uv")}
    said = refusal(tmp_path / "rise", "up", env={**empty, "UV_OFFLINE": "1", "PATH": str(tools)})
    assert said.startswith("this machine has no Go 1.")
    assert "install Go, or mend the network and run this again" in said


def test_a_full_disk_is_said_before_anything_starts(tmp_path: Path) -> None:
    with small_disk(tmp_path, "8m", None) as disk:
        root = disk.path / "rise"
        said = refusal(root, "up")
        assert f"MiB are free under {root}, the servers need 1024: make room" in said


def test_an_engine_that_does_not_run_is_said(tmp_path: Path) -> None:
    docker = tmp_path / "docker"
    docker.write_text("#!/bin/sh\necho 'Cannot connect to the Docker daemon' >&2\nexit 1\n")
    docker.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    said = refusal(tmp_path / "rise", "up", env={"RISE_CLUSTER": "kind", "PATH": path})
    assert "docker does not run (Cannot connect to the Docker daemon): start it" in said
