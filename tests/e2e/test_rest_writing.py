"""Projects, teams, members and offers made, changed and handed over through REST."""

import json
import threading
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import pytest
from fixtures.people import Shell
from fixtures.people import project as manifest
from web import Answer, TokenOf, Web

pytestmark = pytest.mark.e2e
ALICE, BOB, CAROL = (f"{name}@example.com" for name in ("alice", "bob", "carol"))
Json = dict[str, Any]


@dataclass(frozen=True)
class Person:
    """Somebody who speaks REST."""

    web: Web
    token: str

    def ask(self, method: str, path: str, content: Json | None = None, **headers: str) -> Answer:
        """Send a request; headers are named with `_` for `-`."""
        given = [(name.replace("_", "-"), value) for name, value in headers.items()]
        if content is None:
            return self.web.ask(method, path, token=self.token, headers=given)
        body = json.dumps(content).encode()
        kind = ("Content-Type", "application/json")
        return self.web.ask(method, path, token=self.token, headers=[kind, *given], body=body)

    def does(self, method: str, path: str, content: Json | None = None, **headers: str) -> Answer:
        """Send a request that has to work."""
        answer = self.ask(method, path, content, **headers)
        assert answer.code < HTTPStatus.BAD_REQUEST, answer.body
        return answer

    def fails(
        self, kind: str, method: str, path: str, content: Json | None = None, **headers: str
    ) -> Json:
        """Send a request that has to fail so."""
        answer = self.ask(method, path, content, **headers)
        assert answer.kind == "application/problem+json", answer.body
        assert answer.json["type"] == f"https://rise.dev/problems/{kind}", answer.body
        return answer.json


@pytest.fixture
def people(web: Web, token_of: TokenOf) -> dict[str, Person]:
    return {name: Person(web, token_of(name)) for name in ("alice", "bob", "carol", "mallory")}


People = dict[str, Person]


def test_a_project_from_beginning_to_end(people: People, alice: Shell, prefix: str) -> None:
    me, path = people["alice"], f"/projects/{prefix}"
    asked = {"name": prefix, "description": "Bread", "sourceUrl": "https://git.example.com/x"}
    made = me.does("POST", "/projects", asked)
    assert made.code == HTTPStatus.CREATED
    assert made.headers["location"] == f"/api/v1/projects/{prefix}"
    assert made.json["owner"] == {"user": ALICE}, "without an owner it is one's own"
    read = me.does("GET", made.headers["location"])
    assert read.json["description"] == "Bread"

    again = me.does("POST", "/api/v1/projects", asked)
    assert (again.code, again.json["uid"]) == (HTTPStatus.OK, made.json["uid"])
    me.fails("name-taken", "POST", "/projects", {**asked, "description": "Cake"})

    changed = me.does("PATCH", path, {"description": "Cake", "sourceUrl": None})
    assert (changed.json["description"], changed.json["sourceUrl"]) == ("Cake", None)
    whole = {"owner": {"user": ALICE}, "suspended": True}
    replaced = me.does("PUT", path, whole).json
    assert (replaced["description"], replaced["suspended"]) == ("", True)
    assert me.does("PUT", path, whole).code == HTTPStatus.OK

    gone = me.does("DELETE", path)
    assert gone.code == HTTPStatus.ACCEPTED
    assert gone.json == {"name": prefix, "uid": made.json["uid"]}
    alice.until(lambda: me.ask("GET", path).code == HTTPStatus.NOT_FOUND, "the project is gone")


def test_a_team_and_its_people(people: People, prefix: str) -> None:
    me, path = people["alice"], f"/teams/{prefix}"
    made = me.does("PUT", path, {"owners": [ALICE]})
    assert made.code == HTTPStatus.CREATED
    assert me.does("PUT", path, {"owners": [ALICE]}).code == HTTPStatus.OK
    assert me.does("PUT", f"{path}/members/{BOB}", {"role": "member"}).json["role"] == "member"
    me.does("PUT", f"{path}/members/{CAROL}", {"role": "owner"})
    me.does("PUT", f"{path}/members/{CAROL}", {"role": "member"})
    assert me.does("GET", f"{path}/members").json["items"] == [
        {"user": ALICE, "role": "owner"},
        {"user": BOB, "role": "member"},
        {"user": CAROL, "role": "member"},
    ]
    assert me.does("DELETE", f"{path}/members/{BOB}").code == HTTPStatus.NO_CONTENT
    me.fails("not-found", "DELETE", f"{path}/members/{BOB}")
    said = me.fails("against-the-rules", "DELETE", f"{path}/members/{ALICE}")
    assert said["errors"]
    said = people["carol"].fails("forbidden", "PATCH", path, {"description": "mine"})
    assert "ask one of" in said["detail"]
    assert me.does("PATCH", path, {"description": "ours"}).json["description"] == "ours"
    assert me.does("DELETE", path).json["name"] == prefix


