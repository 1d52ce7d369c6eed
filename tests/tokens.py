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


PUBLISHED = key_set(jwk(rsa_key()), jwk(ec_key(), "key-ec"))


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
    payload: Mapping[str, Any],
    *,
    key: Any = None,
    algorithm: str = "RS256",
    more: str = "",
    more_header: str = "",
    **header: Any,
) -> str:
    """Return a token with `payload`; `header` changes its header, REMOVED leaves a field out.

    `more` and `more_header` are JSON as it stands, in front of the last brace. Written by hand: a
    library would refuse some of what a test has to send.
    """
    wanted = {"alg": algorithm, "kid": KID, **header}
    head = {name: value for name, value in wanted.items() if value is not REMOVED}
    parts = (_with(head, more_header), _with(payload, more))
    return sealed(*parts, key=key, algorithm=algorithm)


def sealed(head: bytes, body: bytes, *, key: Any = None, algorithm: str = "RS256") -> str:
    """Return a token of two texts, whatever they are."""
    text = f"{_segment(head)}.{_segment(body)}".encode()
    if algorithm == "none":
        return f"{text.decode()}."
    signer = rsa_key() if key is None else key
    signature = jwt.get_algorithm_by_name(algorithm).sign(text, signer)
    return f"{text.decode()}.{_segment(signature)}"


def _with(part: Mapping[str, Any], more: str) -> bytes:
    text = json.dumps(part)
    return (f"{text[:-1]}, {more}}}" if more else text).encode()


def _segment(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


@dataclass(frozen=True)
class Case:
    """A token and whom it stands for; nobody: both refuse it.

    `header` changes its header; `more` and `more_header` are JSON as it stands, behind the rest.
    """

    sentence: str
    changes: Mapping[str, Any] = field(default_factory=dict[str, Any])
    username: str | None = "rise:alice@example.com"
    groups: tuple[str, ...] = ("rise:idp:eng", "rise:users")
    uid: str = "u-alice"
    header: Mapping[str, Any] = field(default_factory=dict[str, Any])
    more: str = ""
    more_header: str = ""

    @classmethod
    def refused(cls, sentence: str, **changes: Any) -> "Case":
        """Return a case that nobody may sign in with."""
        return cls(sentence, changes, username=None)

    @classmethod
    def headed(cls, sentence: str, **header: Any) -> "Case":
        """Return a case whose header differs from Dex's."""
        return cls(sentence, header=header)


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
    Case("an elliptic key", header={"alg": "ES256", "kid": "key-ec"}),
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
    Case.refused("a list of issuers", iss=[ISSUER]),
    Case.refused("no issuer", iss=REMOVED),
    Case("every audience there is", {"aud": ["rise-cli", "rise-kubernetes", "rise-web"]}),
    Case.refused("our audience in capital letters", aud="Rise-Kubernetes"),
    Case.refused("a list in the list of audiences", aud=[["rise-kubernetes"]]),
    Case.refused("nothing in the list of audiences", aud=["rise-kubernetes", None]),
    Case.refused("a map of audiences", aud={"rise-kubernetes": 1}),
    Case.refused("a list of clients", azp=["rise-cli"]),
    Case.refused("a client that is a number", azp=7),
    Case.refused("the client in capital letters", azp="RISE-CLI"),
    Case.refused(
        "a token of the client alone, as client_credentials gives", email=REMOVED, sub="x"
    ),
    Case.refused("a look-alike letter of another alphabet", email="\u0430lice@example.com"),
    Case.refused("an account of the cluster", email="system:serviceaccount:kube-system:x"),
    Case.refused("verified, in a list", email_verified=[True]),
    Case.refused("verified is null", email_verified=None),
    Case.refused("an address that is null", email=None),
    Case.refused("an address that ends in a dot", email="alice@example.com."),
    Case("dots and dashes", {"email": "..@-b.-c"}, username="rise:..@-b.-c"),
    Case.refused("an apostrophe in the address", email="o'alice@example.com"),
    Case.refused("groups that are a truth value", groups=True),
    Case.refused("a list in the list of groups", groups=[["eng"]]),
    Case.refused("nothing in the list of groups", groups=[None]),
    Case.refused("an end that is null", exp=None),
    Case.refused("an end before there was time", exp=-1),
    Case.refused("an end and a beginning past any clock", exp=10**20, iat=10**20 - 5),
    Case.refused("a beginning as text", iat=str(LONG_AGO)),
    Case.refused("a beginning that is null", iat=None),
    Case.refused("valid from a truth value on", nbf=True),
    Case.refused("valid from a word on", nbf="now"),
    Case("valid since long ago", {"nbf": LONG_AGO}),
    Case.refused("a nonce that is a number", nonce=7),
    Case.refused("a hash that is a number", at_hash=7),
    Case("a nonce and a hash", {"nonce": "n", "at_hash": "h"}),
    Case.refused("claims that stand elsewhere", _claim_names={"groups": "there"}),
    Case.refused("claims elsewhere, as a number", _claim_names=7),
    Case.refused("the issuer once more in capital letters", ISS="https://elsewhere.test"),
    Case.refused("the audience once more in capital letters", Aud="elsewhere"),
    Case.refused("the end once more in capital letters", EXP=1),
    Case.refused("the subject once more with the long s", ſub=7),
    Case("the issuer twice, the other one last", username=None, more='"iss": "https://else.test"'),
    Case("not a number", username=None, more='"x": NaN'),
    Case("without an end of numbers", username=None, more='"x": Infinity'),
    Case("a line break in a string", username=None, more='"x": "a\nb"'),
    Case("a header with two algorithms", username=None, more_header='"alg": "RS256"'),
    Case("a header with two keys", username=None, more_header='"kid": "key-1"'),
    Case("a header with not a number", username=None, more_header='"x": NaN'),
    Case("a nonce in the header that is a number", username=None, header={"nonce": 7}),
    Case("an algorithm in small letters", username=None, header={"alg": "rs256"}),
    Case("another algorithm than the key's", username=None, header={"alg": "ES256"}),
    Case("no algorithm named", username=None, header={"alg": REMOVED}),
    Case("an unknown key", username=None, header={"kid": "unknown"}),
    Case.headed("a type", typ="JWT"),
    Case.headed("a type in small letters", typ="jwt"),
    Case("an extension it insists on", username=None, header={"crit": ["exp"]}),
    Case("a key of its own that is none", username=None, header={"jwk": {"kty": "RSA"}}),
)

