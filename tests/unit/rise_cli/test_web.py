"""TLS and the server's CA: whom `rise` talks to, and what it says when it does not."""

from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import replies
from fixtures.command_line import Rise
from fixtures.loopback import Loopback, serving

from rise_cli import session as sessions
from rise_local.certificates import Authority


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Return a CA with a certificate for loopback; another CA lies beside it."""
    made = Authority(tmp_path_factory.mktemp("pki"))
    made.ensure(datetime.now(UTC))
    made.ensure_server("backend", datetime.now(UTC))
    other = Authority(made.directory / "other")
    other.directory.mkdir()
    other.ensure(datetime.now(UTC))
    return made


@pytest.fixture
def secure(pki: Authority) -> Generator[Loopback]:
    """Return a server whose certificate that CA has signed."""
    pair = pki.pair("backend")
    with serving(pair.certificate, pair.key) as own:
        own.on("POST", "/login", (200, {"token": replies.token(), "user": replies.ALICE}))
        yield own


def login(rise: Rise, url: str, *options: str) -> tuple[int, str]:
    ended = rise(
        "login", "--server", url, "--email", replies.ALICE, "--password-stdin", *options,
        stdin="password\n",
    )  # fmt: skip
    assert len(ended.err.splitlines()) <= 1
    return ended.code, ended.err


def test_the_ca_file_is_trusted_and_kept(secure: Loopback, pki: Authority, rise: Rise) -> None:
    assert login(rise, secure.url, "--ca-file", str(pki.ca.certificate)) == (0, "")
    assert sessions.load().caFile == str(pki.ca.certificate)
    assert login(rise, secure.url) == (0, "")  # that of the session in hand
    assert secure.received[0].json == {"email": replies.ALICE, "password": "password"}


def test_the_environment_names_server_and_ca(
    secure: Loopback, pki: Authority, rise: Rise, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RISE_URL", secure.url)
    monkeypatch.setenv("RISE_CA_FILE", str(pki.ca.certificate))
    ended = rise("login", "--email", replies.ALICE, "--password-stdin", stdin="password\r\n")
    assert ended.code == 0, ended.err
    assert secure.received[0].json["password"] == "password"


def test_an_unknown_ca_is_said_with_what_to_do(secure: Loopback, rise: Rise) -> None:
    code, said = login(rise, secure.url)
    assert code == 1
    assert "is not trusted" in said
    assert "--ca-file" in said
    assert secure.received == []


def test_another_ca_is_said_with_what_to_do(secure: Loopback, pki: Authority, rise: Rise) -> None:
    other = Authority(pki.directory / "other").ca.certificate
    code, said = login(rise, secure.url, "--ca-file", str(other))
    assert (code, "--ca-file" in said) == (1, True)


def test_a_certificate_for_another_name_is_said(
    secure: Loopback, pki: Authority, rise: Rise
) -> None:
    url = secure.url.replace("127.0.0.1", "127.0.0.2")
    code, said = login(rise, url, "--ca-file", str(pki.ca.certificate))
    assert code == 1
    assert "127.0.0.2" in said


def test_a_server_without_tls_is_said(loopback: Loopback, rise: Rise) -> None:
    code, said = login(rise, loopback.url.replace("http:", "https:"))
    assert code == 1
    assert "does not speak TLS" in said


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        pytest.param("missing.crt", None, "No such file", id="it is not there"),
        pytest.param("empty.crt", "", "no certificate", id="it is empty"),
        pytest.param("key.crt", "-----BEGIN", "no certificate", id="it is something else"),
    ],
)
def test_a_ca_file_that_is_none_is_said(
    name: str, content: str | None, says: str, tmp_path: Path, rise: Rise
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_text(content)
    code, said = login(rise, "https://127.0.0.1:1", "--ca-file", str(path))
    assert code == 1
    assert says in said
    assert str(path) in said
    assert "--ca-file" in said


def test_the_ca_of_a_session_may_be_gone(
    secure: Loopback, pki: Authority, tmp_path: Path, rise: Rise
) -> None:
    copy = tmp_path / "ca.crt"
    copy.write_text(pki.ca.certificate.read_text())
    assert login(rise, secure.url, "--ca-file", str(copy))[0] == 0
    copy.unlink()
    for command in (["whoami"], ["kubeconfig"]):
        ended = rise(*command)
        assert ended.code == 1
        assert str(copy) in ended.err
        assert "--ca-file" in ended.err


def test_the_token_follows_no_redirection(loopback: Loopback, rise: Rise) -> None:
    replies.session(loopback.url).save()
    with serving() as elsewhere:
        elsewhere.on("GET", "/api/v1/me", (200, {"user": "eve@example.com"}))
        loopback.on("GET", "/api/v1/me", (302, f"{elsewhere.url}/api/v1/me"))
        assert rise("whoami").code == 1
        assert elsewhere.received == []
