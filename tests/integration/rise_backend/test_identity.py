"""One table of tokens, held against a real API server and a running backend: they agree."""

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

import pytest
import tokens
from _pytest.mark.structures import ParameterSet
from fixtures.realm import Realm
from tokens import CASES, STRICTER, Case, claims, signed
from web import Answer, Web

REVIEWS = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
REVIEW = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}


def whoami(web: Web, token: str) -> Answer:
    return web.send("POST", REVIEWS, REVIEW, token)


def user(answer: Answer) -> Any:
    assert answer.code == HTTPStatus.CREATED, answer.body
    return answer.json["status"]["userInfo"]


# Which rows of the attack matrix a sentence of the table stands for.
ROWS = {
    "a look-alike letter of another alphabet": 9,
    "e-mail not verified": 10,
    "nothing said of the e-mail": 11,
    "a token of the client alone, as client_credentials gives": 12,
    "a foreign audience beside ours": 13,
    "an unknown client": 14,
    "more than one hour": 15,
    "an account of the cluster": 17,
    "an extension it insists on": 92,
    "without an end": 93,
    "where to fetch a key": 97,
    "where to fetch a certificate": 97,
    "a key of its own that is none": 97,
    "a logout token": 98,
    "a logout event": 98,
    "a group called system:masters is nobody special": 102,
    "a line break in a group": 102,
    "a header's line in a group": 102,
}


def told(cases: Iterable[Case]) -> list[ParameterSet]:
    """Return the cases, each under its sentence and with its row."""
    return [
        pytest.param(
            case,
            id=case.sentence,
            marks=[pytest.mark.row(ROWS[case.sentence])] if case.sentence in ROWS else [],
        )
        for case in cases
    ]


def test_every_row_has_its_sentence() -> None:
    assert ROWS.keys() <= {case.sentence for case in (*CASES, *STRICTER)}


@pytest.mark.parametrize("case", told(CASES))
def test_the_table(realm: Realm, case: Case) -> None:
    token = tokens.token_of(case, realm.issuer)
    direct, through = whoami(realm.api, token), whoami(realm.backend, token)
    me = realm.backend.get("/api/v1/me", token)
    if case.username is None:
        codes = {direct.code, through.code, me.code}
        assert codes == {HTTPStatus.UNAUTHORIZED}
        return
    expected = {
        "username": case.username,
        "uid": case.uid,
        "groups": [*case.groups, "system:authenticated"],
        "extra": {"rise.dev/idp-sub": [case.uid]},
    }
    seen = user(direct)
    seen["extra"].pop("authentication.kubernetes.io/credential-id", None)
    assert seen == expected
    assert user(through) == user(direct)
    named = user(whoami(realm.impersonating, token))
    assert {**named, "groups": None} == {**seen, "groups": None}
    assert named["groups"] == ["rise:users", "system:authenticated"]  # no team names a group here
    assert me.json["username"] == case.username
    assert me.json["groups"] == list(case.groups)


@pytest.mark.parametrize("case", told(STRICTER))
def test_where_they_differ_the_backend_is_stricter(realm: Realm, case: Case) -> None:
    token = tokens.token_of(case, realm.issuer)
    seen = user(whoami(realm.api, token))
    assert (seen["username"], seen.get("uid", "")) == (case.username, case.uid)
    assert realm.backend.get("/me", token).code == HTTPStatus.UNAUTHORIZED
    assert whoami(realm.backend, token).code == HTTPStatus.UNAUTHORIZED


Forgery = Callable[[dict[str, Any]], str]


FORGERIES: dict[str, Forgery] = {
    "no token": lambda _: "",
    "garbage": lambda _: "a.b.c",
    "no signature": lambda good: signed(good, algorithm="none"),
    "another key's signature": lambda good: signed(good, key=tokens.rsa_key("another")),
    "an unknown key": lambda good: signed(good, kid="unknown"),
    "a shared secret": lambda good: signed(good, key=b"k" * 32, algorithm="HS256"),
    "ended a second ago": lambda good: signed(
        {**good, "iat": good["iat"] - 1801, "exp": good["iat"] - 1}
    ),
    "a letter more": lambda good: signed(good) + "A",
    "a segment more": lambda good: signed(good) + ".A",
    "signature cut off": lambda good: signed(good).rpartition(".")[0] + ".",
}


@pytest.mark.row(91, 92)
@pytest.mark.parametrize("forged", FORGERIES.values(), ids=FORGERIES)
def test_a_forged_token_is_nobodys(realm: Realm, forged: Forgery) -> None:
    token = forged(claims(issuer=realm.issuer))
    assert realm.api.get("/version", token).code == HTTPStatus.UNAUTHORIZED
    for path in ("/me", "/api/v1/projects", "/teams/x", "/version", "/apis/rise.dev/v1alpha1"):
        answer = realm.backend.get(path, token)
        assert answer.code == HTTPStatus.UNAUTHORIZED, path
        assert answer.headers["www-authenticate"] == "Bearer"
    # whatever was wrong, nobody is told more than the next
    refusals = [realm.backend.get("/version", other).body for other in (token, "x.y.z")]
    assert refusals[0] == refusals[1]


@pytest.mark.row(91)
@pytest.mark.parametrize(
    "given",
    [
        pytest.param(("Basic", "Bearer"), id="two headers"),
        pytest.param(("Bearer", "Bearer"), id="the same twice"),
        pytest.param(("Basic",), id="another scheme"),
        pytest.param(("",), id="no scheme"),
    ],
)
def test_there_is_one_bearer_token_or_none(realm: Realm, given: tuple[str, ...]) -> None:
    token = signed(claims(issuer=realm.issuer))
    headers = [("Authorization", f"{scheme} {token}".strip()) for scheme in given]
    for path in ("/me", "/version"):
        assert realm.backend.get(path, "", *headers).code == HTTPStatus.UNAUTHORIZED


def test_the_log_says_why_and_never_what(realm: Realm) -> None:
    for payload in (claims(issuer=realm.issuer), claims(issuer=realm.issuer, azp="elsewhere")):
        token = signed(payload)
        realm.backend.get("/me", token)
        realm.backend.get(f"/projects/{token}", token)
        realm.backend.get(f"/apis/{token}", token)
        log = realm.log.read_text()
        assert token not in log
        assert token.rpartition(".")[2] not in log
        assert token.split(".")[1] not in log
    assert "unknown client" in log
