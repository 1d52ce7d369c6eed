"""What REST says when something is wrong, and what it says of itself."""

import json
import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import jwt
import pytest
import tokens
from fixtures.people import Shell
from web import Answer, TokenOf, Web

from rise_backend.rest.kinds import Kind

pytestmark = pytest.mark.e2e
PROBLEM = "application/problem+json"
UNGUARDED = ("/api/v1/config", "/api/v1/login", "/api/v1/logout")


def _problem(answer: Answer, code: int, path: str) -> Any:
    assert answer.code == code, answer.body
    assert answer.kind == PROBLEM
    said = answer.json
    assert said["status"] == code
    (kind,) = [kind for kind in Kind if kind.uri == said["type"]]
    assert (kind.status, kind.title) == (code, said["title"])
    assert said["instance"] == path
    assert said["requestId"] == answer.headers["x-request-id"]
    assert said["detail"]
    return said


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/", 404),
        ("GET", "/api/v1/projects/a/b", 404),
        ("GET", "//projects", 404),
        ("GET", "/projects/", 404),
        ("GET", "/api/v1/login", 405),
        ("PATCH", "/api/v1/me", 405),
        ("GET", "/me", 401),
        ("GET", "/projects", 401),
        ("GET", "/api/v1/teams", 401),
        ("POST", "/login", 415),
        ("POST", "/me", 405),
    ],
)
def test_every_failure_is_a_problem(web: Web, method: str, path: str, code: int) -> None:
    answer = web.ask(method, path)
    said = _problem(answer, code, path)
    if code == HTTPStatus.METHOD_NOT_ALLOWED:
        assert answer.headers["allow"]
        assert answer.headers["allow"] in said["detail"]
    if code == HTTPStatus.UNAUTHORIZED:
        assert answer.headers["www-authenticate"] == "Bearer"


Forgery = Callable[[str], str]


def _payload(token: str) -> dict[str, Any]:
    return jwt.decode(token, options={"verify_signature": False})


def _kid(token: str) -> str:
    return str(jwt.get_unverified_header(token)["kid"])


def _without_signature(token: str) -> str:
    return tokens.signed(_payload(token), algorithm="none", kid=_kid(token))


def _signed_by_another(token: str) -> str:
    return tokens.signed(_payload(token), kid=_kid(token))


def _for_another(token: str) -> str:
    head, _, signature = token.split(".")
    other = tokens.signed(_payload(token) | {"email": "bob@example.com"}).split(".")[1]
    return f"{head}.{other}.{signature}"


FORGERIES: dict[str, Forgery] = {
    "garbage": lambda _: "garbage",
    "three segments of garbage": lambda _: "eyJhIjoxfQ.eyJhIjoxfQ.AAAA",
    "no signature": _without_signature,
    "signed by another": _signed_by_another,
    "another payload under the signature": _for_another,
    "ended": lambda token: tokens.signed(
        tokens.claims(issuer=_payload(token)["iss"], now=1_700_000_000)
    ),
    "seventeen thousand letters": lambda token: token + "A" * 17_000,
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
def test_a_token_that_is_not_genuine_is_nobodys(
    web: Web, token_of: TokenOf, forge: Forgery
) -> None:
    token = forge(token_of("alice"))
    said = _problem(web.get("/api/v1/me", token), 401, "/api/v1/me")
    assert said == {
        **_problem(web.get("/api/v1/me"), 401, "/api/v1/me"),
        "requestId": said["requestId"],
    }
    status = web.get("/version", token)
    assert status.code == HTTPStatus.UNAUTHORIZED
    assert (status.json["kind"], status.json["reason"]) == ("Status", "Unauthorized")


@pytest.mark.parametrize("path", ["/projects", "/config", "/apis", "/livez", "/nothing"])
def test_a_request_keeps_the_name_it_was_given(web: Web, path: str) -> None:
    mine = f"mine.{uuid4()}"
    assert web.get(path, "", ("X-Request-Id", mine)).headers.get_all("x-request-id") == [mine]


@pytest.mark.parametrize("given", ["", "two words", "x" * 65, '"quoted"', "é"])
def test_a_name_that_could_forge_a_log_is_replaced(web: Web, given: str) -> None:
    answer = web.get("/nothing", "", ("X-Request-Id", given))
    assert re.fullmatch(r"[0-9a-f-]{36}", str(answer.headers["x-request-id"]))


@pytest.mark.parametrize("host", ["[", "a b", "", "evil.example.com:99999", "é"])
def test_a_host_that_is_none_harms_nothing(web: Web, host: str) -> None:
    connection = web.connection()
    connection.putrequest("GET", "/nothing", skip_host=True)
    connection.putheader("Host", host)
    connection.endheaders()
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    assert answer.status in {HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST}
    assert b"evil" not in body


def test_the_document_describes_what_answers(web: Web, token_of: TokenOf) -> None:
    document = web.get("/api/v1/openapi.json").json
    assert document["openapi"].startswith("3.1")
    assert document["servers"] == [{"url": web.url}]
    operations = [one for path in document["paths"].values() for one in path.values()]
    names = [one["operationId"] for one in operations]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z]+([A-Z][a-z]+)+|[a-z]+", name) for name in names)
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            here = path.replace("{name}", "no-such-name")
            answer = web.send(method.upper(), here, {}, token_of("alice"))
            declared = operation["responses"][str(answer.code)]
            assert answer.kind in declared["content"], (method, path, answer.code)
            assert answer.code < HTTPStatus.INTERNAL_SERVER_ERROR
            assert ("security" in operation) is not path.startswith(UNGUARDED)
            if not path.startswith(UNGUARDED):
                refused = web.ask(method.upper(), here)
                assert refused.kind in operation["responses"][str(refused.code)]["content"]


def test_every_reference_in_the_document_leads_somewhere(web: Web) -> None:
    document = web.get("/api/v1/openapi.json").json
    references = re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document))
    assert set(references) <= set(document["components"]["schemas"])
    assert "Problem" in references


def test_it_says_how_it_is(web: Web, alice: Shell, env: Mapping[str, str]) -> None:
    del env
    assert (web.get("/livez").code, web.get("/livez").body) == (HTTPStatus.OK, b"ok")
    assert web.get("/readyz").json == {
        "ready": True,
        "checks": {
            "identity-provider": "ok",
            "api-server": "ok",
            "policies": "ok",
            "database": "ok",
        },
    }
    alice.kubectl("get", "projects")
    text = web.get("/metrics").body.decode()
    assert web.get("/metrics").kind.startswith("text/plain; version=0.0.4")
    for metric in (
        'rise_backend_requests_total{code="200",method="GET",surface="gateway"}',
        'rise_backend_cached_objects{resource="projects"}',
        'rise_backend_dependency_up{dependency="database"} 1.0',
        "rise_backend_watches",
        "rise_backend_loop_lag_seconds",
        "process_resident_memory_bytes",
    ):
        assert metric in text, metric
