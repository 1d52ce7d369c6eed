"""Signing in with a password through REST."""

import base64
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import pytest
from fixtures.people import Shell
from web import PASSWORD, TokenOf, Web

from rise_local.platform import Platform

pytestmark = pytest.mark.e2e
ALICE = "alice@example.com"
PROBLEM = "application/problem+json"
JSON = ("Content-Type", "application/json")


def _claims(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


@pytest.mark.parametrize("path", ["/login", "/api/v1/login"])
def test_the_right_password_gives_the_providers_own_token(
    web: Web, api: Web, env: Mapping[str, str], path: str
) -> None:
    answer = web.login(ALICE, path=path)
    assert answer.code == HTTPStatus.OK
    assert answer.headers["cache-control"] == "no-store"
    assert set(answer.json) == {"token", "expiresAt", "user"}
    assert answer.json["user"] == ALICE

    token = answer.json["token"]
    claims = _claims(token)
    assert claims["iss"] == env["RISE_ISSUER"]
    assert "rise-kubernetes" in claims["aud"]
    expires = datetime.fromisoformat(answer.json["expiresAt"])
    assert expires == datetime.fromtimestamp(claims["exp"], UTC)
    assert timedelta(0) < expires - datetime.now(UTC) <= timedelta(hours=1)

    assert web.get("/me", token).json["user"] == ALICE
    assert api.get("/version", token).code == HTTPStatus.OK
    assert api.get("/version").code == HTTPStatus.UNAUTHORIZED


def test_an_address_is_one_person_however_it_is_spelt(web: Web) -> None:
    assert web.login("BOB@example.com").json["user"] == "bob@example.com"


@pytest.mark.parametrize(
    ("email", "password", "says"),
    [
        pytest.param(ALICE, "wrong", "the e-mail address or the password is wrong", id="password"),
        pytest.param(
            "nobody@example.com",
            PASSWORD,
            "the e-mail address or the password is wrong",
            id="nobody of that name",
        ),
        pytest.param("eve@example.com", PASSWORD, "not verified", id="address not verified"),
    ],
)
def test_who_cannot_sign_in_is_told_why(web: Web, email: str, password: str, says: str) -> None:
    answer = web.login(email, password)
    assert answer.code == HTTPStatus.UNAUTHORIZED
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.kind == PROBLEM
    assert says in answer.json["detail"]


def _json(**fields: Any) -> bytes:
    return json.dumps({"email": ALICE, "password": "never-shown", **fields}).encode()


@pytest.mark.parametrize(
    ("body", "code", "says"),
    [
        pytest.param(b'{"email": "never-shown', 400, "body", id="no JSON"),
        pytest.param(b'{"email": "\xff"}', 400, "body", id="no UTF-8"),
        pytest.param(b"[" * 20_000, 400, "body", id="nested without end"),
        pytest.param(b"", 422, "body", id="nothing"),
        pytest.param(b"[]", 422, "body", id="a list"),
        pytest.param(b'{"email": "a@b.c"}', 422, "password: ", id="no password"),
        pytest.param(_json(email=7), 422, "email: ", id="wrong type"),
        pytest.param(_json(email=""), 422, "email: ", id="empty address"),
        pytest.param(_json(password=""), 422, "password: ", id="empty password"),
        pytest.param(_json(password="x" * 1025), 422, "password: ", id="password too long"),
        pytest.param(_json(email="a\x00@b.c"), 422, "email: ", id="a NUL in the address"),
        pytest.param(_json(email="a\ud800@b.c"), 422, "email: ", id="half a character"),
        pytest.param(_json(scope="offline_access"), 422, "scope: ", id="a field that is none"),
        pytest.param(_json(pad="x" * 270_000), 413, "at most", id="too large"),
        pytest.param([_json(), b" " * 270_000], 413, "at most", id="too large in pieces"),
    ],
)
def test_a_body_that_is_none_is_refused(
    web: Web, body: bytes | Iterable[bytes], code: int, says: str
) -> None:
    answer = web.ask("POST", "/login", headers=[JSON], body=body)
    assert answer.code == code, answer.body
    assert answer.kind == PROBLEM
    assert answer.json["status"] == code
    assert says in answer.json["detail"]
    assert b"never-shown" not in answer.body


def test_a_form_is_no_json(web: Web) -> None:
    kind = ("Content-Type", "application/x-www-form-urlencoded")
    answer = web.ask("POST", "/login", headers=[kind], body=b"email=a%40b.c&password=never-shown")
    assert answer.code == HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    assert answer.headers["accept-post"] == "application/json"
    assert b"never-shown" not in answer.body


def test_the_log_never_has_a_token_or_a_password(
    web: Web, platform: Platform, administrator: Shell, token_of: TokenOf
) -> None:
    password, token = f"secret-{uuid4().hex}", token_of("alice")
    web.login(ALICE, password)
    web.ask("POST", "/login", headers=[JSON], body=_json(password=password, email=7))
    web.get(f"/projects/{token}", token)
    web.get(f"/projects?search={token}", token)
    web.get(f"/apis/{token}?token={token}", token)
    web.get("/me", token[:-4] + "AAAA")
    web.ask("DELETE", f"/apis/rise.dev/v1alpha1/projects/{token}", token=token)

    last = f"/{uuid4().hex}"
    web.get(last, token)
    administrator.until(lambda: last in platform.logs("backend"), "all of it is written down")
    log = platform.logs("backend")
    assert '"path": "/login", "code": 401' in log
    assert "[token]" in log
    for secret in (password, token, token.split(".")[1], token.split(".")[2]):
        assert secret not in log
