"""dex/config.yaml, filled in."""

from pathlib import Path

import bcrypt
import pytest
import yaml

from rise_local import dex
from rise_local.certificates import Authority, Pair
from rise_local.errors import LocalError
from rise_local.home import prepared
from rise_local.site import Site

SERVER = Pair(Path('/it\'s "here"/dex.crt'), Path("/x/dex.key"))


@pytest.fixture
def site(tmp_path: Path) -> Site:
    home = prepared(tmp_path / "rise")
    return Site(home, {"dex": 21234}, {}, Authority(home.pki))


def test_the_placeholders_are_filled(site: Site) -> None:
    document = yaml.safe_load(dex.configuration(site, SERVER))
    assert document["issuer"] == "https://127.0.0.1:21234"
    assert document["web"]["tlsCert"] == '/it\'s "here"/dex.crt'
    assert document["storage"]["config"]["host"] == str(site.home.postgres_socket)


def test_everybody_has_the_same_password(site: Site) -> None:
    people = yaml.safe_load(dex.configuration(site, SERVER))["staticPasswords"]
    assert {person["email"]: person.get("groups") for person in people} == {
        "alice@example.com": ["eng"],
        "Bob@Example.com": None,
        "carol@example.com": None,
        "mallory@example.com": ["system:masters"],
        "eve@example.com": None,
    }
    assert [each["email"] for each in people if not each["emailVerified"]] == ["eve@example.com"]
    for (hashed,) in {(person["hash"],) for person in people}:
        assert bcrypt.checkpw(b"password", hashed.encode())


def test_the_clients_secret_is_kept(site: Site) -> None:
    assert dex.configuration(site, SERVER) == dex.configuration(site, SERVER)


def test_a_placeholder_that_nothing_fills_is_named(site: Site, tmp_path: Path) -> None:
    template = tmp_path / "config.yaml"
    template.write_text('issuer: "@{isuer}"\n')
    with pytest.raises(LocalError, match="nothing fills isuer"):
        dex.configuration(site, SERVER, template)
