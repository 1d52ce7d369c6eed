"""The command `rise-operator` where something outside Kubernetes is wrong."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import operators
import pytest
import yaml
from operators import Endpoint

PROGRAM = Path(sys.prefix) / "bin" / "rise-operator"
PASSWORD = "hunter2"
DATABASE = f"postgresql://rise_operator:{PASSWORD}@127.0.0.1:1/rise"


def _env(tmp_path: Path, **settings: str) -> dict[str, str]:
    kubeconfig = tmp_path / "kubeconfig"
    named = {"contexts": "context", "clusters": "cluster", "users": "user"}
    bodies = {
        "contexts": {"cluster": "none", "user": "none"},
        "clusters": {"server": "http://127.0.0.1:1"},
        "users": {"token": "abc"},
    }
    lists = {key: [{"name": "none", named[key]: bodies[key]}] for key in named}
    kubeconfig.write_text(yaml.safe_dump({"current-context": "none", **lists}))
    given = {"RISE_OPERATOR_DATABASE_URL": DATABASE, "KUBECONFIG": str(kubeconfig)}
    return {"PATH": os.environ["PATH"], "HOME": str(tmp_path), **given, **settings}


def _run(env: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(PROGRAM), *arguments]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=60)


def test_help_needs_nothing(tmp_path: Path) -> None:
    done = _run({"PATH": os.environ["PATH"], "HOME": str(tmp_path)}, "--help")
    assert done.returncode == 0
    assert "RISE_OPERATOR_DATABASE_URL" in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("settings", "code", "said"),
    [
        pytest.param(
            {"RISE_OPERATOR_DATABASE_URL": f"password={PASSWORD} nonsense"},
            2,
            "error: RISE_OPERATOR_DATABASE_URL: Value error, must be like postgresql://",
            id="no address of a database",
        ),
        pytest.param({"RISE_OPERATOR_WORKERS": "0"}, 2, "WORKERS: ", id="a bad value"),
        pytest.param(
            {"KUBECONFIG": "/nonexistent"},
            1,
            "set KUBECONFIG to a kubeconfig file",
            id="no cluster",
        ),
    ],
)
def test_it_ends_with_what_to_do(
    tmp_path: Path, settings: dict[str, str], code: int, said: str
) -> None:
    done = _run(_env(tmp_path, **settings))
    assert done.returncode == code
    assert said in done.stderr
    assert len(done.stderr.splitlines()) <= 2
    assert "Traceback" not in done.stderr
    assert PASSWORD not in done.stdout + done.stderr


def test_a_taken_port_ends_it_with_what_to_do(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = _run(_env(tmp_path, RISE_OPERATOR_LISTEN=address))
    assert done.returncode == 1
    said = [line for line in done.stderr.splitlines() if "CRITICAL" in line]
    assert len(said) == 1
    assert f"cannot listen at {address}" in said[0]
    assert "set RISE_OPERATOR_LISTEN" in said[0]
    for unwanted in ("Traceback", "Unclosed", PASSWORD):
        assert unwanted not in done.stderr


def test_without_cluster_and_database_it_lives_waits_and_goes_when_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    env = _env(tmp_path, RISE_OPERATOR_LISTEN=address)
    with subprocess.Popen([str(PROGRAM)], env=env, stderr=subprocess.PIPE, text=True) as running:
        try:
            said = (503, "not ready: the API server does not answer\n")
            operators.until(lambda: Endpoint(address).ask("/readyz") == said, "it says why")
            assert Endpoint(address).ask("/livez") == (200, "ok\n")
        finally:
            running.send_signal(signal.SIGTERM)
            _, log = running.communicate(timeout=60)
    assert running.returncode == 0
    assert log.count("the API server is away") == 1
    for unwanted in ("Traceback", "ERROR", "Unclosed", PASSWORD):
        assert unwanted not in log