def test_members_of_a_project(people: People, prefix: str) -> None:
    me, path = people["alice"], f"/projects/{prefix}"
    me.does("POST", "/projects", {"name": prefix})
    me.does("PUT", f"{path}/members/user:{BOB}", {"role": "viewer"})
    me.does("PUT", f"{path}/members/user:{CAROL}", {"role": "viewer"})
    me.does("PUT", f"{path}/members/user:{BOB}", {"role": "developer"})
    listed = me.does("GET", f"{path}/members").json["items"]
    assert listed == [{"user": BOB, "role": "developer"}, {"user": CAROL, "role": "viewer"}]
    assert me.does("DELETE", f"{path}/members/user:{BOB}").code == HTTPStatus.NO_CONTENT
    assert len(me.does("GET", f"{path}/members").json["items"]) == 1
    me.fails("not-found", "DELETE", f"{path}/members/team:nobody")
    odd = "a%2Fb%3Fc%23d@example.com"  # RFC 5322 allows all of these
    me.does("PUT", f"{path}/members/user:{odd}", {"role": "viewer"})
    me.does("DELETE", f"{path}/members/user:{odd}")
    for subject in ("bob", f"group:{BOB}", "user:BOB@example.com", "team:-"):
        me.fails("invalid", "PUT", f"{path}/members/{subject}", {"role": "viewer"})


def test_nobodys_change_at_the_same_time_is_lost(people: People, prefix: str) -> None:
    me, path = people["alice"], f"/projects/{prefix}"
    me.does("POST", "/projects", {"name": prefix})
    addresses = [f"p{number}@example.com" for number in range(5)]

    def add(address: str) -> None:
        me.does("PUT", f"{path}/members/user:{address}", {"role": "viewer"})

    threads = [threading.Thread(target=add, args=[one]) for one in addresses]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    listed = me.does("GET", f"{path}/members").json["items"]
    assert sorted(one["user"] for one in listed) == addresses


def test_a_project_is_handed_over(people: People, alice: Shell, prefix: str) -> None:
    me, bob, path = people["alice"], people["bob"], f"/projects/{prefix}"
    me.does("POST", "/projects", {"name": prefix})
    me.fails("not-offered", "POST", f"{path}/transfer/accept")
    bob.fails("not-found", "POST", f"{path}/transfer/accept")
    assert me.does("PUT", f"{path}/transfer", {"user": BOB}).json["transferTo"] == BOB
    assert me.does("DELETE", f"{path}/transfer").json["transferTo"] is None
    me.does("PUT", f"{path}/transfer", {"user": BOB})
    alice.until(lambda: bob.ask("GET", path).code == HTTPStatus.OK, "bob sees the offer")
    alice.until(
        lambda: bob.ask("POST", f"{path}/transfer/accept").code == HTTPStatus.OK, "bob accepts"
    )
    mine = bob.does("GET", path).json
    assert (mine["owner"], mine["transferTo"]) == ({"user": BOB}, None)
    bob.fails("not-offered", "POST", f"{path}/transfer/accept")


