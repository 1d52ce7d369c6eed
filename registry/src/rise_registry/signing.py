"""Signing with a key whose certificate travels along, and checking against the CA alone.

Whoever checks knows only the CA's certificate, so keys change without anybody else's doing: write
the new certificate and key over the old ones. The chain is the header `x5c` (RFC 7515, section
4.1.6), which the registries of the CNCF distribution take as well.
"""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import jwt
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from rise_registry.contract import RegistryError

ALGORITHM = "ES256"
CHAIN_MAX = 4


class ForeignSignatureError(Exception):
    """A token is not signed by a key that the CA vouches for, or does not hold any more."""


@dataclass(frozen=True)
class Signer:
    """A certificate chain (PEM, leaf first) and the leaf's EC P-256 key (PEM), as files."""

    certificate: Path
    key: Path

    def sign(self, claims: dict[str, Any], kind: str) -> str:
        """Return `claims` as a signed JWT whose header `typ` is `kind`.

        Raises:
            RegistryError: the files are missing or no such pair.
        """
        key, chain = self._pair()
        return jwt.encode(claims, key, ALGORITHM, headers={"typ": kind, "x5c": list(chain)})

    def check(self) -> None:
        """Return when the key can sign.

        Raises:
            RegistryError: the files are missing or no such pair.
        """
        self._pair()

    def written(self) -> tuple[int, int]:
        """Return when certificate and key were written (ns): another key is there when it differs.

        Raises:
            RegistryError: one is missing.
        """
        try:
            return self.certificate.stat().st_mtime_ns, self.key.stat().st_mtime_ns
        except OSError as error:
            raise self._unusable(error) from error

    def _pair(self) -> tuple[ec.EllipticCurvePrivateKey, tuple[str, ...]]:
        try:
            return _pair(self.certificate, self.key, *self.written())
        except (OSError, ValueError, TypeError) as error:
            raise self._unusable(error) from error

    def _unusable(self, error: Exception) -> RegistryError:
        return RegistryError(
            f"the signing key {self.key} with certificate {self.certificate} cannot be used "
            f"({error}): an EC P-256 key and its chain, in PEM, are needed"
        )


@lru_cache(maxsize=8)
def _pair(
    certificate: Path, key: Path, _written: int, _key_written: int
) -> tuple[ec.EllipticCurvePrivateKey, tuple[str, ...]]:
    """Read the files; when one was written is part of the question, so that changes are seen."""
    private = serialization.load_pem_private_key(key.read_bytes(), None)
    chain = x509.load_pem_x509_certificates(certificate.read_bytes())
    if not isinstance(private, ec.EllipticCurvePrivateKey) or private.curve.name != "secp256r1":
        raise ValueError("the key is not EC P-256")
    if chain[0].public_key() != private.public_key():
        raise ValueError("the first certificate is not the key's")
    der = (each.public_bytes(serialization.Encoding.DER) for each in chain)
    return private, tuple(base64.b64encode(each).decode() for each in der)


@dataclass(frozen=True)
class Authority:
    """The CA whose certificates may sign (PEM file)."""

    certificate: Path

    def claims(
        self, token: str, *, kind: str, signer: str, issuer: str, audience: str
    ) -> dict[str, Any]:
        """Return the claims of `token`, which the leaf with the common name `signer` signed.

        Raises:
            ForeignSignatureError: it is not, or is not a token of this `kind` (header `typ`).
            RegistryError: the CA's certificate cannot be read.
        """
        try:
            header = jwt.get_unverified_header(token)
            if header.get("typ") != kind or header.get("alg") != ALGORITHM:
                raise ForeignSignatureError("not a token of this kind")
            key = self._vouched(header.get("x5c"), signer)
            return jwt.decode(
                token,
                key,
                [ALGORITHM],
                issuer=issuer,
                audience=audience,
                options={
                    "require": ["exp", "iat", "iss", "aud", "sub", "jti"],
                    "verify_iat": False,  # the signer's clock may be ahead: `exp` alone ends it
                },
            )
        except jwt.PyJWTError as error:
            raise ForeignSignatureError(str(error)) from error

    def _vouched(self, chain: object, signer: str) -> ec.EllipticCurvePublicKey:
        if not isinstance(chain, list) or not 0 < len(chain) <= CHAIN_MAX:  # pyright: ignore[reportUnknownArgumentType] - JSON
            raise ForeignSignatureError("no certificate chain")
        leaf: object = chain[0]
        if not isinstance(leaf, str):
            raise ForeignSignatureError("no certificate chain")
        try:
            written = self.certificate.stat().st_mtime_ns
            certificate, key = _leaf(leaf, self.certificate, written)
        except OSError as error:
            raise RegistryError(f"the CA {self.certificate} cannot be read: {error}") from error
        names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        if [each.value for each in names] != [signer]:
            raise ForeignSignatureError("signed by somebody else")
        now = datetime.now(UTC)
        if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
            raise ForeignSignatureError("the certificate is not valid now")
        return key


@lru_cache(maxsize=64)
def _leaf(
    leaf: str, authority: Path, _written: int
) -> tuple[x509.Certificate, ec.EllipticCurvePublicKey]:
    """Return a certificate that the CA has signed itself, and its key."""
    try:
        certificate = x509.load_der_x509_certificate(base64.b64decode(leaf, validate=True))
        issuer = x509.load_pem_x509_certificate(authority.read_bytes())
        certificate.verify_directly_issued_by(issuer)
        key = certificate.public_key()
    except (ValueError, TypeError, InvalidSignature) as error:
        raise ForeignSignatureError("the certificate is not of our CA") from error
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise ForeignSignatureError("the certificate's key is not EC P-256")
    return certificate, key
