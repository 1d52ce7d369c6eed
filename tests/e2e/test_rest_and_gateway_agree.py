"""Who sees what: REST, the gateway, the API server's roles and a short model give one answer."""

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import pytest
from fixtures.people import Shell, names, project, team
from web import TokenOf, Web

pytestmark = pytest.mark.e2e
PEOPLE = {name: f"{name}@example.com" for name in ("alice", "bob", "carol", "mallory")}
GROUPS = {"alice": "eng"}
ALL = "/apis/rise.dev/v1alpha1"
JUDGES = (
    "REST's list",
    "the gateway's list",
    "REST's objects",
    "the gateway's objects",
    "the roles",
)
Spec = dict[str, Any]


@dataclass
class World:
    """Teams and projects as they were applied, and who should see them."""

    teams: dict[str, Spec] = field(default_factory=dict[str, Spec])
    projects: dict[str, Spec] = field(default_factory=dict[str, Spec])

    def of_team(self, name: str) -> set[str]:
        """Return who belongs to a team."""
        spec = self.teams[name]
        group = {person for person, each in GROUPS.items() if each == spec.get("idpGroup")}
        listed = {*spec["owners"], *spec.get("members", [])}
        return group | {person for person, email in PEOPLE.items() if email in listed}

    def of_project(self, name: str) -> set[str]:
        """Return who may see a project."""
        spec = self.projects[name]
        seen: set[str] = set()
        for one in (spec["owner"], *spec.get("members", []), spec.get("transferTo") or {}):
            if "team" in one:
                seen |= self.of_team(one["team"])
            seen |= {person for person, email in PEOPLE.items() if one.get("user") == email}
        return seen

    def seen_by(self, person: str) -> dict[str, set[str]]:
        """Return what a person should see, by kind."""
        return {
            "projects": {name for name in self.projects if person in self.of_project(name)},
            "teams": {name for name in self.teams if person in self.of_team(name)},
        }


def _someone(draw: random.Random, teams: list[str]) -> dict[str, str]:
    return draw.choice([{"user": draw.choice(list(PEOPLE.values()))}, {"team": draw.choice(teams)}])


def _team(draw: random.Random) -> Spec:
    people = draw.sample(list(PEOPLE.values()), draw.randint(1, 3))
    spec: Spec = {"owners": people[:1], "members": people[1:]}
    return spec | ({"idpGroup": "eng"} if draw.random() < 0.4 else {})


def _project(draw: random.Random, teams: list[str]) -> Spec:
    members: dict[tuple[str, ...], Spec] = {}
    for _ in range(draw.randint(0, 3)):
        who = _someone(draw, teams)
        role = draw.choice(["viewer", "developer"])
        members[tuple(who.values())] = {**who, "role": role}
    return {"owner": _someone(draw, teams), "members": list(members.values())}


def _applied(administrator: Shell, world: World) -> None:
    for made, specs in ((team, world.teams), (project, world.projects)):
        items = [made(name, **spec) for name, spec in specs.items()]
        everything = json.dumps({"apiVersion": "v1", "kind": "List", "items": items})
        administrator.kubectl("apply", "-f", "-", stdin=everything)
        ready = ("wait", "--for=condition=Ready", "-f", "-", "--timeout=60s")
        administrator.kubectl(*ready, stdin=everything)


def _through_rest(web: Web, token: str, kind: str) -> set[str]:
    found: set[str] = set()
    after: str | None = ""
    while after is not None:
        page = web.get(f"/api/v1/{kind}?limit=3&after={after}", token).json
        found |= names(page["items"])
        after = page["next"]
    return found


def _through_gateway(web: Web, token: str, kind: str) -> set[str]:
    listed = web.get(f"{ALL}/{kind}", token).json["items"]
    return {one["metadata"]["name"] for one in listed}


def _one_by_one(ask: Callable[[str], int], every: Mapping[str, Spec]) -> set[str]:
    return {name for name in every if ask(name) == HTTPStatus.OK}


@dataclass(frozen=True)
class Judges:
    """Everybody who says what a person sees."""

    web: Web
    api: Web
    token_of: TokenOf

    def say(self, world: World, person: str) -> dict[str, dict[str, set[str]]]:
        """Return what each says a person sees, of what is in the world."""
        token = self.token_of(person)
        said: dict[str, dict[str, set[str]]] = {}
        for kind, every in (("projects", world.projects), ("teams", world.teams)):
            objects = f"{ALL}/{kind}"
            seen = (
                _through_rest(self.web, token, kind) & set(every),
                _through_gateway(self.web, token, kind) & set(every),
                _one_by_one(
                    lambda name, kind=kind: self.web.get(f"/{kind}/{name}", token).code, every
                ),
                _one_by_one(
                    lambda name, path=objects: self.web.get(f"{path}/{name}", token).code, every
                ),
                _one_by_one(
                    lambda name, path=objects: self.api.get(f"{path}/{name}", token).code, every
                ),
            )
            said[kind] = dict(zip(JUDGES, seen, strict=True))
        return said

    def check(self, world: World, shell: Shell) -> None:
        """Wait until all say what the model says."""
        for person in PEOPLE:
            expected = {
                kind: dict.fromkeys(JUDGES, seen) for kind, seen in world.seen_by(person).items()
            }
            try:
                shell.until(
                    lambda person=person, expected=expected: self.say(world, person) == expected,
                    f"all agree on {person}",
                )
            except pytest.fail.Exception:
                assert self.say(world, person) == expected, person


@pytest.mark.parametrize("seed", [11, 23])
def test_everybody_gives_the_same_answer(
    web: Web, api: Web, token_of: TokenOf, administrator: Shell, prefix: str, *, seed: int
) -> None:
    draw, judges = random.Random(seed), Judges(web, api, token_of)
    teams = [f"{prefix}-t{number}" for number in range(3)]
    world = World({name: _team(draw) for name in teams})
    world.projects = {f"{prefix}-p{number}": _project(draw, teams) for number in range(8)}
    world.projects[f"{prefix}-p0"]["owner"] = {"user": PEOPLE["alice"]}
    world.projects[f"{prefix}-p0"]["transferTo"] = {"user": PEOPLE["carol"]}
    _applied(administrator, world)
    judges.check(world, administrator)

    world.teams[teams[0]] = _team(draw)
    world.teams[teams[1]] = _team(draw)
    for number in range(3):
        owner = world.projects[f"{prefix}-p{number}"]["owner"]
        world.projects[f"{prefix}-p{number}"] = {**_project(draw, teams), "owner": owner}
    _applied(administrator, world)
    judges.check(world, administrator)
