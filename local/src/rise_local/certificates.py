"""A CA for this machine alone, and the certificates that the servers and their clients carry."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from rise_local.home import write_private

CA_LIFETIME = timedelta(days=3650)
LIFETIME = timedelta(days=365)
RENEWED_BEFORE = timedelta(days=30)
ALLOWED_SKEW = timedelta(minutes=5)
NAMES = ("localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc")
ADDRESSES = ("127.0.0.1", "::1", "10.96.0.1")


@dataclass(frozen=True)
class Pair:
    """A certificate and its key, as files."""

    certificate: Path
    key: Path


@dataclass(frozen=True)
class Authority:
    """The local CA."""

    directory: Path
    name: str = "Rise local CA"

    @property
    def ca(self) -> Pair:
        """The CA's own certificate and key."""
        return self.pair("ca")

    def pair(self, name: str) -> Pair:
        """Return where the certificate called `name` lies."""
        return Pair(self.directory / f"{name}.crt", self.directory / f"{name}.key")

    def ensure(self, now: datetime) -> None:
        """Make the CA unless it exists and lasts."""
        if _lasts(self.ca, now):
            return
        self.directory.mkdir(mode=0o700, exist_ok=True)
        key = ec.generate_private_key(ec.SECP256R1())
        name = _name(self.name, ())
        builder = (
            _builder(name, name, key.public_key(), now, CA_LIFETIME)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_key_usage(ca=True), critical=True)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
            )
        )
        _write(self.ca, builder.sign(key, hashes.SHA256()), key)

    def ensure_server(self, name: str, now: datetime) -> Pair:
        """Return a certificate for a server on this machine; it may act as a client, too."""
        usages = [ExtendedKeyUsageOID.SERVER_AUTH]
        if name == "etcd":  # a member of etcd is a client of its peers
            usages.append(ExtendedKeyUsageOID.CLIENT_AUTH)
        return self._ensure(name, _name(name, ()), usages, now, server=True)

    def ensure_client(self, name: str, user: str, groups: Sequence[str], now: datetime) -> Pair:
        """Return a certificate with which `user` signs in at the API server."""
        usages = [ExtendedKeyUsageOID.CLIENT_AUTH]
        return self._ensure(name, _name(user, groups), usages, now, server=False)

    def _ensure(
        self,
        name: str,
        subject: x509.Name,
        usages: Sequence[x509.ObjectIdentifier],
        now: datetime,
        *,
        server: bool,
    ) -> Pair:
        pair = self.pair(name)
        issuer = x509.load_pem_x509_certificate(self.ca.certificate.read_bytes())
        if _lasts(pair, now) and _signed_by(pair, issuer):
            return pair
        key = ec.generate_private_key(ec.SECP256R1())
        builder = (
            _builder(subject, issuer.subject, key.public_key(), now, LIFETIME)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(ca=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key()),  # pyright: ignore[reportArgumentType] - our CA is EC
                critical=False,
            )
        )
        if server:
            builder = builder.add_extension(_alternative_names(), critical=False)
        _write(pair, builder.sign(_load_key(self.ca), hashes.SHA256()), key)
        return pair


def ensure_service_account_key(directory: Path) -> Pair:
    """Return the RSA key pair that signs ServiceAccount tokens; `certificate` is the public key."""
    pair = Pair(directory / "service-account.pub", directory / "service-account.key")
    if not pair.key.is_file() or not pair.certificate.is_file():
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        write_private(pair.key, _pem(key))
        public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        write_private(pair.certificate, public.decode())
    return pair


def _lasts(pair: Pair, now: datetime) -> bool:
    if not pair.certificate.is_file() or not pair.key.is_file():
        return False
    certificate = x509.load_pem_x509_certificate(pair.certificate.read_bytes())
    return certificate.not_valid_after_utc - now > RENEWED_BEFORE


def _signed_by(pair: Pair, issuer: x509.Certificate) -> bool:
    certificate = x509.load_pem_x509_certificate(pair.certificate.read_bytes())
    try:
        certificate.verify_directly_issued_by(issuer)
    except Exception:  # noqa: BLE001 - a ValueError, TypeError or InvalidSignature all mean: another CA
        return False
    return True


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    now: datetime,
    lifetime: timedelta,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - ALLOWED_SKEW)
        .not_valid_after(now + lifetime)
    )


def _key_usage(*, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )


def _alternative_names() -> x509.SubjectAlternativeName:
    names: list[x509.GeneralName] = [x509.DNSName(name) for name in NAMES]
    names += [x509.IPAddress(ipaddress.ip_address(address)) for address in ADDRESSES]
    return x509.SubjectAlternativeName(names)


def _name(common: str, organizations: Sequence[str]) -> x509.Name:
    attributes = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, each) for each in organizations]
    return x509.Name([*attributes, x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _load_key(pair: Pair) -> CertificateIssuerPrivateKeyTypes:
    key = serialization.load_pem_private_key(pair.key.read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)  # noqa: S101 - this module wrote it
    return key


def _pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    ).decode()


def _write(pair: Pair, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
    write_private(pair.key, _pem(key))
    write_private(pair.certificate, certificate.public_bytes(serialization.Encoding.PEM).decode())
