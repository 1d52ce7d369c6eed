"""`rise login` in a browser on this machine, at the real identity provider."""

import json
import re
import shlex
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fixtures.people import Shell
from fixtures.sign_in import Newcomer, change_session, read_session, session_of, sign_in

pytestmark = pytest.mark.e2e
CAROL = "carol@example.com"
# A browser: follows the pages, fills in the forms, and keeps what it was shown at the end.
BROWSER = """
import sys
from pathlib import Path
from rise_local.browser import submit_forms
url, ca, kept = sys.argv[1:]
answers = {"login": "carol@example.com", "password": "password"}
Path(kept).write_text(url)
submit_forms(url, Path(ca), answers)
"""


def test_signed_in_on_a_port_of_the_moment(newcomer: Newcomer) -> None:
    shell = newcomer("carol")
    said = sign_in(shell, "--no-browser", confirms=CAROL)
    assert said.splitlines()[0] == "Open on this machine"
    assert said.splitlines()[-1] == f"signed in to {shell.env['RISE_URL']} as {CAROL}"
    assert stat.S_IMODE(session_of(shell).stat().st_mode) == 0o600
    assert CAROL in shell.rise("whoami")
    change_session(shell, expiresAt=time.time() - 1)
    before = read_session(shell)
    assert CAROL in shell.rise("whoami")  # renewed by the refresh token
    assert read_session(shell)["token"] != before["token"]


def test_the_browser_is_opened(newcomer: Newcomer, tmp_path: Path) -> None:
    shell = newcomer("carol")
    script, kept = tmp_path / "browser.py", tmp_path / "opened"
    script.write_text(BROWSER)
    words = [sys.executable, str(script), "%s", shell.env["RISE_CA_FILE"], str(kept)]
    opening = Shell("carol", {**shell.env, "BROWSER": shlex.join(words)})
    said = opening.rise("login", "--browser")
    assert kept.read_text() in said
    assert f"signed in to {shell.env['RISE_URL']} as {CAROL}\n" in said


@pytest.mark.parametrize(
    ("who", "options", "says"),
    [
        pytest.param(
            CAROL, ["--email", "alice@example.com"], "carol@example.com confirmed", id="other"
        ),
        pytest.param("eve@example.com", [], "error: ", id="an unverified address"),
    ],
)
def test_who_is_not_let_in(who: str, options: list[str], says: str, newcomer: Newcomer) -> None:
    shell = newcomer("somebody")
    said = sign_in(shell, "--no-browser", *options, confirms=who, exit_code=4)
    assert says in said
    assert not session_of(shell).exists()


@pytest.mark.row(86)
def test_two_kubectl_at_once_renew_it_once(newcomer: Newcomer) -> None:
    shell = newcomer("carol")
    sign_in(shell, "--no-browser", confirms=CAROL)
    shell.rise("kubeconfig", "--use")
    change_session(shell, expiresAt=time.time() - 1)
    before = read_session(shell)
    started = [
        subprocess.Popen(
            ["kubectl", "auth", "whoami", "-v", "8"],
            env=dict(shell.env),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    ended = [process.communicate(timeout=60) for process in started]
    assert [process.returncode for process in started] == [0, 0], ended
    assert all(f"rise:{CAROL}" in out for out, _ in ended)
    after = read_session(shell)
    assert after["token"] != before["token"]
    secrets = {after["token"].split(".")[2], after["refreshToken"]}
    assert not [secret for secret in secrets if secret in str(ended)]  # row 90, kubectl's -v


@pytest.mark.row(89)
def test_a_program_in_a_kubeconfig_is_never_run(newcomer: Newcomer, tmp_path: Path) -> None:
    """Neither one that stands in the file already, nor one that a server could have put there."""
    shell, trap = newcomer("carol"), tmp_path / "sprung"
    sign_in(shell, "--no-browser", confirms=CAROL)
    foreign = {
        "apiVersion": "v1",
        "kind": "Config",
        "users": [{"name": "rise", "user": {"exec": {"command": "touch", "args": [str(trap)]}}}],
        "current-context": "rise",
    }
    path = Path(shell.env["KUBECONFIG"])
    path.write_text(json.dumps(foreign))
    for command in (
        ["whoami"],
        ["project", "list"],
        ["kubeconfig", "--use"],
        ["can", "get", "rp/x"],
    ):
        shell.rise(*command, exit_code=None)
    assert not trap.exists()
    assert re.findall(r'command: "?(\S+?)"?$', path.read_text(), re.MULTILINE) != ["touch"]
    assert str(trap) not in path.read_text()
