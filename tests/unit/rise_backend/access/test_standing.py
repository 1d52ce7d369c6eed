"""What an object says of people: it explains an answer, and decides nothing."""

from typing import Any

import make
import pytest

from rise_backend.access import named
from rise_backend.access.standing import Person, people_of, standing, teams_of


def read_project(**spec: Any) -> named.Project:
    return named.project(make.project(**spec).model_dump_json(by_alias=True).encode())


def read_team(name: str, **spec: Any) -> named.Team:
    return named.team(make.team(name, **spec).model_dump_json(by_alias=True).encode())


CORE = read_team("core", members=["carol@example.com"], idpGroup="eng")
HELP = read_team("help", owners=["dave@example.com"])
TEAMS = {"core": CORE, "help": HELP}
OF_CORE: dict[str, Any] = {
    "owner": {"team": "core"},
    "members": [
        {"team": "help", "role": "viewer"},
        {"user": "carol@example.com", "role": "developer"},
    ],
    "transferTo": {"user": "bob@example.com"},
}
SEEN = {
    "owner": "team:core",
    "ownerTeamUid": "uid-of-core",
    "members": [{"team": "help", "uid": "uid-of-help"}],
}


@pytest.mark.parametrize(
    ("person", "said"),
    [
        pytest.param(Person(make.ALICE), ["owner of team core, which owns it"], id="team's owner"),
        pytest.param(
            Person(make.CAROL),
            ["member of team core, which owns it", "developer"],
            id="everything that somebody is, the greatest first",
        ),
        pytest.param(Person(make.BOB), ["whom it is offered to"], id="an offer"),
        pytest.param(Person(make.DAVE), ["viewer as owner of team help"], id="through a team"),
        pytest.param(
            Person("eve@example.com", ("eng",)),
            ["member (group eng) of team core, which owns it"],
            id="through a group",
        ),
        pytest.param(Person("eve@example.com", ("ops",)), [], id="another group"),
        pytest.param(Person("mallory@example.com"), [], id="a stranger"),
    ],
)
def test_what_somebody_is_to_a_project(person: Person, said: list[str]) -> None:
    assert standing(read_project(status=SEEN, **OF_CORE), TEAMS, person) == said


@pytest.mark.parametrize(
    ("changed", "person"),
    [
        pytest.param({"ownerTeamUid": "gone"}, make.ALICE, id="the owning team was replaced"),
        pytest.param({"members": [{"team": "help", "uid": "gone"}]}, make.DAVE, id="a member team"),
    ],
)
def test_a_team_that_was_made_again_is_another_one(changed: dict[str, Any], person: str) -> None:
    project = read_project(status={**SEEN, **changed}, **OF_CORE)
    assert standing(project, TEAMS, Person(person)) == []


def test_what_somebody_is_to_a_team() -> None:
    people = [Person(make.ALICE), Person(make.CAROL), Person("eve@example.com", ("eng",))]
    found = [standing(CORE, {}, person) for person in (*people, Person(make.BOB))]
    assert found == [
        ["owner of the team"],
        ["member of the team"],
        ["member (group eng) of the team"],
        [],
    ]


def test_everybody_who_is_named() -> None:
    project = read_project(**OF_CORE)
    assert teams_of(project) == {"core", "help"}
    assert people_of(project, TEAMS) == {make.ALICE, make.BOB, make.CAROL, make.DAVE}
    assert people_of(project, {}) == {make.BOB, make.CAROL}
    assert teams_of(CORE) == {"core"}
    assert people_of(read_project(), {}) == {make.ALICE}
