"""Tokens signed by keys of the tests' own, and one table of whom they stand for.

The table is held against the backend's own verification and against kube-apiserver with the
chart's AuthenticationConfiguration: the two must agree on every case.
"""

import base64
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

ISSUER = "https://dex.test:5556"
KID = "key-1"
REMOVED = object()


@cache
def rsa_key(name: str = "one") -> rsa.RSAPrivateKey:
    """Return an RSA key; each name has its own."""
    del name
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def ec_key(name: str = "one") -> ec.EllipticCurvePrivateKey:
    """Return an EC key; each name has its own."""
    del name
    return ec.generate_private_key(ec.SECP256R1())


def jwk(
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, kid: str = KID, **extra: Any
) -> dict[str, Any]:
    """Return the public half of `key` as a member of a key set."""
    if isinstance(key, rsa.RSAPrivateKey):
        public = json.loads(RSAAlgorithm.to_jwk(key.public_key()))
        return {**public, "kid": kid, "use": "sig", "alg": "RS256", **extra}
    public = json.loads(ECAlgorithm.to_jwk(key.public_key()))
    return {**public, "kid": kid, "use": "sig", "alg": "ES256", **extra}


def key_set(*keys: Mapping[str, Any]) -> dict[str, Any]:
    """Return a key set; alone it holds the first RSA key."""
    return {"keys": list(keys) or [jwk(rsa_key())]}


def claims(*, issuer: str = ISSUER, now: float | None = None, **changes: Any) -> dict[str, Any]:
    """Return what Dex puts into alice's ID token, with `changes`; REMOVED leaves a claim out."""
    issued = int(time.time() if now is None else now)
    usual = {
        "iss": issuer,
        "sub": "u-alice",
        "aud": ["rise-kubernetes", "rise-cli"],
        "azp": "rise-cli",
        "iat": issued,
        "exp": issued + 1800,
        "jti": "j-1",
        "email": "alice@example.com",
        "email_verified": True,
        "groups": ["eng"],
        "name": "alice",
    }
    return {key: value for key, value in (usual | changes).items() if value is not REMOVED}


def signed(
    payload: Mapping[str, Any], *, key: Any = None, algorithm: str = "RS256", **header: Any
) -> str:
    """Return a token with `payload`; `header` changes its header, REMOVED leaves a field out.

    Written by hand: a library would refuse some of what a test has to send.
    """
    wanted = {"alg": algorithm, "kid": KID, **header}
    head = {name: value for name, value in wanted.items() if value is not REMOVED}
    text = f"{_segment(head)}.{_segment(payload)}".encode()
    signer = rsa_key() if key is None else key
    if algorithm == "none":
        return f"{text.decode()}."
    signature = jwt.get_algorithm_by_name(algorithm).sign(text, signer)
    return f"{text.decode()}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def _segment(part: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


@dataclass(frozen=True)
class Case:
    """A token and whom it stands for; nobody: both refuse it."""

    sentence: str
    changes: Mapping[str, Any] = field(default_factory=dict[str, Any])
    username: str | None = "rise:alice@example.com"
    groups: tuple[str, ...] = ("rise:idp:eng", "rise:users")
    uid: str = "u-alice"

    @classmethod
    def refused(cls, sentence: str, **changes: Any) -> "Case":
        """Return a case that nobody may sign in with."""
        return cls(sentence, changes, username=None)


LONG_AGO = 1_600_000_000

