"""What is not about projects and teams passes as it is, both ways, by both doors to the API server.

What the API server was asked is read in its own audit log; what it answers is held against what
it answers without a gateway.
"""

import gzip
import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import pytest
from fixtures.realm import Realm
from fuzz.audit import Audit
from tokens import claims, signed
from web import Answer, Web

from rise_local.supervisor import until

PROTOBUF = "application/vnd.kubernetes.protobuf"
OPENAPI = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"
DISCOVERY = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
REVIEWS = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
REVIEW = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
NAMESPACES = "/api/v1/namespaces"
WRITTEN_S = 60.0
TRIES = 5
ALIKE = ("content-type", "content-encoding", "etag", "vary", "cache-control", "location")
TARGETS = (
    f"{NAMESPACES}/default%2Fpods",
    f"{NAMESPACES}/default/pods%2fnone/log",
    f"{NAMESPACES}%2F",
    "/api//v1/pods",
    "/apis/apps//v1/deployments",
    "/apis/apps/v1//",
    f"{NAMESPACES}/%2e%2e/pods",
    f"{NAMESPACES}/a/../b/pods",
    f"{NAMESPACES}/%C3%A9/pods",
    f"{NAMESPACES}/a+b%20c/pods",
    "/apis/rise.dev/v1alpha1/%70rojects/none",
    "/version/",
    "/version?x=%2B+%20%C3%A9&x=&&y",
    "/api/v1/pods?limit=1&limit=2&labelSelector=a%3Db%2Cc",
    "/openapi/v3/apis/rise.dev/v1alpha1?hash=%41",
)


def _doors(realm: Realm) -> Mapping[str, Web]:
    return {"direct": realm.api, "token": realm.backend, "impersonate": realm.impersonating}


def _by_every_door(realm: Realm, ask: Callable[[Web], Any]) -> dict[str, Any]:
    doors = _doors(realm)
    with ThreadPoolExecutor(len(doors)) as people:
        return dict(zip(doors, people.map(ask, doors.values()), strict=True))


def _of_one_moment(ask: Callable[[], Mapping[str, Answer]]) -> Mapping[str, Answer]:
    """Ask until all say the same, or never do: versions move on, for the API server writes, too."""
    for _ in range(TRIES - 1):
        answers = ask()
        if len({answer.body for answer in answers.values()}) == 1:
            return answers
    return ask()


def _alike(answers: Mapping[str, Answer]) -> None:
    """See that nobody can tell by an answer which way it came."""
    direct = answers["direct"]
    for door, answer in answers.items():
        assert (answer.code, answer.body) == (direct.code, direct.body), door
        for name in ALIKE:
            assert answer.headers.get_all(name) == direct.headers.get_all(name), (door, name)


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_arrives_as_it_was_sent(realm: Realm, target: str) -> None:
    person = f"b{uuid4().hex}@example.com"
    token = signed(claims(issuer=realm.issuer, email=person))
    audit, uris = Audit(realm.audit), list[str]()

    def asked() -> list[str]:
        uris.extend(each.uri for each in audit.entries() if each.user == f"rise:{person}")
        return uris

    _alike(_by_every_door(realm, lambda web: web.get(target, token)))
    until(lambda: len(asked()) >= len(_doors(realm)), timeout_s=WRITTEN_S)
    assert uris == [target] * len(_doors(realm))


@pytest.mark.parametrize(
    ("path", "accept"),
    [
        pytest.param("/openapi/v2", OPENAPI, id="a document in protobuf"),
        pytest.param("/openapi/v2", "application/json", id="a document"),
        pytest.param("/apis", DISCOVERY, id="discovery"),
        pytest.param(NAMESPACES, PROTOBUF, id="a list in protobuf"),
        pytest.param(NAMESPACES, "application/json;as=Table;v=v1;g=meta.k8s.io", id="a table"),
        pytest.param(f"{NAMESPACES}?watch=1&timeoutSeconds=1", "application/json", id="a watch"),
        pytest.param(
            f"{NAMESPACES}?watch=1&timeoutSeconds=1",
            f"{PROTOBUF};stream=watch",
            id="a watch in protobuf",
        ),
        pytest.param(
            f"{NAMESPACES}?watch=1&timeoutSeconds=1&sendInitialEvents=true"
            "&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true",
            "application/json",
            id="a watch that begins with a list",
        ),
    ],
)
@pytest.mark.usefixtures("reader")
def test_an_answer_arrives_as_it_was_sent(realm: Realm, path: str, accept: str) -> None:
    token = signed(claims(issuer=realm.issuer))

    def asked(encoding: str) -> Mapping[str, Answer]:
        headers = [("Accept", accept), ("Accept-Encoding", encoding)]
        return _of_one_moment(
            lambda: _by_every_door(realm, lambda web: web.get(path, token, *headers))
        )

    with ThreadPoolExecutor(2) as both:
        packed, plain = both.map(asked, ("gzip", "identity"))
    for answers in (packed, plain):
        assert answers["direct"].code == HTTPStatus.OK
        assert answers["direct"].body
        _alike(answers)
    if path.startswith("/openapi"):  # what is large is packed for who reads it so
        assert packed["direct"].headers["content-encoding"] == "gzip"
        assert gzip.decompress(packed["token"].body) == plain["token"].body


def test_a_body_arrives_as_it_was_sent(realm: Realm) -> None:
    """The API server's own protobuf, sent back: one byte otherwise, and it cannot be read."""
    token = signed(claims(issuer=realm.issuer))
    asked = partial(Web.ask, method="POST", target=REVIEWS, token=token)
    told = asked(
        realm.api,
        headers=[("Content-Type", "application/json"), ("Accept", PROTOBUF)],
        body=json.dumps(REVIEW).encode(),
    )
    assert told.body.startswith(b"k8s\0")
    kinds = [("Content-Type", PROTOBUF), ("Accept", PROTOBUF)]
    for way in (told.body, [told.body[:20], told.body[20:]]):
        for door, answer in _by_every_door(
            realm, lambda web, way=way: asked(web, headers=kinds, body=way)
        ).items():
            assert (answer.code, answer.kind) == (HTTPStatus.CREATED, PROTOBUF), door
            assert b"rise:alice@example.com" in answer.body
