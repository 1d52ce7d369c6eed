"""REST while something that it depends on is away."""

import signal
from http import HTTPStatus

import pytest
from away import away
from fixtures.people import Shell, names, project, team
from web import TokenOf, Web

from rise_backend.rest.cursors import written
from rise_local.platform import Platform

pytestmark = pytest.mark.e2e
ALICE = {"user": "alice@example.com"}


def test_lists_are_the_same_without_the_database(
    platform: Platform, web: Web, alice: Shell, token_of: TokenOf, prefix: str
) -> None:
    alice.apply(team(prefix, owners=["alice@example.com"], members=["carol@example.com"]))
    alice.kubectl("wait", "--for=condition=Ready", f"team/{prefix}", "--timeout=60s")
    for letter in "abc":
        owner = {"team": prefix} if letter == "c" else ALICE
        members = [{"user": "bob@example.com", "role": "viewer"}] if letter == "b" else []
        alice.apply(
            project(f"{prefix}-{letter}", owner=owner, members=members, description="Bread")
        )
    everything = [f"project/{prefix}-{letter}" for letter in "abc"]
    alice.kubectl("wait", "--for=condition=Ready", *everything, "--timeout=60s")
    questions = [
        (person, question)
        for person in ("alice", "carol", "mallory")
        for question in (
            f"/projects?search={prefix}",
            f"/projects?search={prefix}&limit=1",
            f"/projects?search={prefix}&limit=2&after={written('projects:name', f'{prefix}-a')}",
            f"/projects?prefix={prefix}&sort=-created&limit=2",
            f"/projects?prefix={prefix}&sort=-name&ready=true&suspended=false",
            f"/projects?prefix={prefix}&member=user:bob@example.com&role=viewer",
            f"/projects?search=bread&owner=team:{prefix}",
            f"/projects?search={prefix}&owner=user:ALICE@example.com",
            f"/teams?search={prefix}",
            f"/teams?prefix={prefix}&member=carol@example.com&role=member&sort=-created",
        )
    ]

    def listed() -> list[tuple[set[str], str | None]]:
        answers = [web.get(question, token_of(person)) for person, question in questions]
        assert {answer.code for answer in answers} == {HTTPStatus.OK}
        return [(names(answer.json["items"]), answer.json["next"]) for answer in answers]

    each = len(questions) // 3
    alice.until(
        lambda: [len(found) for found, _ in listed()[:each]] == [3, 1, 2, 2, 3, 1, 1, 2, 1, 1],
        "the mirror holds what was made, and that it is Ready",
    )
    before = listed()
    assert ({f"{prefix}-c"}, None) in before[each : 2 * each], "carol sees the team's project"
    assert before[2 * each :] == [(set(), None)] * each, "mallory sees nothing of it"
    with away(platform, "postgres"):
        assert listed() == before
        alice.until(
            lambda: "away" in web.get("/readyz").json["checks"]["database"],
            "/readyz names the database",
        )
        assert web.get("/readyz").code == HTTPStatus.OK
        assert web.get("/readyz").json["ready"] is True
        assert web.login("carol@example.com").code == HTTPStatus.SERVICE_UNAVAILABLE  # Dex's store
        assert web.get(f"/projects/{prefix}-c", token_of("carol")).code == HTTPStatus.OK
    alice.until(
        lambda: web.get("/readyz").json["checks"]["database"] == "ok",
        "the database is asked again",
    )
    assert listed() == before


def test_without_dex_tokens_in_hand_go_on(
    platform: Platform, web: Web, token_of: TokenOf, alice: Shell
) -> None:
    token = token_of("alice")
    with away(platform, "dex"):
        answer = web.login("alice@example.com")
        assert answer.code == HTTPStatus.SERVICE_UNAVAILABLE
        assert answer.kind == "application/problem+json"
        assert answer.headers["retry-after"]
        assert "the identity provider does not answer" in answer.json["detail"]
        assert web.get("/me", token).code == HTTPStatus.OK
        assert web.get("/projects", token).code == HTTPStatus.OK
        assert web.get("/version", token).code == HTTPStatus.OK
        assert web.get("/readyz").code == HTTPStatus.OK
        assert web.get("/config").code == HTTPStatus.OK
    alice.until(
        lambda: web.login("alice@example.com").code == HTTPStatus.OK, "people can sign in again"
    )


def test_without_the_api_server_it_says_so_and_recovers(
    platform: Platform, web: Web, alice: Shell, token_of: TokenOf, prefix: str
) -> None:
    alice.apply(project(prefix, owner=ALICE))
    token = token_of("alice")
    with away(platform, "kube-apiserver", signal.SIGKILL):
        for path in (f"/projects/{prefix}", "/teams/no-such-team"):
            answer = web.get(path, token)
            assert answer.code == HTTPStatus.SERVICE_UNAVAILABLE
            assert answer.kind == "application/problem+json"
            assert "the API server does not answer" in answer.json["detail"]
        status = web.get(f"/apis/rise.dev/v1alpha1/projects/{prefix}", token)
        assert status.code == HTTPStatus.SERVICE_UNAVAILABLE
        assert (status.json["kind"], status.json["reason"]) == ("Status", "ServiceUnavailable")
        assert status.headers["retry-after"]
        assert web.get("/livez").code == HTTPStatus.OK
        assert web.get("/me", token).code == HTTPStatus.OK
        alice.until(
            lambda: web.get("/readyz").code == HTTPStatus.SERVICE_UNAVAILABLE,
            "/readyz says that the API server is away",
        )
        assert web.get("/readyz").json["checks"]["api-server"] != "ok"
    alice.until(lambda: web.get("/readyz").code == HTTPStatus.OK, "it is ready again")
    platform.wait_ready()
    assert web.get(f"/projects/{prefix}", token).code == HTTPStatus.OK
    assert prefix in alice.kubectl("get", "projects")