def test_history_tells_who_changed_what(people: People, alice: Shell, prefix: str) -> None:
    me, path = people["alice"], f"/projects/{prefix}"
    alice.apply(manifest(prefix, owner={"user": ALICE}))

    def revisions() -> int:
        return len(me.does("GET", f"{path}/history").json["items"])

    # two changes at once are one to the mirror, which tells what it has seen
    alice.until(lambda: revisions() == 1, "the mirror has seen the project")
    me.does("PATCH", path, {"description": "Bread"})
    alice.until(lambda: revisions() == 2, "the mirror has seen the change")
    me.does("PUT", f"{path}/members/user:{BOB}", {"role": "viewer"})
    alice.until(lambda: revisions() == 3, "the mirror has seen the member")
    newest, middle, oldest = me.does("GET", f"{path}/history").json["items"]
    assert [one["manager"] for one in (newest, middle)] == ["rise-rest", "rise-rest"]
    assert oldest["manager"].startswith("kubectl")
    assert oldest["changes"] is None
    assert middle["changes"] == [{"field": "description", "before": None, "after": "Bread"}] or (
        middle["changes"] == [{"field": "description", "before": "", "after": "Bread"}]
    )
    assert [one["field"] for one in newest["changes"]] == ["members"]

    pages, after = [], ""
    while after is not None:
        page = me.does("GET", f"{path}/history?limit=1&after={after}").json
        pages += page["items"]
        after = page["next"]
    assert pages == [newest, middle, oldest]
    people["mallory"].fails("not-found", "GET", f"{path}/history")
    me.fails("invalid-cursor", "GET", f"{path}/history?after=bm9uZQ")


def _settled(shell: Shell, name: str, generation: int) -> None:
    """Wait until the operator has written its last word on a generation: versions stand still."""
    seen = f"--for=jsonpath={{.status.observedGeneration}}={generation}"
    for each in (seen, "--for=condition=Ready"):
        shell.kubectl("wait", each, f"project/{name}", "--timeout=60s")


def test_a_change_is_made_for_the_version_that_was_read(
    people: People, alice: Shell, prefix: str
) -> None:
    me, path = people["alice"], f"/projects/{prefix}"
    tag = me.does("POST", "/projects", {"name": prefix, "description": "one"}).headers["etag"]
    me.does("PATCH", path, {"description": "two"})
    for method, place, content in (
        ("PATCH", path, {"description": "three"}),
        ("PUT", path, {"owner": {"user": ALICE}}),
        ("PUT", f"{path}/members/user:{BOB}", {"role": "viewer"}),
        ("PUT", f"{path}/transfer", {"user": BOB}),
        ("DELETE", path, None),
    ):
        for old in (tag, '"0"', f"W/{tag}", "garbage", '"', ""):
            me.fails("precondition-failed", method, place, content, If_Match=old)
    _settled(alice, prefix, 2)
    read = me.does("GET", path)
    assert read.json["description"] == "two"
    for known in (read.headers["etag"], f'"1", {read.headers["etag"]}', "*"):
        same = me.does("GET", path, If_None_Match=known)
        assert (same.code, same.body) == (HTTPStatus.NOT_MODIFIED, b"")
        assert same.headers["etag"] == read.headers["etag"]
    assert me.does("GET", path, If_None_Match=tag).code == HTTPStatus.OK
    me.fails("precondition-failed", "PUT", path, {"owner": {"user": ALICE}}, If_None_Match="*")
    current = me.does("GET", path).headers["etag"]
    me.does("PATCH", path, {"description": "three"}, If_Match=f'"1", {current}')
    me.does("PATCH", path, {"description": "four"}, If_Match="*")
    absent = f"{prefix}-absent"
    me.fails(
        "precondition-failed",
        "PUT",
        f"/projects/{absent}",
        {"owner": {"user": ALICE}},
        If_Match="*",
    )


VERBS: list[tuple[str, str, Json | None]] = [
    ("GET", "", None),
    ("HEAD", "", None),
    ("PATCH", "", {"description": "x"}),
    ("DELETE", "", None),
    ("GET", "/members", None),
    ("PUT", "/members/user:bob@example.com", {"role": "viewer"}),
    ("DELETE", "/members/user:bob@example.com", None),
    ("PUT", "/transfer", {"user": BOB}),
    ("DELETE", "/transfer", None),
    ("POST", "/transfer/accept", None),
    ("GET", "/history", None),
]
TEAM_VERBS: list[tuple[str, str, Json | None]] = [
    *VERBS[:5],
    ("PUT", "/members/bob@example.com", {"role": "member"}),
    ("DELETE", "/members/bob@example.com", None),
]
CONDITIONS = [{}, {"If_Match": "*"}, {"If_Match": '"1"'}]


def _faceless(answer: Answer, name: str) -> tuple[int, Any, list[tuple[str, str]]]:
    headers = [item for item in answer.headers.items() if item[0] != "x-request-id"]
    body = json.loads(answer.body.replace(name.encode(), b"NAME") or b"{}")
    body.pop("requestId", None)
    return answer.code, body, headers


