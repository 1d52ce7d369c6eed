"""What a sign-in comes to, whatever the identity provider answers."""

import json
from http import HTTPStatus
from typing import Any

import pytest
import tokens
from fixtures.realm import Realm
from issuer import Scripted
from tokens import claims, signed

EMAIL = "alice@example.com"


def _said(code: int, **body: Any) -> Scripted:
    return Scripted(code, json.dumps(body).encode(), {"Content-Type": "application/json"})


@pytest.mark.parametrize(
    ("answer", "code", "says"),
    [
        pytest.param(_said(401, error="access_denied"), 401, "is wrong", id="wrong password"),
        pytest.param(
            _said(400, error="invalid_grant"), 401, "is wrong", id="wrong, in other words"
        ),
        pytest.param(
            _said(400, error="unsupported_grant_type"), 400, "switched off", id="no passwords"
        ),
        pytest.param(
            _said(400, error="unauthorized_client"), 400, "switched off", id="not for this client"
        ),
        pytest.param(_said(500, error="server_error"), 503, "does not answer", id="it is broken"),
        pytest.param(_said(200), 503, "does not answer", id="no token"),
        pytest.param(_said(200, id_token=7), 503, "does not answer", id="a number for a token"),
        pytest.param(Scripted(200, b"<html>"), 503, "does not answer", id="a page"),
        pytest.param(Scripted(200, b"[1]"), 503, "does not answer", id="a list"),
        pytest.param(Scripted(200, b" " * 2_000_000), 503, "does not answer", id="too much"),
        pytest.param(
            Scripted(307, b"", {"Location": "https://127.0.0.1:1/token"}),
            503,
            "does not answer",
            id="somewhere else",
        ),
        pytest.param(Scripted(0, b""), 503, "does not answer", id="it hangs up"),
        pytest.param(_said(200, id_token="a.b.c"), 401, "cannot use Rise", id="garbage"),
    ],
)
def test_a_sign_in_that_comes_to_nothing(
    realm: Realm, answer: Scripted, code: int, says: str
) -> None:
    realm.script[EMAIL] = answer
    got = realm.backend.login(EMAIL, "never-shown")
    assert got.code == code, got.body
    assert got.kind == "application/problem+json"
    assert says in got.json["detail"]
    assert b"never-shown" not in got.body
    assert "never-shown" not in realm.log.read_text()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        pytest.param({"email_verified": False}, "not verified", id="not verified"),
        pytest.param({"aud": "rise-cli"}, "cannot use Rise", id="for another audience"),
        pytest.param({"email": "alice"}, "cannot use Rise", id="no address"),
        pytest.param({"iss": "https://elsewhere.test"}, "cannot use Rise", id="another issuer"),
    ],
)
def test_a_token_that_is_not_acceptable_is_not_handed_out(
    realm: Realm, changes: dict[str, Any], says: str
) -> None:
    token = signed(claims(issuer=realm.issuer) | changes)
    realm.script[EMAIL] = _said(200, id_token=token)
    got = realm.backend.login(EMAIL)
    assert got.code == HTTPStatus.UNAUTHORIZED
    assert says in got.json["detail"]
    assert token.encode() not in got.body


def test_nobody_elses_signature_is_handed_out(realm: Realm) -> None:
    forged = signed(claims(issuer=realm.issuer), key=tokens.rsa_key("another"))
    realm.script[EMAIL] = _said(200, id_token=forged)
    assert realm.backend.login(EMAIL).code == HTTPStatus.UNAUTHORIZED


def test_a_sign_in_needs_no_database_and_hands_out_no_refresh_token(realm: Realm) -> None:
    token = signed(claims(issuer=realm.issuer))
    realm.script[EMAIL] = _said(200, id_token=token, refresh_token="secret", access_token="x")
    got = realm.backend.login(EMAIL)
    assert got.code == HTTPStatus.OK
    assert got.json["token"] == token
    assert set(got.json) == {"token", "expiresAt", "user"}
