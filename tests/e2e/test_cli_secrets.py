"""No token and no password where others look: arguments, environments, logs, output."""

import base64
import json
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from fixtures.people import Shell
from fixtures.sign_in import Newcomer, read_session, sign_in

from rise_local.platform import Platform

pytestmark = pytest.mark.e2e


def _shown(process: psutil.Process) -> set[str]:
    return {*process.cmdline(), *process.environ().values()}


def watched(shell: Shell, command: Sequence[str], stdin: str = "") -> str:
    """Run `command`; return what it printed, and what anybody could see of it meanwhile."""
    seen: set[str] = set()
    with subprocess.Popen(
        command,
        env=dict(shell.env),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdin
        process.stdin.write(stdin)
        process.stdin.close()
        own = psutil.Process(process.pid)
        while process.poll() is None:
            with suppress(psutil.NoSuchProcess):
                seen |= _shown(own)  # before its children: to look for them takes a while
                for one in own.children(recursive=True):
                    seen |= _shown(one)
        assert process.stdout
        said = process.stdout.read()
    assert process.returncode == 0, said
    assert command[-1] in seen
    return "\n".join([said, *seen])


@pytest.mark.row(90)
def test_nobody_sees_a_token_or_a_password(newcomer: Newcomer, prefix: str) -> None:
    shell = newcomer("carol")
    login = ["rise", "login", "--email", "carol@example.com", "--password-stdin"]
    shown = watched(shell, login, stdin="password\n")
    assert "password" not in shown.replace("--password-stdin", "")
    shown += watched(shell, ["rise", "kubeconfig", "--use"])
    shown += watched(shell, ["rise", "project", "create", prefix])
    shown += watched(shell, ["rise", "project", "list", "--owner", "user:carol@example.com"])
    shown += watched(shell, ["kubectl", "get", "projects"])
    shown += watched(shell, ["rise", "registry", "login", prefix])
    token = read_session(shell)["token"]
    assert token.split(".")[2] not in shown
    assert _password_of_registry(shell) not in shown


def _password_of_registry(shell: Shell) -> str:
    """Return the signature of the login in the auth file."""
    written = json.loads((Path(shell.env["HOME"]) / ".docker" / "config.json").read_text())
    (entry,) = written["auths"].values()
    return base64.b64decode(entry["auth"]).decode().rpartition(".")[2]


def test_no_log_of_the_platform_holds_a_token(newcomer: Newcomer, platform: Platform) -> None:
    shell = newcomer("carol")
    sign_in(shell, confirms="carol@example.com")
    shell.rise("project", "list")
    shell.rise("kubeconfig", "--use")
    shell.kubectl("get", "projects")
    asked = shell.json("docker-credential-rise", "list")
    login = shell.run("docker-credential-rise", "get", stdin=next(iter(asked))).stdout
    session = read_session(shell)
    secrets = (
        session["token"].split(".")[2],
        session["refreshToken"],
        json.loads(login)["Secret"].rpartition(".")[2],
    )
    logs = [path for path in platform.home.logs.rglob("*") if path.is_file()]
    assert logs
    for path in logs:
        text = path.read_text(errors="replace")
        assert not [secret for secret in secrets if secret in text], path