def test_foreign_and_unknown_look_the_same_to_every_verb(people: People, prefix: str) -> None:
    foreign, unknown = f"{prefix}-a", f"{prefix}-b"
    people["bob"].does("POST", "/projects", {"name": foreign})
    people["bob"].does("POST", "/teams", {"name": foreign})
    mallory = people["mallory"]
    for kind, verbs in (("projects", VERBS), ("teams", TEAM_VERBS)):
        for method, rest, content in verbs:
            for condition in CONDITIONS:
                seen, absent = (
                    mallory.ask(method, f"/{kind}/{name}{rest}", content, **condition)
                    for name in (foreign, unknown)
                )
                assert seen.code == HTTPStatus.NOT_FOUND, (method, kind, rest, seen.body)
                assert _faceless(seen, foreign) == _faceless(absent, unknown)
    for kind, content in (("projects", {}), ("teams", {})):  # that a name is taken is no secret
        mallory.fails("name-taken", "POST", f"/{kind}", {"name": foreign, **content})
    mine = {"owner": {"user": "mallory@example.com"}}
    mallory.fails("name-taken", "PUT", f"/projects/{foreign}", mine)
    assert people["bob"].does("GET", f"/projects/{foreign}").json["members"] == []


@pytest.mark.parametrize(
    ("method", "path", "content", "kind", "says"),
    [
        pytest.param(
            "POST", "/projects", {"name": "NAME", "owner": {"user": BOB}}, "forbidden", "owned by",
            id="for somebody else",
        ),
        pytest.param(
            "POST", "/projects", {"name": "NAME", "owner": {"team": "no-such-team"}}, "forbidden",
            "team no-such-team", id="for a team that is none",
        ),
        pytest.param("POST", "/projects", {"name": "admin"}, "against-the-rules", "reserved",
                     id="a reserved name"),
        pytest.param("POST", "/teams", {"name": "NAME", "owners": [BOB]}, "forbidden",
                     "one of its owners", id="a team without oneself"),
        pytest.param("POST", "/teams", {"name": "NAME", "idpGroup": "eng"}, "forbidden",
                     "bind-group", id="a group that one may not bind"),
        pytest.param("POST", "/projects", {"name": "Shop"}, "invalid", "name", id="a bad name"),
        pytest.param("POST", "/projects", {"name": "a--b"}, "invalid", "name", id="two hyphens"),
        pytest.param("POST", "/projects", {"name": "NAME", "owner": {}}, "invalid", "owner",
                     id="an owner that is none"),
        pytest.param(
            "POST", "/projects", {"name": "NAME", "owner": {"user": ALICE, "team": "core"}},
            "invalid", "owner", id="two owners",
        ),
        pytest.param("POST", "/projects", {"name": "NAME", "spec": {}}, "invalid", "spec",
                     id="a field that is none"),
        pytest.param("POST", "/projects", {"name": "NAME", "suspended": "yes"}, "invalid",
                     "suspended", id="no boolean"),
        pytest.param("POST", "/projects", {"name": "NAME", "sourceUrl": "http://x"}, "invalid",
                     "sourceUrl", id="a source without TLS"),
        pytest.param("POST", "/teams", {"name": "NAME", "members": [BOB, BOB]}, "invalid",
                     "members", id="an address twice"),
        pytest.param("POST", "/teams", {"name": "NAME", "owners": []}, "invalid", "owners",
                     id="nobody decides"),
        pytest.param("PUT", "/projects/Shop", {"owner": {"user": ALICE}}, "invalid", "name",
                     id="put a bad name"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_words(
    people: People, prefix: str, *, method: str, path: str, content: Json, kind: str, says: str
) -> None:
    given = json.loads(json.dumps(content).replace("NAME", prefix))
    said = people["alice"].fails(kind, method, path, given)
    assert says in said["detail"]
    assert "ValidatingAdmissionPolicy" not in said["detail"]
    if kind == "invalid":
        assert all(set(one) & {"pointer", "parameter"} for one in said["errors"])


def test_the_largest_team_fits(people: People, prefix: str) -> None:
    members = [f"{number:03}{'m' * 239}@example.com"[-254:] for number in range(500)]
    answer = people["alice"].does("POST", "/teams", {"name": prefix, "members": members})
    assert len(answer.json["members"]) == len(members)
