"""`rise can`, `rise who-can`: the API server's own decisions, and nothing for strangers."""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import pytest
from fixtures.people import Shell, project, team
from web import TokenOf, Web

pytestmark = pytest.mark.e2e
EMAIL = {name: f"{name}@example.com" for name in ("alice", "bob", "carol", "mallory")}
CHANGES = ("edit", "share", "transfer", "delete")
READS = ("get", "push")


@dataclass(frozen=True)
class World:
    """A team of alice's with carol; its project, where bob is a developer; one of bob's own."""

    name: str

    @property
    def team(self) -> str:
        """The team."""
        return f"{self.name}-t"

    @property
    def cakes(self) -> str:
        """The team's project."""
        return f"{self.name}-cakes"

    @property
    def shop(self) -> str:
        """Bob's project, which the team reads and which is offered to alice."""
        return f"{self.name}-shop"


@pytest.fixture(scope="module")
def world(person: Callable[[str], Shell], administrator: Shell) -> Generator[World]:
    alice, bob = person("alice@example.com"), person("Bob@Example.com")
    made = World(f"t{uuid4().hex[:6]}")
    alice.apply(team(made.team, owners=[EMAIL["alice"]], members=[EMAIL["carol"]]))
    bob_works = [{"user": EMAIL["bob"], "role": "developer"}]
    alice.apply(project(made.cakes, owner={"team": made.team}, members=bob_works))
    reading = [{"team": made.team, "role": "viewer"}]
    offer = {"user": EMAIL["alice"]}
    shop = project(made.shop, owner={"user": EMAIL["bob"]}, members=reading, transferTo=offer)
    bob.apply(shop)
    alice.kubectl("wait", "--for=condition=Ready", f"project/{made.cakes}", "--timeout=60s")
    bob.kubectl("wait", "--for=condition=Ready", f"project/{made.shop}", "--timeout=60s")
    yield made
    bob.rise("project", "edit", made.shop, "--unprotect", "--no-wait")
    for thing in (f"project/{made.shop}", f"project/{made.cakes}", f"team/{made.team}"):
        administrator.kubectl("delete", thing, "--wait=false")


# What each of them may do; whatever does not stand here is refused.
MAY: Mapping[str, Mapping[str, set[str]]] = {
    "cakes": {
        "alice": {*CHANGES, *READS},
        "carol": {"edit", *READS},
        "bob": {*READS},
        "mallory": set(),
    },
    "shop": {
        "bob": {*CHANGES, *READS},
        "alice": {"get", "accept"},
        "carol": {"get"},
        "mallory": set(),
    },
    "team": {
        "alice": {"edit", "share", "delete", "get", "assign", "own"},
        "carol": {"get", "assign"},
        "bob": set(),
        "mallory": set(),
    },
}
VERBS = {
    "cakes": (*CHANGES, *READS, "accept"),
    "shop": (*CHANGES, *READS, "accept"),
    "team": ("edit", "share", "delete", "get", "assign", "own", "bind-group"),
}
OWNER = {"cakes": "alice", "shop": "bob", "team": "alice"}


def asked(web: Web, token: str, path: str, **query: str) -> Any:
    parameters = "&".join(f"{key}={value}" for key, value in query.items())
    return web.get(f"/api/v1/{path}?{parameters}", token)


def test_everybody_is_told_what_they_may_and_owners_of_others(
    world: World, web: Web, token_of: TokenOf
) -> None:
    for what, people in MAY.items():
        path = f"{'teams' if what == 'team' else 'projects'}/{getattr(world, what)}/access"
        owner = token_of(OWNER[what])
        for verb in VERBS[what]:
            said = {
                name: asked(web, token_of(name), path, verb=verb).json["allowed"] for name in people
            }
            assert said == {name: verb in may for name, may in people.items()}, (what, verb)
        for name, may in people.items():
            about = {
                verb: asked(web, owner, path, verb=verb, user=EMAIL[name]).json["allowed"]
                for verb in ("get", "edit")
                if what != "shop"  # bob does not see the team that he shares it with
            }
            assert about == {verb: verb in may for verb in about}, (what, name)


def test_the_answer_says_why(alice: Shell, bob: Shell, carol: Shell, world: World) -> None:
    cakes, shop = f"project/{world.cakes}", f"project/{world.shop}"
    assert alice.rise("can", "delete", cakes) == "yes\n"
    said = carol.rise("can", "delete", cakes, "--why", exit_code=1).splitlines()
    assert said[0] == "no"
    assert said[1].startswith("rule:      policy projects.")  # two of them say no
    assert "only an owner of the team may" in said[1]
    assert said[2] == f"standing:  member of team {world.team}, which owns it"
    said = carol.rise("can", "share", cakes, "--why", exit_code=1)
    assert "rise.dev: only an owner" in said
    said = bob.rise("can", "edit", cakes, "--why", exit_code=1)
    assert "standing:  developer" in said
    assert "whom it is offered to" in alice.rise("can", "accept", shop, "--why")
    bob.rise("project", "edit", world.shop, "--protect")
    said = bob.rise("can", "delete", shop, "--why", exit_code=1)
    assert "this project is protected" in said
    told = alice.json("rise", "who-can", "edit", cakes, "-o", "json")
    assert {row["user"]: row["standing"] for row in told} == {
        EMAIL["alice"]: [f"owner of team {world.team}, which owns it"],
        EMAIL["carol"]: [f"member of team {world.team}, which owns it"],
    }
    pushes = alice.rise("who-can", "push", cakes, "-o", "name").split()
    assert pushes == [EMAIL["alice"], EMAIL["bob"], EMAIL["carol"]]


