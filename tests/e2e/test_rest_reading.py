"""Projects and teams read through REST."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import pytest
from fixtures.people import Shell, names, project, team
from web import Answer, TokenOf, Web

from rise_backend.rest.cursors import written

pytestmark = pytest.mark.e2e
ALICE = {"user": "alice@example.com"}
PREFIXES = pytest.mark.parametrize("root", ["", "/api/v1"])


def _ready(shell: Shell, *objects: str) -> None:
    shell.kubectl("wait", "--for=condition=Ready", *objects, "--timeout=60s")


def _mirrored(shell: Shell, web: Web, token: str, *wanted: str) -> None:
    shell.until(
        lambda: set(wanted) <= names(web.get("/projects?limit=500", token).json["items"]),
        f"the list holds {wanted}",
    )


def test_what_a_client_needs_is_told_to_everybody(web: Web, env: Mapping[str, str]) -> None:
    assert web.get("/config").json == web.get("/api/v1/config").json
    said = web.get("/config").json
    assert said["issuer"] == env["RISE_ISSUER"]
    assert said["clientId"] == "rise-cli"
    assert said["audience"] == "rise-kubernetes"
    assert "audience:server:client_id:rise-kubernetes" in said["scopes"]
    assert said["registry"] == env["RISE_REGISTRY"]


@PREFIXES
def test_who_am_i(web: Web, token_of: TokenOf, root: str) -> None:
    said = web.get(f"{root}/me", token_of("mallory")).json
    assert said["user"] == "mallory@example.com"
    assert said["username"] == "rise:mallory@example.com"
    assert said["groups"] == ["rise:idp:system:masters", "rise:users"]


def test_whoever_may_list_everything_no_longer_is_shown_their_own(
    alice: Shell, administrator: Shell, web: Web, token_of: TokenOf, prefix: str
) -> None:
    """Well before the minute is over for which other answers of the API server are kept."""
    alice.apply(project(prefix, owner=ALICE))
    role = ("clusterrole", prefix, "--verb=list", "--resource=projects.rise.dev")
    binding = ("clusterrolebinding", prefix)
    try:
        administrator.kubectl("create", *role)
        to = (f"--clusterrole={prefix}", "--user=rise:mallory@example.com")
        administrator.kubectl("create", *binding, *to)
        _mirrored(alice, web, token_of("mallory"), prefix)
        administrator.kubectl("delete", *binding)
        listed = f"/projects?prefix={prefix}"
        alice.until(
            lambda: web.get(listed, token_of("mallory")).json["items"] == [],
            "mallory is shown nothing of it",
            within_s=20,
        )
    finally:
        administrator.kubectl("delete", *binding, "--ignore-not-found")
        administrator.kubectl("delete", *role[:2], "--ignore-not-found")


@PREFIXES
def test_one_project_with_everything(
    web: Web, alice: Shell, token_of: TokenOf, prefix: str, root: str
) -> None:
    members = [{"user": "carol@example.com", "role": "viewer"}]
    alice.apply(project(prefix, owner=ALICE, members=members, description="bread & butter"))
    _ready(alice, f"project/{prefix}")
    said = web.get(f"{root}/projects/{prefix}", token_of("carol")).json
    assert said["owner"] == ALICE
    assert said["members"] == members
    assert said["description"] == "bread & butter"
    assert said["namespace"] == f"rise-{prefix}"
    assert said["ready"] is True
    assert {"Ready", "NamespaceReady", "AccessSynced"} <= {
        one["type"] for one in said["conditions"]
    }


@PREFIXES
def test_one_team_with_everything(
    web: Web, alice: Shell, token_of: TokenOf, prefix: str, root: str
) -> None:
    alice.apply(team(prefix, owners=["alice@example.com"], members=["carol@example.com"]))
    _ready(alice, f"team/{prefix}")
    said = web.get(f"{root}/teams/{prefix}", token_of("carol")).json
    assert (said["owners"], said["members"]) == (["alice@example.com"], ["carol@example.com"])
    assert said["ready"] is True
    alice.until(
        lambda: prefix in names(web.get(f"{root}/teams", token_of("carol")).json["items"]),
        "the list holds the team",
    )
    assert prefix not in names(web.get(f"{root}/teams", token_of("mallory")).json["items"])


def _pages(web: Web, token: str, path: str, limit: int) -> list[list[str]]:
    pages: list[list[str]] = []
    after: str | None = ""
    while after is not None:
        answer = web.get(f"{path}&limit={limit}&after={after}", token).json
        pages.append([item["name"] for item in answer["items"]])
        after = answer["next"]
    return pages


def test_lists_are_paged_searched_and_filtered(
    web: Web, alice: Shell, token_of: TokenOf, prefix: str
) -> None:
    alice.apply(team(prefix, owners=["alice@example.com"]))
    _ready(alice, f"team/{prefix}")
    made = [f"{prefix}-{letter}" for letter in "abcde"]
    for name in made:
        owner = {"team": prefix} if name.endswith(("d", "e")) else ALICE
        alice.apply(project(name, owner=owner, description=f"The {name.upper()} of {prefix}"))
    token = token_of("alice")
    _mirrored(alice, web, token, *made)

    mine = f"/projects?search={prefix}"
    assert _pages(web, token, mine, 2) == [made[:2], made[2:4], made[4:]]
    assert _pages(web, token, mine, 5) == [made]

    def found(query: str) -> list[str]:
        return _pages(web, token, f"/api/v1/projects?{query}", 100)[0]

    assert found(f"search={prefix}-C") == [made[2]]
    assert found(f"search={quote(f'the {prefix}-b OF')}") == [made[1]]
    assert found(f"search={prefix}-%25") == []
    assert found(f"search={prefix}-_") == []
    assert found(f"owner=team:{prefix}") == made[3:]
    assert found(f"search={prefix}&owner=user:Alice@Example.com") == made[:3]
    assert found(f"search={prefix}&owner=user:bob@example.com") == []
    assert _pages(web, token, f"/teams?search={prefix.upper()}", 1) == [[prefix]]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("limit=many", "limit"),
        ("owner=alice@example.com", "owner"),
        ("owner=user:", "owner"),
        ("owner=group:eng", "owner"),
        ("search=" + "x" * 201, "search"),
        ("search=%00", "search"),
        ("after=" + "x" * 401, "after"),
        ("sort=age", "sort"),
        ("ready=maybe", "ready"),
        ("member=bob", "member"),
        ("role=viewer", "role"),
        ("member=user:b@c.d&role=owner", "role"),
        ("prefix=%25", "prefix"),
        ("prefix=-", "prefix"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused_by_name(
    web: Web, token_of: TokenOf, query: str, field: str
) -> None:
    answer = web.get(f"/projects?{query}", token_of("alice"))
    assert answer.code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert [error["parameter"] for error in answer.json["errors"]] == [field]


@pytest.mark.parametrize("kind", ["projects", "teams"])
@pytest.mark.parametrize(
    "after",
    [
        "shop",
        "e30",
        "W10",
        "bnVsbA",
        "%F0%9F%90%9F",
        "=",
        "A" * 400,
        written("projects:-name", "shop"),
        written("projects:name"),
        written("projects:name", 7),
        written("projects:name", "a\0b"),
        written("history", "shop"),
    ],
)
def test_a_cursor_that_is_none_of_ours_is_refused(
    web: Web, token_of: TokenOf, kind: str, after: str
) -> None:
    answer = web.get(f"/{kind}?after={after}", token_of("alice"))
    assert answer.code == HTTPStatus.BAD_REQUEST, answer.body
    assert answer.json["type"].endswith("/invalid-cursor")


@pytest.mark.parametrize("moment", ["now", "", "2026-13-01", "0001-01-01T00:00:00+14:00"])
def test_a_cursor_of_no_moment_is_refused(web: Web, token_of: TokenOf, moment: str) -> None:
    after = written("projects:created", "shop", moment)
    answer = web.get(f"/projects?sort=created&after={after}", token_of("alice"))
    assert answer.code == HTTPStatus.BAD_REQUEST, answer.body


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("/projects?onwer=user:bob@example.com", ["onwer"]),
        ("/projects?limit=1&limit=2", ["limit"]),
        ("/teams?owner=user:bob@example.com", ["owner"]),
        ("/projects/shop?watch=true", ["watch"]),
        ("/config?x=1&y=2", ["x", "y"]),
    ],
)
def test_a_parameter_that_is_not_known_is_refused(
    web: Web, token_of: TokenOf, path: str, names: list[str]
) -> None:
    answer = web.get(path, token_of("alice"))
    assert answer.code == HTTPStatus.BAD_REQUEST
    assert answer.json["type"].endswith("/unknown-parameter")
    assert [error["parameter"] for error in answer.json["errors"]] == names
    anonymous = web.get(path)
    assert anonymous.code == (
        HTTPStatus.BAD_REQUEST if path.startswith("/config") else HTTPStatus.UNAUTHORIZED
    )


@PREFIXES
def test_every_path_answers_head_and_options(web: Web, token_of: TokenOf, root: str) -> None:
    token = token_of("alice")
    for path in ("/me", "/projects", "/config"):
        head, got = web.ask("HEAD", root + path, token=token), web.get(root + path, token)
        assert (head.code, head.body) == (got.code, b"")
        assert head.headers["content-length"] == got.headers["content-length"]
    assert web.ask("HEAD", f"{root}/me").code == HTTPStatus.UNAUTHORIZED
    options = web.ask("OPTIONS", f"{root}/projects/shop")
    assert options.code == HTTPStatus.NO_CONTENT
    assert options.headers["allow"] == "GET, HEAD, PUT, PATCH, DELETE, OPTIONS"
    refused = web.ask("POST", f"{root}/projects/shop", token=token)
    assert refused.code == HTTPStatus.METHOD_NOT_ALLOWED
    assert refused.headers["allow"] == options.headers["allow"]
    assert web.ask("OPTIONS", f"{root}/projects/a/b/c").code == HTTPStatus.NOT_FOUND


def _faceless(answer: Answer, name: str) -> tuple[int, Any, list[tuple[str, str]]]:
    """Return an answer without what differs by its nature: the name and the request's id."""
    headers = [item for item in answer.headers.items() if item[0] != "x-request-id"]
    body = json.loads(answer.body.replace(name.encode(), b"NAME"))
    body.pop("requestId", None)
    return answer.code, body, headers


