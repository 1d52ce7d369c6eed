"""Signing in through REST without any OIDC code: browser, device, refresh, sign-out."""

import time
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import psycopg
import pytest
from fixtures.people import Shell
from redirects import sent_back
from web import PASSWORD, Answer, Web

from rise_local.browser import submit_forms
from rise_local.platform import Platform
from rise_local.postgres import url

pytestmark = pytest.mark.e2e
HERE = "http://127.0.0.1:8765/callback"
CAROL = "carol@example.com"  # no other test goes on with a session of hers
Json = dict[str, Any]


def _begun(web: Web, **more: Any) -> Json:
    answer = web.send("POST", "/login/browser", {"redirectUri": HERE, **more})
    assert answer.code == HTTPStatus.OK, answer.body
    return answer.json


def _back(web: Web, begun: Json, who: str = CAROL) -> Json:
    """Return what the browser brings back, as `finish` wants it."""
    answers = {"login": who, "password": PASSWORD}
    redirected = sent_back(begun["url"], web.ca, HERE, answers)
    return {"code": redirected["code"], "state": redirected["state"], "flow": begun["flow"]}


def _finish(web: Web, given: Json) -> Answer:
    return web.send("POST", "/api/v1/login/browser/finish", given)


def test_a_browser_signs_somebody_in(web: Web, env: Mapping[str, str]) -> None:
    begun = _begun(web)
    query = dict(parse_qsl(urlsplit(begun["url"]).query))
    assert begun["url"].startswith(env["RISE_ISSUER"])
    assert (query["response_type"], query["code_challenge_method"]) == ("code", "S256")
    assert query["state"] == begun["state"]
    assert begun["flow"] not in begun["url"]
    given = _back(web, begun)
    assert given["state"] == begun["state"]
    answer = _finish(web, given)
    assert answer.code == HTTPStatus.OK, answer.body
    assert answer.headers["cache-control"] == "no-store"
    assert set(answer.json) == {"token", "expiresAt", "user"}
    assert web.get("/me", answer.json["token"]).json["user"] == CAROL

    again = _finish(web, given)
    assert again.code == HTTPStatus.UNAUTHORIZED, "a code works once"
    assert again.json["type"].endswith("/sign-in-refused")


def test_a_redirect_that_is_not_ones_own_is_refused(web: Web) -> None:
    mine, theirs = _begun(web), _begun(web)
    stolen = _back(web, theirs, "mallory@example.com")
    for given in (
        {**stolen, "flow": mine["flow"]},  # mallory's redirect in carol's browser
        {**stolen, "state": ""},
        {**stolen, "state": mine["state"]},
    ):
        answer = _finish(web, given)
        assert answer.code == HTTPStatus.BAD_REQUEST
        assert answer.json["type"].endswith("/invalid-flow")
    forged = {**stolen, "flow": mine["flow"], "state": mine["state"]}
    assert _finish(web, forged).code == HTTPStatus.UNAUTHORIZED, "the verifier is another one"


@pytest.mark.parametrize(
    "flow", ["x", "e30", "W10", "bnVsbA", "é", "eyJ2ZXJpZmllciI6MX0", "A" * 9000, "="]
)
@pytest.mark.parametrize("path", ["/login/browser/finish", "/login/device/poll"])
def test_a_flow_that_is_none_is_refused(web: Web, path: str, flow: str) -> None:
    more = {"code": "x", "state": "y"} if path.endswith("finish") else {}
    answer = web.send("POST", path, {"flow": flow, **more})
    assert answer.code == HTTPStatus.BAD_REQUEST
    assert answer.json["type"].endswith("/invalid-flow")


@pytest.mark.parametrize(
    "uri",
    [
        "http://rise.example.com/callback",
        "http://127.0.0.1.example.com/callback",
        "http://[::1",
        "https://",
        "https://user@rise.example.com/",
        "https://rise.example.com/#here",
        "http://127.0.0.1:99999/callback",
        "javascript:alert(1)",
        "/callback",
    ],
)
def test_a_redirect_on_which_others_could_listen_is_refused(web: Web, uri: str) -> None:
    answer = web.send("POST", "/login/browser", {"redirectUri": uri})
    assert answer.code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert [one["pointer"] for one in answer.json["errors"]] == ["#/redirectUri"]


