"""The registry's token: its claims, its signature, its life."""

import time
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography import x509
from token_server import HOST, login, password, pull

from rise_backend.registry.offered import Offer
from rise_backend.registry.scopes import Access
from rise_backend.registry.tokens import Token, token
from rise_registry.contract import Action

WEB = Access("shop/web", frozenset({Action.PUSH, Action.PULL}))


@pytest.fixture
def made(local: Offer) -> Token:
    """A token that opens shop/web."""
    assert local.hosted is not None
    return token(local.hosted, "rise:alice@example.com", [WEB])


def _claims(text: str, keys: Path) -> dict[str, Any]:
    certificate = x509.load_pem_x509_certificate((keys / "backend.crt").read_bytes())
    key: Any = certificate.public_key()
    return jwt.decode(text, key, ["ES256"], audience=HOST, issuer="rise")


def test_what_it_says(keys: Path, made: Token) -> None:
    claims = _claims(made.text, keys)
    begun = claims.pop("iat")
    assert abs(begun - time.time()) < 3600
    assert claims == {
        "iss": "rise",
        "sub": "rise:alice@example.com",
        "aud": HOST,
        "nbf": begun - 60,
        "exp": begun + 240,
        "jti": made.jti,
        "access": [{"type": "repository", "name": "shop/web", "actions": ["pull", "push"]}],
    }


def test_its_key_travels_along_by_its_chain_alone(made: Token) -> None:
    header = jwt.get_unverified_header(made.text)
    assert (header["alg"], header["typ"]) == ("ES256", "JWT")
    assert len(header["x5c"]) >= 1
    assert header.keys() == {"alg", "typ", "x5c"}


def test_what_a_client_is_told(made: Token) -> None:
    answer = made.answer()
    assert answer["token"] == answer["access_token"] == made.text
    assert answer["expires_in"] == 240
    assert answer["issued_at"] == made.issued_at.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_no_two_have_one_id(local: Offer) -> None:
    assert local.hosted is not None
    registry = local.hosted
    assert len({token(registry, "x", []).jti for _ in range(50)}) == 50


def test_it_is_not_shown(made: Token) -> None:
    assert made.text not in repr(made)


@pytest.mark.row(114, via="unit")
def test_a_password_is_no_token_of_the_registry(keys: Path) -> None:
    """Its audience and issuer are others, so a registry refuses it before anything else."""
    for statement in (pull(), login()):
        said = jwt.decode(password(statement, keys), options={"verify_signature": False})
        assert said["aud"] != HOST
        assert said["iss"] != "rise"
        assert "access" not in said
