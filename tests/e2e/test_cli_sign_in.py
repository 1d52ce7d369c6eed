"""`rise login` at a real identity provider: who is signed in, for how long, and who is not."""

import json
import stat
import subprocess
import time
from pathlib import Path

import pytest
from fixtures.people import Shell
from fixtures.sign_in import Newcomer, change_session, read_session, session_of, sign_in

pytestmark = pytest.mark.e2e
CAROL = "carol@example.com"


@pytest.mark.row(83)
def test_by_the_device_flow_and_out_again(newcomer: Newcomer) -> None:
    shell = newcomer("carol")
    assert "nobody is signed in" in shell.rise("whoami", exit_code=4)
    said = sign_in(shell, confirms=CAROL)
    assert said.splitlines()[-1] == f"signed in to {shell.env['RISE_URL']} as {CAROL}"

    assert stat.S_IMODE(session_of(shell).stat().st_mode) == 0o600
    assert read_session(shell)["refreshToken"]
    assert CAROL in shell.rise("whoami")

    assert shell.run("rise", "logout").stdout == "signed out\n"
    assert not session_of(shell).exists()
    assert shell.rise("logout") == "nobody was signed in\n"
    for command in (["whoami"], ["project", "list"], ["kube-credential"], ["kubeconfig"]):
        assert "rise login" in shell.rise(*command, exit_code=4)


def test_whoami_in_every_format(alice: Shell) -> None:
    told = alice.json("rise", "whoami", "-o", "json")
    assert told["user"] == "alice@example.com"
    assert told["username"] == "rise:alice@example.com"
    assert set(told["groups"]) >= {"rise:users", "rise:idp:eng"}
    assert told["server"] == alice.env["RISE_URL"]
    assert alice.rise("whoami", "-o", "name") == "alice@example.com\n"
    assert "username: rise:alice@example.com\n" in alice.rise("whoami", "-o", "yaml")
    assert "Kubernetes user: rise:alice@example.com\n" in alice.rise("whoami")


def test_somebody_else_confirms(newcomer: Newcomer) -> None:
    shell = newcomer("alice")
    said = sign_in(shell, "--email", "alice@example.com", confirms=CAROL, exit_code=4)
    assert "carol@example.com confirmed, not alice@example.com" in said
    assert not session_of(shell).exists()


def test_capital_letters_in_an_address_are_no_other_person(newcomer: Newcomer) -> None:
    shell = newcomer("bob")
    sign_in(shell, "--email", "BOB@example.com", confirms="Bob@Example.com")
    assert read_session(shell)["user"] == "bob@example.com"


def test_an_unverified_address_cannot_sign_in(newcomer: Newcomer) -> None:
    shell = newcomer("eve")
    said = sign_in(shell, confirms="eve@example.com", exit_code=4)
    assert said.splitlines()[-1].startswith("error: ")
    assert not session_of(shell).exists()


def test_a_session_is_renewed_by_itself(newcomer: Newcomer) -> None:
    shell = newcomer("carol")
    sign_in(shell, confirms=CAROL)
    shell.rise("kubeconfig", "--use")
    for command in (["rise", "whoami"], ["kubectl", "get", "projects"]):
        change_session(shell, expiresAt=time.time() - 1)
        before = read_session(shell)
        shell.run(*command)
        after = read_session(shell)
        assert after["token"] != before["token"]
        assert after["expiresAt"] > time.time() + 600
        assert after["user"] == CAROL


def test_many_commands_at_once_renew_it_once(newcomer: Newcomer) -> None:
    shell = newcomer("carol")
    sign_in(shell, confirms=CAROL)
    change_session(shell, expiresAt=time.time() - 1)
    started = [
        subprocess.Popen(
            ["rise", "kube-credential"],
            env=dict(shell.env),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(6)
    ]
    ended = [process.communicate(timeout=60) for process in started]
    assert [process.returncode for process in started] == [0] * 6, ended
    tokens = {json.loads(out)["status"]["token"] for out, _ in ended}
    assert tokens == {read_session(shell)["token"]}


def test_a_session_replaced_elsewhere_has_ended(newcomer: Newcomer) -> None:
    """Dex keeps one refresh token a person and client: the newer sign-in takes it over."""
    first, second = newcomer("carol"), newcomer("carol-elsewhere")
    sign_in(first, confirms=CAROL)
    first.rise("kubeconfig", "--use")
    sign_in(second, confirms=CAROL)
    assert CAROL in first.rise("whoami")  # its token lasts

    change_session(first, expiresAt=time.time() - 1)
    said = first.rise("project", "list", exit_code=4)
    assert (
        said == "error: the session has ended or was replaced elsewhere; sign in with: rise login\n"
    )
    assert "sign in with: rise login" in first.kubectl("get", "projects", exit_code=1)
    assert CAROL in second.rise("whoami")


def test_after_a_password_the_token_is_all_there_is(newcomer: Newcomer) -> None:
    shell = newcomer("carol")
    shell.rise("login", "--email", CAROL, "--password-stdin", stdin="password\n")
    assert read_session(shell)["refreshToken"] == ""
    change_session(shell, expiresAt=time.time() - 1)
    assert "the session has ended" in shell.rise("whoami", exit_code=4)


def test_a_token_that_the_server_does_not_take(newcomer: Newcomer) -> None:
    shell = newcomer("carol")
    shell.rise("login", "--email", CAROL, "--password-stdin", stdin="password\n")
    head, _, signature = read_session(shell)["token"].split(".")
    for token in ("garbage", f"{head}.e30.{signature}"):
        change_session(shell, token=token)
        for command in (["whoami"], ["project", "list"], ["project", "create", "x"]):
            said = shell.rise(*command, exit_code=4)
            assert "rise login" in said
            assert token not in said


def test_a_wrong_address_or_ca_is_said_in_one_line(newcomer: Newcomer, tmp_path: Path) -> None:
    shell = newcomer("carol")
    unknown = shell.rise("login", "--server", "https://127.0.0.1:1", exit_code=1)
    assert unknown.startswith("error: 127.0.0.1:1 does not answer")
    (tmp_path / "other.crt").write_text("no certificate")
    broken = shell.rise("login", "--ca-file", str(tmp_path / "other.crt"), exit_code=1)
    assert "--ca-file" in broken
    system = Shell("carol", {**shell.env, "RISE_CA_FILE": ""}).rise("login", exit_code=1)
    assert "is not trusted" in system
    assert "--ca-file" in system
    not_rise = shell.rise("login", "--server", shell.env["RISE_ISSUER"], exit_code=1)
    assert "is no Rise server" in not_rise
    for said in (unknown, broken, system, not_rise):
        assert len(said.splitlines()) == 1
