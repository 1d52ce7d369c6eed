"""The gateway while something that it depends on, or itself, is started again."""

from http import HTTPStatus

import pytest
from fixtures.people import Shell, project
from watching import ALL, watching
from web import TokenOf, Web

from rise_local.platform import Platform

pytestmark = pytest.mark.e2e
ALICE = {"user": "alice@example.com"}


def test_an_api_server_that_died_is_followed_again(
    platform: Platform, alice: Shell, web: Web, token_of: TokenOf, prefix: str
) -> None:
    token = token_of("alice")
    before, after = f"{prefix}-before", f"{prefix}-after"
    alice.apply(project(before, owner=ALICE))
    with watching(web, token, "projects") as watched:
        alice.until(lambda: watched.saw(("ADDED", before)), "the watch has begun")
        platform.kill("kube-apiserver")
        alice.until(
            lambda: web.get("/apis", token).code == HTTPStatus.SERVICE_UNAVAILABLE,
            "the gateway notices",
        )
        platform.wait_ready()
        assert "created" in alice.apply(project(after, owner=ALICE))
        alice.until(
            lambda: watched.saw(("ADDED", after)) or watched.ended.is_set(),
            "no watch is left that is told nothing",
        )
    names = [item["metadata"]["name"] for item in web.get(f"{ALL}/projects", token).json["items"]]
    assert {before, after} <= set(names)
    assert "unchanged" in alice.apply(project(before, owner=ALICE))


def test_a_backend_that_was_restarted_knows_everybody_again(
    platform: Platform, alice: Shell, web: Web, token_of: TokenOf, prefix: str
) -> None:
    token = token_of("alice")
    alice.apply(project(prefix, owner=ALICE))
    version = web.get(f"{ALL}/projects", token).json["metadata"]["resourceVersion"]
    with watching(web, token, "projects") as watched:
        alice.until(lambda: watched.saw(("ADDED", prefix)), "the watch has begun")
        platform.stop("backend")
        assert watched.ended.wait(60), "an open watch is ended in order"
    platform.start("backend")
    assert web.get("/me", token).code == HTTPStatus.OK
    assert prefix in alice.kubectl("get", "projects")
    with watching(web, token, f"projects?resourceVersion={version}") as watched:
        assert watched.ended.wait(60), "what was told before is not known: the client lists anew"
    assert '"code":410' in watched.text


def test_who_may_list_everything_sees_everything(
    platform: Platform, administrator: Shell, web: Web, token_of: TokenOf, foreign: str
) -> None:
    """The backend remembers for a minute who may: a restarted one asks."""
    kinds = ("--verb=get,list,watch", "--resource=projects.rise.dev,teams.rise.dev")
    administrator.kubectl("create", "clusterrole", foreign, *kinds)
    user = "--user=rise:mallory@example.com"

    def seen() -> list[bool]:
        platform.stop("backend")
        platform.start("backend")
        paths = [f"{root}/{kind}" for root in ("", ALL) for kind in ("projects", "teams")]
        answers = [web.get(path, token_of("mallory")).body.decode() for path in paths]
        return [f'"name":"{foreign}"' in answer for answer in answers]

    try:
        administrator.kubectl(
            "create", "clusterrolebinding", foreign, f"--clusterrole={foreign}", user
        )
        administrator.until(lambda: seen() == [True] * 4, "mallory sees what is bob's")
        administrator.kubectl("delete", "clusterrolebinding", foreign)
        asked = ("auth", "can-i", "list", "teams.rise.dev", "--as=rise:mallory@example.com")
        administrator.until(
            lambda: "no" in administrator.kubectl(*asked, exit_code=None),
            "the API server has heard of it",
        )
        assert seen() == [False] * 4
    finally:
        for kind in ("clusterrolebinding", "clusterrole"):
            administrator.kubectl("delete", kind, foreign, "--ignore-not-found")