def test_another_device_signs_somebody_in(web: Web) -> None:
    begun = web.send("POST", "/login/device", {"offline": True}).json
    waiting = web.send("POST", "/login/device/poll", {"flow": begun["flow"]})
    assert waiting.code == HTTPStatus.ACCEPTED, waiting.body
    assert waiting.json == {"status": "pending", "interval": begun["interval"]}
    assert waiting.headers["retry-after"] == str(begun["interval"])
    hasty = web.send("POST", "/login/device/poll", {"flow": begun["flow"]})
    assert hasty.code == HTTPStatus.TOO_MANY_REQUESTS
    assert hasty.json["type"].endswith("/slow-down")
    assert int(hasty.headers["retry-after"]) > begun["interval"]

    answers = {"login": CAROL, "password": PASSWORD}
    submit_forms(begun["verificationUriComplete"], Path(web.ca), answers)
    deadline = time.monotonic() + 60
    answer = web.send("POST", "/login/device/poll", {"flow": begun["flow"]})
    while answer.code != HTTPStatus.OK and time.monotonic() < deadline:
        time.sleep(int(answer.headers["retry-after"]) / 4)
        answer = web.send("POST", "/login/device/poll", {"flow": begun["flow"]})
    assert answer.json["user"] == CAROL
    assert answer.json["refreshToken"]


def _offline(web: Web) -> Json:
    given = {"email": CAROL, "password": PASSWORD, "offline": True}
    return web.send("POST", "/login", given).json


def _refreshed(web: Web, token: str) -> Answer:
    return web.send("POST", "/login/refresh", {"refreshToken": token})


def _later(platform: Platform) -> None:
    """Have Dex believe that every refresh token was used last a minute ago."""
    with psycopg.connect(url(platform.home, "dex", "dex")) as conn:
        conn.execute("update refresh_token set last_used = last_used - interval '1 minute'")


def test_a_session_goes_on_and_ends(web: Web, platform: Platform) -> None:
    first = _offline(web)
    _later(platform)
    second = _refreshed(web, first["refreshToken"])
    assert second.code == HTTPStatus.OK, second.body
    assert second.json["user"] == CAROL
    assert second.json["refreshToken"] != first["refreshToken"]

    newest = {"refreshToken": second.json["refreshToken"]}
    early = web.send("POST", "/logout", newest)
    assert early.code == HTTPStatus.OK
    assert early.json["refreshTokenRevoked"] is False
    assert "ask again" in early.json["note"]
    assert early.headers["retry-after"]
    _later(platform)
    out = web.send("POST", "/logout", newest)
    assert out.json["refreshTokenRevoked"] is True
    assert "ID token works until its end" in out.json["note"]
    _later(platform)
    for token in (first["refreshToken"], newest["refreshToken"]):
        refused = _refreshed(web, token)
        assert refused.code == HTTPStatus.UNAUTHORIZED
        assert refused.json["type"].endswith("/sign-in-refused")
    assert web.get("/me", second.json["token"]).code == HTTPStatus.OK, "as the note says"
    for given in (newest, {"refreshToken": "garbage"}, {}):
        assert web.send("POST", "/logout", given).json["refreshTokenRevoked"] is False


def test_too_many_failures_wait_and_successes_never_count(web: Web) -> None:
    nobody = f"{uuid4().hex}@example.com"
    answers = [web.login(nobody, "wrong") for _ in range(11)]
    assert [one.code for one in answers] == [401] * 10 + [429]
    refused = answers[-1]
    assert refused.json["type"].endswith("/too-many-failures")
    assert 0 < int(refused.headers["retry-after"]) <= 60
    assert web.login(nobody.upper(), "wrong").code == HTTPStatus.TOO_MANY_REQUESTS
    forwarded = ("X-Forwarded-For", "192.0.2.7")
    body = b'{"email": "%s", "password": "wrong"}' % nobody.encode()
    headers = [("Content-Type", "application/json"), forwarded]
    again = web.ask("POST", "/login", headers=headers, body=body)
    assert again.code == HTTPStatus.TOO_MANY_REQUESTS
    for _ in range(12):
        assert web.login(CAROL).code == HTTPStatus.OK


def test_the_log_never_has_what_a_sign_in_hangs_on(
    web: Web, platform: Platform, administrator: Shell
) -> None:
    begun = _begun(web, offline=True)
    given = _back(web, begun)
    session = _finish(web, given).json
    web.send("POST", "/logout", {"refreshToken": session["refreshToken"]})
    web.send("POST", "/login/refresh", {"refreshToken": session["refreshToken"]})
    _finish(web, {**given, "code": f"wrong-{given['code']}"})
    last = f"/{uuid4().hex}"
    web.get(last)
    administrator.until(lambda: last in platform.logs("backend"), "all of it is written down")
    log = platform.logs("backend")
    secrets = (given["code"], given["flow"], begun["state"], session["refreshToken"])
    for secret in secrets:
        assert secret not in log