@PREFIXES
@pytest.mark.parametrize("kind", ["projects", "teams"])
def test_foreign_and_unknown_look_the_same(
    web: Web, bob: Shell, token_of: TokenOf, prefix: str, *, kind: str, root: str
) -> None:
    foreign, unknown = prefix, prefix[:-1] + "-"  # as long as the other
    unknown = unknown[:-1] + ("x" if prefix[-1] != "x" else "y")
    spec = {"owner": {"user": "bob@example.com"}}
    bob.apply(
        project(foreign, **spec)
        if kind == "projects"
        else team(foreign, owners=["bob@example.com"])
    )
    _ready(bob, f"{kind}/{foreign}")
    token = token_of("mallory")
    seen, absent = (web.get(f"{root}/{kind}/{name}", token) for name in (foreign, unknown))
    assert seen.code == HTTPStatus.NOT_FOUND
    assert foreign in seen.json["detail"]
    assert _faceless(seen, foreign) == _faceless(absent, unknown)
    assert web.get(f"{root}/{kind}/{foreign}", token_of("bob")).code == HTTPStatus.OK


@pytest.mark.parametrize("name", ["Shop", "a--b", "..", "%2e%2e", "a%2Fb", "%00", "x" * 63, "é"])
def test_a_name_that_cannot_be_is_not_found(web: Web, token_of: TokenOf, name: str) -> None:
    answer = web.get(f"/projects/{quote(name, safe='%')}", token_of("alice"))
    assert answer.code == HTTPStatus.NOT_FOUND
    assert answer.kind == "application/problem+json"
