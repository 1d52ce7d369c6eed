"""Tokens, line by line of the checklist: who is let in, and as whom."""

import base64
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest
import tokens
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from tokens import CASES, ISSUER, REMOVED, STRICTER, Case, claims, signed

from rise_backend.errors import InvalidTokenError, UnverifiedEmailError
from rise_backend.identity.keys import Keys
from rise_backend.identity.verifier import Verifier


class Provider:
    """Counts how often its keys are fetched."""

    def __init__(self, *keys: dict[str, Any]) -> None:
        self.keys = tokens.key_set(*keys)
        self.fetched = 0

    async def fetch(self) -> dict[str, Any]:
        self.fetched += 1
        return self.keys


def verifier(*keys: dict[str, Any]) -> Verifier:
    return Verifier(ISSUER, Keys(Provider(*keys).fetch))


def published() -> Verifier:
    return verifier(*tokens.PUBLISHED["keys"])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.sentence)
async def test_the_table(case: Case) -> None:
    token = tokens.token_of(case)
    if case.username is None:
        with pytest.raises(InvalidTokenError):
            await published().verify(token)
        return
    identity = await published().verify(token)
    assert identity.username == case.username
    assert identity.groups == case.groups
    assert identity.uid == case.uid
    assert identity.extra == {"rise.dev/idp-sub": (case.uid,)}


@pytest.mark.parametrize("case", STRICTER, ids=lambda case: case.sentence)
async def test_where_the_backend_is_stricter(case: Case) -> None:
    with pytest.raises(InvalidTokenError):
        await published().verify(tokens.token_of(case))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "utf-8-sig"])
@pytest.mark.parametrize("part", [0, 1], ids=["header", "claims"])
async def test_another_encoding_is_refused(encoding: str, part: int) -> None:
    texts = ['{"alg": "RS256", "kid": "key-1"}', json.dumps(claims())]
    parts = [text.encode(encoding if part == n else "utf-8") for n, text in enumerate(texts)]
    with pytest.raises(InvalidTokenError):
        await verifier().verify(tokens.sealed(parts[0], parts[1]))


@pytest.mark.parametrize("text", [b"", b"null", b"[]", b"7", b'"x"', b"{}x", b"\xff", b"[" * 9000])
@pytest.mark.parametrize("part", [0, 1], ids=["header", "claims"])
async def test_what_is_no_object_is_refused(text: bytes, part: int) -> None:
    parts = [b'{"alg": "RS256", "kid": "key-1"}', json.dumps(claims()).encode()]
    parts[part] = text
    with pytest.raises(InvalidTokenError):
        await verifier().verify(tokens.sealed(parts[0], parts[1]))


async def test_an_identity_knows_its_parts() -> None:
    payload = claims()
    identity = await verifier().verify(signed(payload))
    assert identity.user == "alice@example.com"
    assert identity.idp_groups == ("eng",)
    assert identity.expires_at == datetime.fromtimestamp(payload["exp"], UTC)


async def test_an_address_that_is_not_verified_is_told_apart() -> None:
    with pytest.raises(UnverifiedEmailError):
        await verifier().verify(signed(claims(email_verified=False)))


@pytest.mark.parametrize(
    "header",
    [
        pytest.param({"kid": REMOVED}, id="no key id"),
        pytest.param({"kid": "unknown"}, id="an unknown key"),
        pytest.param({"kid": "x" * 65}, id="a key id too long"),
        pytest.param({"jku": "https://elsewhere.test/keys"}, id="where to fetch a key"),
        pytest.param({"x5u": "https://elsewhere.test/keys"}, id="where to fetch a certificate"),
        pytest.param({"jwk": {"kty": "RSA"}}, id="a key of its own"),
        pytest.param({"x5c": ["MII"]}, id="a certificate of its own"),
        pytest.param({"crit": ["exp"]}, id="an extension it insists on"),
        pytest.param({"typ": "logout+jwt"}, id="a logout token"),
        pytest.param({"typ": "at+jwt"}, id="an access token"),
    ],
)
async def test_a_header_that_is_refused(header: dict[str, Any]) -> None:
    with pytest.raises(InvalidTokenError):
        await verifier().verify(signed(claims(), **header))


@pytest.mark.parametrize("kind", ["JWT", "jwt"])
async def test_a_type_may_be_named(kind: str) -> None:
    assert await verifier().verify(signed(claims(), typ=kind))


async def test_an_elliptic_key_signs_too() -> None:
    key = tokens.ec_key()
    token = signed(claims(), key=key, algorithm="ES256")
    assert await verifier(tokens.jwk(key)).verify(token)


async def test_another_persons_signature_is_refused() -> None:
    with pytest.raises(InvalidTokenError):
        await verifier().verify(signed(claims(), key=tokens.rsa_key("another")))


async def test_no_signature_is_refused() -> None:
    with pytest.raises(InvalidTokenError):
        await verifier().verify(signed(claims(), key="", algorithm="none"))


