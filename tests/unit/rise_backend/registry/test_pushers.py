"""Who works on a Project, read from the bytes of the API server."""

from typing import Any

import make
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rise_backend.access import named
from rise_backend.access.standing import WORKING, Person, parts, standing
from rise_crds.v1alpha1.project import Project
from rise_crds.v1alpha1.team import Team

PEOPLE = (make.ALICE, make.BOB, make.CAROL, make.DAVE)
NAMES, GROUPS = ("core", "help"), ("eng", "ops")
DEVELOPER = {"role": "developer"}

_names, _uids = st.sampled_from(NAMES), st.sampled_from(("first", "second"))
_somebody, _roles = st.sampled_from(PEOPLE), st.sampled_from(("developer", "viewer"))
_user, _team = {"user": _somebody}, {"team": _names}
_parties = st.fixed_dictionaries(_user) | st.fixed_dictionaries(_team)
_members = st.fixed_dictionaries({**_user, "role": _roles}) | st.fixed_dictionaries(
    {**_team, "role": _roles}
)


@st.composite
def _projects(draw: st.DrawFn) -> Project:
    seen = draw(st.dictionaries(_names, _uids))
    return make.project(
        owner=draw(_parties),
        transferTo=draw(st.none() | st.fixed_dictionaries(_user)),
        members=draw(st.lists(_members, max_size=4)),
        status={
            "members": [{"team": team, "uid": uid} for team, uid in seen.items()],
            "ownerTeamUid": draw(st.none() | _uids),
        },
    )


@st.composite
def _teams(draw: st.DrawFn) -> Team:
    return make.team(
        uid=draw(_uids),
        owners=[draw(_somebody)],
        members=draw(st.lists(_somebody, unique=True, max_size=2)),
        idpGroup=draw(st.sampled_from((None, "", *GROUPS))),
    )


def _pushes(project: Project, teams: dict[str, Team], person: Person) -> bool:
    found = parts(named.project(_raw(project)), _read(teams).get, person, WORKING)
    return any(found)


def _read(teams: dict[str, Team]) -> dict[str, named.Team]:
    return {name: named.team(_raw(team)) for name, team in teams.items()}


def _raw(found: Project | Team) -> bytes:
    """Return an object as the API server writes it: with all that nobody reads here."""
    return found.model_dump_json(by_alias=True).encode()


@given(
    _projects(),
    st.dictionaries(_names, _teams()),
    _somebody,
    st.lists(st.sampled_from(("", *GROUPS)), max_size=1),
)
def test_whoever_is_said_to_work_on_it_and_nobody_else(
    project: Project, teams: dict[str, Team], user: str, groups: list[str]
) -> None:
    person = Person(user, tuple(groups))
    said = standing(named.project(_raw(project)), _read(teams), person)
    works = any(
        each == "owner" or each.endswith(", which owns it") or each.startswith("developer")
        for each in said
    )
    assert _pushes(project, teams, person) is works, said


@pytest.mark.parametrize(
    ("spec", "user", "yes"),
    [
        pytest.param({}, make.ALICE, True, id="the owner"),
        pytest.param({}, make.BOB, False, id="a stranger"),
        pytest.param(
            {"members": [{"user": make.BOB, **DEVELOPER}]}, make.BOB, True, id="developer"
        ),
        pytest.param(
            {"members": [{"user": make.BOB, "role": "viewer"}]}, make.BOB, False, id="viewer"
        ),
        pytest.param({"transferTo": {"user": make.BOB}}, make.BOB, False, id="an offer"),
        pytest.param({"owner": {"team": "core"}}, make.CAROL, True, id="the owning team's member"),
        pytest.param({"owner": {"team": "gone"}}, make.CAROL, False, id="a team that is no more"),
        pytest.param(
            {"members": [{"team": "core", **DEVELOPER}]}, make.CAROL, True, id="a team's developer"
        ),
        pytest.param(
            {"members": [{"team": "core", "role": "viewer"}]},
            make.CAROL,
            False,
            id="a team's viewer",
        ),
    ],
)
def test_who_works_on_it(spec: dict[str, Any], user: str, *, yes: bool) -> None:
    teams = {"core": make.team("core", members=[make.CAROL])}
    assert _pushes(make.project(**spec), teams, Person(user)) is yes


@pytest.mark.parametrize("where", ["owner", "member"])
@pytest.mark.parametrize(("recorded", "yes"), [("first", True), ("before", False)])
def test_a_team_made_anew_is_another_one(where: str, recorded: str, *, yes: bool) -> None:
    teams = {"core": make.team("core", uid="first", members=[make.CAROL])}
    entry = {"team": "core", **DEVELOPER}
    project = {
        "owner": make.project(owner={"team": "core"}, status={"ownerTeamUid": recorded}),
        "member": make.project(
            members=[entry], status={"members": [{"team": "core", "uid": recorded}]}
        ),
    }[where]
    assert _pushes(project, teams, Person(make.CAROL)) is yes
