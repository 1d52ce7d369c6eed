"""The local CA and what it signs."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from rise_local.certificates import Authority, Pair, ensure_service_account_key

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    made = Authority(tmp_path)
    made.ensure(NOW)
    return made


def certificate(pair: Pair) -> x509.Certificate:
    return x509.load_pem_x509_certificate(pair.certificate.read_bytes())


def usages(pair: Pair) -> set[x509.ObjectIdentifier]:
    return set(certificate(pair).extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)


def test_a_server_is_no_client(authority: Authority) -> None:
    server = authority.ensure_server("dex", NOW)
    certificate(server).verify_directly_issued_by(certificate(authority.ca))
    assert usages(server) == {ExtendedKeyUsageOID.SERVER_AUTH}


def test_a_member_of_etcd_is_a_client_of_its_peers(authority: Authority) -> None:
    both = {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH}
    assert usages(authority.ensure_server("etcd", NOW)) == both


def test_a_client_carries_user_and_groups(authority: Authority) -> None:
    client = authority.ensure_client("admin", "root-of-all", ["system:masters"], NOW)
    subject = certificate(client).subject
    assert subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == "root-of-all"
    assert subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value == "system:masters"
    assert usages(client) == {ExtendedKeyUsageOID.CLIENT_AUTH}


@pytest.mark.parametrize(
    ("later", "kept"),
    [
        pytest.param(timedelta(days=1), True, id="the next day"),
        pytest.param(timedelta(days=340), False, id="when less than a month is left"),
    ],
)
def test_a_certificate_is_made_again_before_it_ends(
    authority: Authority, later: timedelta, *, kept: bool
) -> None:
    before = authority.ensure_server("dex", NOW).certificate.read_bytes()
    after = authority.ensure_server("dex", NOW + later).certificate.read_bytes()
    assert (before == after) is kept


def test_a_new_ca_signs_everything_again(authority: Authority) -> None:
    authority.ensure_server("dex", NOW)
    authority.ca.key.unlink()
    authority.ensure(NOW)
    server = authority.ensure_server("dex", NOW)
    certificate(server).verify_directly_issued_by(certificate(authority.ca))


def test_the_key_of_service_accounts_is_kept(tmp_path: Path) -> None:
    before = ensure_service_account_key(tmp_path).key.read_bytes()
    assert ensure_service_account_key(tmp_path).key.read_bytes() == before