CASES = (
    Case("what Dex issues"),
    Case("the audience alone, as text", {"aud": "rise-kubernetes", "azp": REMOVED}),
    Case("the web client", {"aud": ["rise-kubernetes", "rise-web"], "azp": "rise-web"}),
    Case("capital letters", {"email": "Alice@Example.COM"}, username="rise:alice@example.com"),
    Case("no groups", {"groups": []}, groups=("rise:users",)),
    Case("no groups claim", {"groups": REMOVED}, groups=("rise:users",)),
    Case(
        "a group called users is not everybody",
        {"groups": ["users"]},
        groups=("rise:idp:users", "rise:users"),
    ),
    Case(
        "a group called system:masters is nobody special",
        {"groups": ["system:masters"]},
        groups=("rise:idp:system:masters", "rise:users"),
    ),
    Case(
        "groups keep their order and their letters",
        {"groups": ["b", "A", "b"]},
        groups=("rise:idp:b", "rise:idp:A", "rise:idp:b", "rise:users"),
    ),
    Case(
        "an address like a system account stays a person",
        {"email": "system+x@kube-system.svc"},
        username="rise:system+x@kube-system.svc",
    ),
    Case("exactly one hour", {"exp": REMOVED, "lifetime": 3600}),
    Case("another subject", {"sub": "u-2"}, uid="u-2"),
    Case("a subject with letters that are not ASCII", {"sub": "ü-2"}, uid="ü-2"),
    Case(
        "a group with letters that are not ASCII",
        {"groups": ["café"]},
        groups=("rise:idp:café", "rise:users"),
    ),
    Case("a group without a name", {"groups": [""]}, groups=("rise:idp:", "rise:users")),
    Case("our audience twice", {"aud": ["rise-kubernetes", "rise-kubernetes"]}),
    Case("names that are not asked for", {"name": 7, "preferred_username": "system:admin"}),
    Case("a claim that differs by its capital letter", {"Email": "bob@example.com"}),
    Case.refused("more than one hour", exp=REMOVED, lifetime=3601),
    Case.refused("e-mail not verified", email_verified=False),
    Case.refused("nothing said of the e-mail", email_verified=REMOVED),
    Case.refused("verified as text", email_verified="true"),
    Case.refused("no e-mail", email=REMOVED),
    Case.refused("no address at all", email="alice"),
    Case.refused("a line break behind the address", email="alice@example.com\n"),
    Case.refused("a colon in the address", email="system:alice@example.com"),
    Case.refused("letters that are not ASCII", email="älice@example.com"),
    Case.refused("the Kelvin sign, which lower-cases to k", email="\u212aate@example.com"),
    Case.refused("only the client's audience", aud="rise-cli"),
    Case.refused("a foreign audience beside ours", aud=["rise-kubernetes", "elsewhere"]),
    Case.refused("an audience that is a number", aud=["rise-kubernetes", 7]),
    Case.refused("no audience", aud=REMOVED),
    Case.refused("an empty audience", aud=[]),
    Case.refused("an unknown client", azp="elsewhere"),
    Case.refused("a client that is null", azp=None),
    Case.refused("a client without a name", azp=""),
    Case.refused("an audience as the client", azp="rise-kubernetes"),
    Case.refused("groups as text", groups="eng"),
    Case.refused("groups that are null", groups=None),
    Case.refused("a group that is a number", groups=[7]),
    Case.refused("no subject", sub=REMOVED),
    Case.refused("a subject that is a number", sub=7),
    Case.refused("verified as a number", email_verified=1),
    Case.refused("a space in the address", email="ali ce@example.com"),
    Case.refused("two addresses in one", email="alice@bob@example.com"),
    Case.refused("a list of addresses", email=["alice@example.com"]),
    Case.refused("an address without a dot", email="alice@example"),
    Case.refused("not valid yet", nbf=9_999_999_999),
    Case.refused("an end as text", exp="9999999999"),
    Case.refused("an end after the end of time", exp=10**18),
    Case.refused("a beginning that is a truth value", iat=True),
    Case.refused("ended", iat=LONG_AGO, exp=LONG_AGO + 1800),
    Case.refused("without an end", exp=REMOVED),
    Case.refused("without a beginning", iat=REMOVED),
    Case.refused("another issuer", iss="https://elsewhere.test"),
    Case.refused("an issuer with a slash more", iss=ISSUER + "/"),
)

# Dex issues none of these. The API server takes them, the backend is stricter; never the reverse.
STRICTER = (
    Case.refused("an end with a fraction", exp=REMOVED, lifetime=1800.5),
    Case.refused("an empty subject", sub=""),
    Case.refused("a line break in the subject", sub="a\nb"),
    Case.refused("more groups than anybody has", groups=["x"] * 201),
    Case.refused("a group too long", groups=["x" * 257]),
    Case.refused("a line break in a group", groups=["a\nb"]),
    Case.refused("groups as a map", groups={"a": "b"}),
    Case.refused("a logout event", events={"x": {}}),
)


def token_of(case: Case, issuer: str = ISSUER) -> str:
    """Return the token of a case."""
    changes = dict(case.changes)
    if "iss" in changes:
        changes["iss"] = changes["iss"].replace(ISSUER, issuer)
    lifetime = changes.pop("lifetime", None)
    payload = claims(issuer=issuer, **changes)
    if lifetime is not None:
        payload["exp"] = payload["iat"] + lifetime
    return signed(payload)