# Dex issues none of these. The API server takes them (as the person named here), the backend is
# stricter; never the reverse.
STRICTER = (
    Case("an end with a fraction", {"exp": REMOVED, "lifetime": 1800.5}),
    Case("a beginning with a fraction", {"iat": 9_999_999_999.5}),
    Case("an end and a beginning past the year 9999", {"exp": 10**18, "iat": 10**18 - 5}),
    Case("a subject with a space behind it", {"sub": "u-alice "}, uid="u-alice "),
    Case("an address longer than any", {"email": "a" * 254 + "@b.c"}, "rise:" + "a" * 254 + "@b.c"),
    Case("an empty subject", {"sub": ""}, uid=""),
    Case("a line break in the subject", {"sub": "a\nb"}, uid="a\nb"),
    Case("more groups than anybody has", {"groups": ["x"] * 201}),
    Case("a group too long", {"groups": ["x" * 257]}),
    Case("a line break in a group", {"groups": ["a\nb"]}),
    Case("a header's line in a group", {"groups": ["a\r\nImpersonate-User: rise:bob@b.c"]}),
    Case("groups as a map", {"groups": {"a": "b"}}),
    Case("a logout event", {"events": {"x": {}}}),
    Case("valid in a minute, within the API server's five", {"nbf": "in a minute"}),
    Case("valid from null on", {"nbf": None}),
    Case("valid from a number as text on", {"nbf": str(LONG_AGO)}),
    Case("valid since before there was time", {"nbf": -1}),
    Case("the address twice: the last counts", more='"email": "bob@b.c"', username="rise:bob@b.c"),
    Case("half a character", more='"x": "\\ud800"'),
    Case("half a character in a group", more='"groups": ["\\ud800"]'),
    Case("a number beyond numbers", more='"x": 1e400'),
    Case("brackets without end", more=f'"x": {"[" * 1500}{"]" * 1500}'),
    Case.headed("no key named", kid=REMOVED),
    Case.headed("a key without a name", kid=""),
    Case.headed("a key that is null", kid=None),
    Case.headed("where to fetch a key", jku="https://127.0.0.1:1/keys"),
    Case.headed("where to fetch a certificate", x5u="https://127.0.0.1:1/keys"),
    Case.headed("the fingerprint of a certificate", x5t="x"),
    Case.headed("an extension it knows", crit=["b64"], b64=True),
    Case.headed("an empty list of extensions", crit=[]),
    Case.headed("a logout token", typ="logout+jwt"),
    Case.headed("an access token", typ="at+jwt"),
    Case.headed("a type that is a number", typ=7),
    Case.headed("a token in a token", cty="JWT"),
    Case.headed("a compressed token", zip="DEF"),
    Case.headed("a field that nobody knows", x="7"),
    Case.headed("the algorithm once more in capital letters", ALG="none"),
)


def token_of(case: Case, issuer: str = ISSUER) -> str:
    """Return the token of a case."""
    changes = dict(case.changes)
    if changes.get("iss") is not REMOVED and "iss" in changes:
        changes["iss"] = json.loads(json.dumps(changes["iss"]).replace(ISSUER, issuer))
    elliptic = case.header.get("kid") == "key-ec"
    return signed(
        _timed(claims(issuer=issuer, **changes)),
        key=ec_key() if elliptic else None,
        algorithm="ES256" if elliptic else "RS256",
        more=case.more,
        more_header=case.more_header,
        **case.header,
    )


def _timed(payload: dict[str, Any]) -> dict[str, Any]:
    """Return the claims with what a case says in relation to now."""
    if payload.get("nbf") == "in a minute":
        payload["nbf"] = payload["iat"] + 60
    lifetime = payload.pop("lifetime", None)
    if lifetime is not None:
        payload["exp"] = payload["iat"] + lifetime
    return payload
