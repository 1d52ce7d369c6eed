"""Who holds which rights on a Project."""

from collections.abc import Mapping
from typing import Any

import make
import pytest
from projects import ANEW, ENG, FACTS, holders, verbs

from rise_operator.project.desired import access, inside
from rise_operator.project.facts import ProjectFacts
from rise_operator.team.facts import TeamFacts

ALICE = "rise:alice@example.com"
BOB = "rise:bob@example.com"
CAROL = "rise:carol@example.com"
DAVE = "rise:dave@example.com"


@pytest.mark.parametrize(
    ("spec", "held"),
    [
        pytest.param({}, {"owner": [ALICE]}, id="a person alone"),
        pytest.param(
            {"owner": {"team": "eng"}},
            {"owner": ["rise:idp:eng", ALICE, BOB]},
            id="a team: owners, members, group",
        ),
        pytest.param(
            {"owner": {"team": "ops"}}, {"owner": [CAROL, DAVE]}, id="a team without a group"
        ),
        pytest.param({"owner": {"team": "gone"}}, {}, id="a team that does not exist: nobody"),
        pytest.param(
            {"members": [{"user": make.BOB, "role": "developer"}]},
            {"owner": [ALICE], "developer": [BOB]},
            id="a developer",
        ),
        pytest.param(
            {"members": [{"user": make.BOB, "role": "viewer"}]},
            {"owner": [ALICE], "viewer": [BOB]},
            id="a viewer",
        ),
        pytest.param(
            {"members": [{"team": "eng", "role": "viewer"}, {"team": "ops", "role": "developer"}]},
            {
                "owner": [ALICE],
                "developer": [CAROL, DAVE],
                "viewer": ["rise:idp:eng", ALICE, BOB],
            },
            id="teams as members",
        ),
        pytest.param(
            {"members": [{"team": "gone", "role": "viewer"}, {"user": make.BOB, "role": "viewer"}]},
            {"owner": [ALICE], "viewer": [BOB]},
            id="an entry for no team leaves the others alone",
        ),
        pytest.param(
            {"members": [{"user": make.BOB, "role": "viewer"}, {"team": "eng", "role": "viewer"}]},
            {"owner": [ALICE], "viewer": ["rise:idp:eng", ALICE, BOB]},
            id="named twice, bound once",
        ),
        pytest.param(
            {"transferTo": {"user": make.BOB}},
            {"owner": [ALICE], "recipient": [BOB]},
            id="an offer",
        ),
        pytest.param(
            {"transferTo": {"user": make.ALICE}}, {"owner": [ALICE]}, id="an accepted offer"
        ),
        pytest.param(
            {"owner": {"team": "eng"}, "transferTo": {"user": make.BOB}},
            {"owner": ["rise:idp:eng", ALICE, BOB], "recipient": [BOB]},
            id="an offer to a member of the owning team",
        ),
        pytest.param({"suspend": True}, {"owner": [ALICE]}, id="suspended: people keep access"),
    ],
)
def test_who_holds_what(spec: dict[str, Any], held: dict[str, list[str]]) -> None:
    assert holders(access(make.project(**spec), FACTS)) == held


def test_each_role_has_itsverbs() -> None:
    project = make.project(
        transferTo={"user": make.BOB},
        members=[
            {"user": make.CAROL, "role": "developer"},
            {"user": make.DAVE, "role": "viewer"},
        ],
    )
    assert verbs(access(project, FACTS)) == {
        "owner": ["get", "list", "watch", "update", "patch", "delete", "push"],
        "developer": ["get", "list", "watch", "push"],
        "viewer": ["get", "list", "watch"],
        "recipient": ["get", "patch"],
    }


def test_the_owners_role_stands_also_without_an_owner() -> None:
    assert list(verbs(access(make.project(owner={"team": "gone"}), FACTS))) == ["owner"]


def test_a_terminating_team_keeps_its_projects() -> None:
    leaving = TeamFacts("eng", "uid-of-eng", owners=(make.ALICE,), terminating=True)
    project = make.project(owner={"team": "eng"})
    assert holders(access(project, ProjectFacts(teams={"eng": leaving}))) == {"owner": [ALICE]}


