"""The CA of a registry lies where clients look for it, and nowhere else."""

from pathlib import Path

import pytest

from rise_cli.errors import RiseCliError
from rise_cli.registries import trust

CA = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
HOST = "127.0.0.1:5000"


@pytest.fixture(autouse=True)
def usual(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let configuration lie where it usually does."""
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)


def test_it_lies_where_each_client_looks(tmp_path: Path) -> None:
    expected = [
        tmp_path / folder / "certs.d" / HOST / "ca.crt"
        for folder in (".docker", ".config/docker", ".config/containers")
    ]
    assert trust.trust(HOST, CA) == expected
    assert {path.read_text() for path in expected} == {CA}


def test_a_new_ca_takes_the_place_of_the_old(tmp_path: Path) -> None:
    trust.trust(HOST, CA)
    assert trust.trust(HOST, CA) == []
    renewed = CA.replace("AAAA", "BBBB")
    assert len(trust.trust(HOST, renewed)) == 3
    assert (tmp_path / ".docker/certs.d" / HOST / "ca.crt").read_text() == renewed


@pytest.mark.parametrize(
    "host", ["", "..", "../x", "a/b", "a\\b", "/etc", "a\n", "x:y", "https://a"]
)
def test_what_is_no_address_becomes_no_folder(host: str, tmp_path: Path) -> None:
    with pytest.raises(RiseCliError, match="is no registry's address"):
        trust.trust(host, CA)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["", "a page", "-----BEGIN PRIVATE KEY-----"])
def test_what_is_no_certificate_is_not_trusted(text: str, tmp_path: Path) -> None:
    with pytest.raises(RiseCliError, match="no certificate"):
        trust.trust(HOST, text)
    assert list(tmp_path.iterdir()) == []


def test_where_nothing_can_be_written_it_says_so(tmp_path: Path) -> None:
    (tmp_path / ".docker").write_text("a file")
    with pytest.raises(RiseCliError, match="name it to your client yourself"):
        trust.trust(HOST, CA)
