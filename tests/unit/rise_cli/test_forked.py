"""A `rise` that tests fork from an imported one says and ends as one that is started."""

import os
import subprocess
import sys
from pathlib import Path

import forked
import pytest


@pytest.mark.parametrize(
    ("command", "code"),
    [
        pytest.param(["--version"], 0, id="it succeeds"),
        pytest.param(["whoami"], 4, id="it fails"),
        pytest.param(["project", "show"], 2, id="it is used wrongly"),
        pytest.param(["kube-credential"], 4, id="it is what kubectl calls"),
        pytest.param(["explain", "Ünd"], 3, id="it is told more than ASCII"),
    ],
)
def test_a_fork_is_like_a_start(command: list[str], code: int, tmp_path: Path) -> None:
    env = {**os.environ, "RISE_CONFIG_DIR": str(tmp_path / "nobody")}
    started = subprocess.run(
        [sys.executable, "-m", "rise_cli", *command],
        env=env,
        input="",
        capture_output=True,
        text=True,
        check=False,
    )
    fork = forked.run(["rise", *command], stdin="", env=env, timeout_s=60)
    assert (fork.returncode, fork.stdout, fork.stderr) == (code, started.stdout, started.stderr)
    assert fork.returncode == started.returncode


def test_each_fork_has_its_own_environment_and_input(tmp_path: Path) -> None:
    command = ["rise", "login", "--email", "a@b.test", "--password-stdin"]
    kept = {"PATH": os.environ["PATH"], "RISE_CONFIG_DIR": str(tmp_path)}
    for server in ("127.0.0.1:1", "127.0.0.1:2"):
        env = {**kept, "RISE_URL": f"https://{server}"}
        assert server in forked.run(command, stdin="password\n", env=env, timeout_s=60).stderr
        assert server not in forked.run(command, stdin="", env=env, timeout_s=60).stderr


def test_what_does_not_end_is_killed(tmp_path: Path) -> None:
    env = {**os.environ, "RISE_CONFIG_DIR": str(tmp_path)}
    with pytest.raises(subprocess.TimeoutExpired):
        forked.run(["rise", "--version"], stdin="", env=env, timeout_s=1e-9)