@pytest.mark.parametrize("algorithm", ["HS256", "RS512", "PS256"])
async def test_another_algorithm_is_refused(algorithm: str) -> None:
    key: Any = b"x" * 64 if algorithm == "HS256" else tokens.rsa_key()
    with pytest.raises(InvalidTokenError):
        await verifier().verify(signed(claims(), key=key, algorithm=algorithm))


async def test_the_public_key_is_no_shared_secret() -> None:
    """The classic confusion: HMAC with the text of the public key."""
    public = tokens.rsa_key().public_key()
    text = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    mac = hmac.new(text, b"", "sha256")
    token = signed(claims(), key=b"k" * 32, algorithm="HS256")
    head, body, _ = token.split(".")
    mac.update(f"{head}.{body}".encode())
    forged = base64.urlsafe_b64encode(mac.digest()).rstrip(b"=").decode()
    with pytest.raises(InvalidTokenError):
        await verifier().verify(f"{head}.{body}.{forged}")


async def test_the_keys_algorithm_counts() -> None:
    token = signed(claims(), key=tokens.ec_key(), algorithm="ES256")
    with pytest.raises(InvalidTokenError):
        await verifier(tokens.jwk(tokens.rsa_key())).verify(token)


async def test_no_issuer_is_refused() -> None:
    with pytest.raises(InvalidTokenError):
        await verifier().verify(signed(claims(iss=REMOVED)))


async def test_a_provider_whose_clock_is_ahead_locks_nobody_out() -> None:
    ahead = claims()
    ahead |= {"iat": ahead["iat"] + 60, "exp": ahead["exp"] + 60}
    assert await verifier().verify(signed(ahead))


async def test_there_is_no_leeway_at_the_end() -> None:
    ended = claims()
    ended |= {"iat": ended["iat"] - 1801, "exp": ended["iat"] - 1}
    with pytest.raises(InvalidTokenError):
        await verifier().verify(signed(ended))


class Clock:
    """A clock that the test moves."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


async def test_a_token_is_remembered_for_a_minute_and_not_longer() -> None:
    provider = Provider()
    payload = claims()
    clock = Clock(payload["iat"])
    checked = Verifier(ISSUER, Keys(provider.fetch, clock=clock), clock=clock)
    token = signed(payload)
    first = await checked.verify(token)
    assert await checked.verify(token) is first
    clock.now += 61
    assert await checked.verify(token) is not first


async def test_a_token_is_not_remembered_past_its_end() -> None:
    payload = claims()
    payload |= {"iat": payload["iat"] - 1000, "exp": payload["iat"] + 20}
    clock = Clock(payload["exp"] - 20)
    checked = Verifier(ISSUER, Keys(Provider().fetch), clock=clock)
    token = signed(payload)
    first = await checked.verify(token)
    clock.now += 19
    assert await checked.verify(token) is first
    clock.now += 1
    with pytest.raises(InvalidTokenError):
        await checked.verify(token)


async def test_the_end_comes_to_the_second() -> None:
    payload = claims()
    clock = Clock(payload["exp"] - 0.001)
    token = signed(payload)
    assert await Verifier(ISSUER, Keys(Provider().fetch), clock=clock).verify(token)
    clock.now = payload["exp"]
    with pytest.raises(InvalidTokenError):
        await Verifier(ISSUER, Keys(Provider().fetch), clock=clock).verify(token)


async def test_the_beginning_comes_to_the_second() -> None:
    payload = claims()
    payload["nbf"] = payload["iat"] + 10
    clock = Clock(payload["nbf"] - 0.001)
    checked = Verifier(ISSUER, Keys(Provider().fetch), clock=clock)
    with pytest.raises(InvalidTokenError):
        await checked.verify(signed(payload))
    clock.now = payload["nbf"]
    assert await checked.verify(signed(payload))


async def test_a_remembered_token_is_known_whole() -> None:
    """Neither another signature nor other claims pass for one that was seen."""
    checked = verifier()
    token = signed(claims())
    await checked.verify(token)
    other = signed(claims(email="bob@example.com"))
    head, body, signature = token.split(".")
    for forged in (
        f"{head}.{body}.{other.split('.')[2]}",
        f"{head}.{other.split('.')[1]}.{signature}",
        f"{head}.{body}.{signature[:-4]}AAAA",
    ):
        with pytest.raises(InvalidTokenError):
            await checked.verify(forged)
    assert (await checked.verify(other)).user == "bob@example.com"


async def test_only_so_many_tokens_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rise_backend.identity.verifier.REMEMBERED", 3)
    checked = verifier()
    held = [signed(claims(jti=str(number))) for number in range(4)]
    first = [await checked.verify(token) for token in held]
    for token, identity in list(zip(held, first, strict=True))[1:]:
        assert await checked.verify(token) is identity
    assert await checked.verify(held[0]) is not first[0]