@pytest.mark.parametrize(
    ("spec", "developers", "viewers"),
    [
        pytest.param({}, [ALICE], None, id="the owner develops"),
        pytest.param(
            {"owner": {"team": "eng"}, "members": [{"user": make.CAROL, "role": "developer"}]},
            ["rise:idp:eng", ALICE, BOB, CAROL],
            None,
            id="owning team and developers",
        ),
        pytest.param(
            {"members": [{"team": "ops", "role": "viewer"}]},
            [ALICE],
            [CAROL, DAVE],
            id="viewers view",
        ),
        pytest.param({"owner": {"team": "gone"}}, None, None, id="nobody"),
        pytest.param(
            {"transferTo": {"user": make.BOB}}, [ALICE], None, id="an offer opens no namespace"
        ),
    ],
)
def test_who_works_in_the_namespace(
    spec: dict[str, Any], developers: list[str] | None, viewers: list[str] | None
) -> None:
    bound = holders(inside(make.project(**spec), FACTS), "RoleBinding")
    assert bound.pop("rise:ns:operator") == ["rise-operator"]
    expected = {"rise:ns:developer": developers, "rise:ns:viewer": viewers}
    assert bound == {name: people for name, people in expected.items() if people}


# ---- recorded UIDs -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "teams", "held"),
    [
        pytest.param({}, {"eng": ENG}, ["rise:idp:eng", ALICE, BOB], id="first seen"),
        pytest.param(
            {"owner": "team:eng", "ownerTeamUid": "uid-of-eng"},
            {"eng": ENG},
            ["rise:idp:eng", ALICE, BOB],
            id="still the same",
        ),
        pytest.param(
            {"owner": "team:eng", "ownerTeamUid": "uid-of-eng"}, {}, None, id="gone: nobody"
        ),
        pytest.param(
            {"owner": "team:eng", "ownerTeamUid": "uid-of-eng"},
            ANEW,
            None,
            id="created anew under the old name: nobody",
        ),
        pytest.param(
            {"owner": "team:eng"}, ANEW, [DAVE], id="it did not exist when the project was made"
        ),
        pytest.param(
            {"owner": "user:alice@example.com"}, ANEW, [DAVE], id="given to the team just now"
        ),
        pytest.param(
            {"owner": "team:ops", "ownerTeamUid": "uid-of-ops"},
            ANEW,
            [DAVE],
            id="another team's record does not count",
        ),
    ],
)
def test_an_owning_team_counts_under_its_recorded_uid(
    status: dict[str, Any], teams: Mapping[str, TeamFacts], held: list[str] | None
) -> None:
    project = make.project(owner={"team": "eng"}, status=status)
    facts = ProjectFacts(teams=teams)
    assert holders(access(project, facts)) == ({"owner": held} if held else {})
    in_namespace = holders(inside(project, facts), "RoleBinding")
    assert in_namespace.get("rise:ns:developer") == held


@pytest.mark.parametrize(
    ("recorded", "teams", "held"),
    [
        pytest.param([], {"eng": ENG}, ["rise:idp:eng", ALICE, BOB], id="first seen"),
        pytest.param(
            [{"team": "eng", "uid": "uid-of-eng"}],
            {"eng": ENG},
            ["rise:idp:eng", ALICE, BOB],
            id="still the same",
        ),
        pytest.param([{"team": "eng", "uid": "uid-of-eng"}], ANEW, None, id="created anew"),
        pytest.param([{"team": "eng", "uid": "uid-of-eng"}], {}, None, id="gone"),
        pytest.param([{"team": "ops", "uid": "uid-of-ops"}], ANEW, [DAVE], id="another's record"),
    ],
)
def test_a_member_team_counts_under_its_recorded_uid(
    recorded: list[dict[str, str]], teams: Mapping[str, TeamFacts], held: list[str] | None
) -> None:
    project = make.project(
        members=[{"team": "eng", "role": "developer"}], status={"members": recorded}
    )
    assert holders(access(project, ProjectFacts(teams=teams))).get("developer") == held