@pytest.mark.parametrize("asks", ["mallory", "carol", "bob"])
def test_a_stranger_a_member_and_a_developer_learn_nothing_of_others(
    asks: str, world: World, web: Web, token_of: TokenOf
) -> None:
    """Foreign, unknown and not one's own look the same but for the name."""
    for name in (world.cakes, f"{world.name}-no"):
        for path in (f"projects/{name}/access", f"projects/{name}/access/people"):
            user = {} if path.endswith("people") else {"user": EMAIL["alice"]}
            answer = asked(web, token_of(asks), path, verb="get", **user)
            assert answer.code == HTTPStatus.NOT_FOUND
            said = answer.json["detail"].replace(name, "NAME")
            assert said == (
                "there is no project called NAME that you own: only owners and administrators "
                "may ask about others"
            )
    own = asked(web, token_of("alice"), f"projects/{world.cakes}/access/people", verb="get")
    assert own.code == HTTPStatus.OK


def test_sharing_with_a_team_tells_nobody_who_is_in_it(
    mallory: Shell, world: World, prefix: str, web: Web, token_of: TokenOf
) -> None:
    """Whoever shares a project with a foreign team cannot ask who gets in through it."""
    name, token = prefix, token_of("mallory")
    members = [
        {"team": world.team, "role": "developer"},
        {"user": EMAIL["carol"], "role": "viewer"},
        {"user": EMAIL["bob"], "role": "viewer"},
    ]
    mallory.apply(project(name, owner={"user": EMAIL["mallory"]}, members=members))
    mallory.kubectl("wait", "--for=condition=Ready", f"project/{name}", "--timeout=60s")
    path = f"projects/{name}/access"
    for verb in ("get", "push"):
        for person in ("alice", "carol", "bob"):
            answer = asked(web, token, path, verb=verb, user=EMAIL[person])
            assert answer.code == HTTPStatus.FORBIDDEN
            assert world.team in answer.json["detail"]
    assert asked(web, token, f"{path}/people", verb="push").code == HTTPStatus.FORBIDDEN
    reads = asked(web, token, f"{path}/people", verb="get").json
    assert [one["user"] for one in reads["items"]] == [
        EMAIL["bob"],
        EMAIL["carol"],
        EMAIL["mallory"],
    ]
    assert reads["hiddenTeams"] == [world.team]
    edits = asked(web, token, path, verb="edit", user=EMAIL["carol"])
    assert edits.json["allowed"] is False


def test_an_answer_changes_nothing(alice: Shell, world: World, web: Web, token_of: TokenOf) -> None:
    def version(what: str) -> str:
        return alice.json("kubectl", "get", what, "-o", "json")["metadata"]["resourceVersion"]

    things = {"cakes": f"project/{world.cakes}", "team": f"team/{world.team}"}
    for what, thing in things.items():
        before = version(thing)
        path = f"{'teams' if what == 'team' else 'projects'}/{getattr(world, what)}/access"
        for verb in VERBS[what]:
            for end in (path, f"{path}/people"):
                assert asked(web, token_of("alice"), end, verb=verb).code == HTTPStatus.OK
        assert version(thing) == before
    fresh = f"{world.name}-new"
    assert alice.rise("can", "create", f"project/{fresh}") == "yes\n"
    alice.rise("project", "show", fresh, exit_code=3)
    taken = alice.rise("can", "create", f"project/{world.cakes}", "--why", exit_code=1)
    assert "already exists" in taken


def test_a_group_counts_as_of_the_last_sign_in(
    administrator: Shell, alice: Shell, prefix: str, web: Web, token_of: TokenOf
) -> None:
    """Alice comes in by her group alone; carol owns the team."""
    alice.rise("whoami")
    name = prefix
    administrator.apply(team(name, owners=[EMAIL["carol"]], idpGroup="eng"))
    administrator.kubectl("wait", "--for=condition=Ready", f"team/{name}", "--timeout=60s")
    carol = token_of("carol")
    found = asked(web, carol, f"teams/{name}/access", verb="get", user=EMAIL["alice"]).json
    assert (found["standing"], found["groups"]) == (["member (group eng) of the team"], ["eng"])
    alice.until(
        lambda: asked(web, carol, f"teams/{name}/access", verb="assign", user=EMAIL["alice"]).json[
            "allowed"
        ],
        "alice's group may assign",
    )
    people = asked(web, carol, f"teams/{name}/access/people", verb="assign").json
    assert [one["user"] for one in people["items"]] == [EMAIL["carol"]]
    assert people["groups"] == ["eng"]
