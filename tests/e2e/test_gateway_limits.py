"""Requests that are too long, malformed or senseless: refused, and nobody else is held up."""

import json
import time
from contextlib import ExitStack, closing
from http import HTTPStatus

import pytest
from web import TokenOf, Web

from rise_backend.gateway.at_once import MOST

pytestmark = pytest.mark.e2e
ALL = "/apis/rise.dev/v1alpha1"
REVIEWS = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
REVIEW = json.dumps({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"})
JSON = ("Content-Type", "application/json")


@pytest.mark.parametrize("way", ["whole", "in pieces"])
@pytest.mark.parametrize("path", [f"{ALL}/projects", REVIEWS])
def test_a_body_over_the_limit_is_refused(web: Web, token_of: TokenOf, path: str, way: str) -> None:
    body = [b" " * 1_000_000] * 4
    answer = web.ask(
        "POST",
        path,
        token=token_of("alice"),
        headers=[JSON],
        body=b"".join(body) if way == "whole" else body,
    )
    assert answer.code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert answer.json["reason"] == "RequestEntityTooLarge"


def test_a_body_below_the_limit_passes(web: Web, token_of: TokenOf) -> None:
    padded = [REVIEW.encode(), b" " * 2_900_000]
    answer = web.ask("POST", REVIEWS, token=token_of("alice"), headers=[JSON], body=padded)
    assert answer.code == HTTPStatus.CREATED


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "PURGE"])
def test_other_methods_are_refused(web: Web, token_of: TokenOf, method: str) -> None:
    answer = web.ask(method, f"{ALL}/projects", token=token_of("alice"))
    assert answer.code in {HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.BAD_REQUEST}


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(b"GET /version HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 200_000, id="a header"),
        pytest.param(b"GET /" + b"x" * 200_000, id="a path"),
        pytest.param(b"GET / HTTP/1.1\r\n" + b"X: 1\r\n" * 40_000, id="many headers"),
    ],
)
def test_a_head_without_end_is_cut_off(web: Web, head: bytes) -> None:
    received = web.raw(head)
    assert received.startswith(b"HTTP/1.1 431 ")
    assert web.get("/livez").code == HTTPStatus.OK


@pytest.mark.parametrize(
    "query",
    [
        "resourceVersion=" + "9" * 5000,
        "resourceVersion=x",
        "resourceVersion=%D9%A1",
        "labelSelector=" + "%20" * 10_000 + "!!",
        "labelSelector=a%20b",
        "fieldSelector=x",
        "watch=1&resourceVersion=-1",
    ],
    ids=lambda query: query[:30],
)
def test_a_list_that_makes_no_sense_is_a_bad_request(
    web: Web, token_of: TokenOf, query: str
) -> None:
    answer = web.get(f"{ALL}/projects?{query}", token_of("alice"))
    assert (answer.code, answer.json["reason"]) == (HTTPStatus.BAD_REQUEST, "BadRequest")


def test_a_time_limit_that_is_none_is_ignored(web: Web, token_of: TokenOf) -> None:
    """As by the API server: the watch begins, and ends when its client goes."""
    connection = web.connection()
    for limit in ("x", "-1", "9" * 5000):
        connection.request(
            "GET",
            f"{ALL}/projects?watch=1&timeoutSeconds={limit}",
            headers={"Authorization": f"Bearer {token_of('alice')}"},
        )
        assert connection.getresponse().status == HTTPStatus.OK
        connection.close()


def test_formats_that_cannot_be_served_are_refused(web: Web, token_of: TokenOf) -> None:
    for accept in ("application/cbor", "application/vnd.kubernetes.protobuf", "text/html"):
        answer = web.get(f"{ALL}/projects", token_of("alice"), ("Accept", accept))
        assert (answer.code, answer.json["reason"]) == (HTTPStatus.NOT_ACCEPTABLE, "NotAcceptable")


@pytest.mark.row(104)
@pytest.mark.parametrize("protocol", ["SPDY/3.1", "websocket"])
def test_what_leaves_http_is_refused_in_words(web: Web, token_of: TokenOf, protocol: str) -> None:
    path = "/api/v1/namespaces/default/pods/x/exec?command=sh"
    headers = [("Connection", "Upgrade"), ("Upgrade", protocol)]
    answer = web.ask("POST", path, token=token_of("alice"), headers=headers)
    assert answer.code == HTTPStatus.NOT_IMPLEMENTED
    assert "does not carry exec" in answer.json["message"]


def test_one_person_leaves_room_for_the_others(web: Web, token_of: TokenOf) -> None:
    token, path = token_of("mallory"), f"{ALL}/projects?watch=1"
    with ExitStack() as open_ones:
        for _ in range(MOST):
            connection = open_ones.enter_context(closing(web.connection()))
            connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
            assert connection.getresponse().status == HTTPStatus.OK
        refused = web.get(path, token)
        assert (refused.code, refused.json["reason"]) == (429, "TooManyRequests")
        assert refused.headers["retry-after"]
        assert web.get(f"{ALL}/projects", token_of("carol")).code == HTTPStatus.OK
    deadline = time.monotonic() + 60
    while web.get(f"{ALL}/projects", token).code != HTTPStatus.OK:
        assert time.monotonic() < deadline, "what was closed counts no longer"
