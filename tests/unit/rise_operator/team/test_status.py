"""Which status follows for a Team: state in, state out."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import make
import pytest
from fixtures.golden import Golden

from rise_crds.reasons import Reason
from rise_operator.team.status import Outcome, status
from rise_operator.verdict import Failure

REFUSED = Failure(Reason.API_UNAVAILABLE, "the API server did not answer: it is tried again")
INVALID = Failure(Reason.INVALID_SPEC, "spec.owners: correct it", final=True)
NO_DATABASE = Failure(Reason.DATABASE_UNAVAILABLE, "PostgreSQL is away: it catches up by itself")


def _reasons(published: dict[str, Any]) -> dict[str, str]:
    return {each["type"]: f"{each['status']} {each['reason']}" for each in published["conditions"]}


GOOD = {
    "Ready": "True Reconciled",
    "AccessSynced": "True AccessGranted",
    "Mirrored": "True MirrorWritten",
}


@pytest.mark.parametrize(
    ("remaining", "outcome", "differs"),
    [
        pytest.param([], Outcome(), {}, id="all is well"),
        pytest.param(["shop"], Outcome(), {}, id="projects are nothing special"),
        pytest.param(
            [],
            Outcome(REFUSED),
            {
                "Ready": "False ApiUnavailable",
                "Reconciling": "True ApiUnavailable",
                "AccessSynced": "False ApiUnavailable",
            },
            id="a right was refused",
        ),
        pytest.param(
            [],
            Outcome(INVALID),
            {
                "Ready": "False InvalidSpec",
                "Stalled": "True InvalidSpec",
                "AccessSynced": "False InvalidSpec",
            },
            id="only an edit helps",
        ),
        pytest.param(
            [],
            Outcome(mirror=NO_DATABASE),
            {"Mirrored": "False DatabaseUnavailable"},
            id="the database is away: Ready all the same",
        ),
    ],
)
def test_conditions(remaining: Sequence[str], outcome: Outcome, differs: dict[str, str]) -> None:
    assert _reasons(status(make.team(), remaining, outcome, make.NOW)) == GOOD | differs


@pytest.mark.parametrize(
    ("remaining", "outcome", "expected"),
    [
        pytest.param(
            ["shop"],
            Outcome(),
            {
                "Ready": "False ProjectsRemain",
                "Stalled": "True ProjectsRemain",
                "DeletionBlocked": "True ProjectsRemain",
                "AccessSynced": "True AccessGranted",
            },
            id="projects remain",
        ),
        pytest.param(
            ["shop"],
            Outcome(REFUSED),
            {
                "Ready": "False ProjectsRemain",
                "Stalled": "True ProjectsRemain",
                "DeletionBlocked": "True ProjectsRemain",
                "AccessSynced": "False ApiUnavailable",
            },
            id="projects remain, and a right was refused",
        ),
        pytest.param(
            [],
            Outcome(),
            {
                "Ready": "False Terminating",
                "Reconciling": "True Terminating",
                "AccessSynced": "True AccessGranted",
            },
            id="nothing holds it",
        ),
        pytest.param(
            [],
            Outcome(REFUSED),
            {
                "Ready": "False Terminating",
                "Reconciling": "True ApiUnavailable",
                "AccessSynced": "False ApiUnavailable",
            },
            id="the API server holds it",
        ),
    ],
)
def test_conditions_of_a_team_on_its_way_out(
    remaining: Sequence[str], outcome: Outcome, expected: dict[str, str]
) -> None:
    published = status(make.team(deleting=True), remaining, outcome, make.NOW)
    assert _reasons(published) == expected | {"Mirrored": "True MirrorWritten"}


@pytest.mark.parametrize(
    ("remaining", "says"),
    [
        pytest.param(["shop"], "1 project still belongs to this team: shop.", id="one"),
        pytest.param(
            ["b", "a"], "2 projects still belong to this team: a, b.", id="two, sorted by name"
        ),
        pytest.param(
            [f"p{n:02}" for n in range(10)], "p08, p09. Delete them", id="ten, all of them"
        ),
        pytest.param(
            [f"p{n:02}" for n in reversed(range(13))],
            "13 projects still belong to this team: p00, p01, p02, p03, p04, p05, p06, p07, p08, "
            "p09 and 3 more. Delete them",
            id="thirteen, the first ten",
        ),
    ],
)
def test_what_remains_is_listed(remaining: Sequence[str], says: str) -> None:
    published = status(make.team(deleting=True), remaining, Outcome(), make.NOW)
    blocked = [each for each in published["conditions"] if each["type"] == "DeletionBlocked"]
    assert says in blocked[0]["message"]


def test_every_condition_carries_the_generation() -> None:
    published = status(make.team(generation=7), [], Outcome(), make.NOW)
    assert published["observedGeneration"] == 7
    assert {each["observedGeneration"] for each in published["conditions"]} == {7}


def test_the_same_state_a_day_later_is_the_same_status() -> None:
    later = make.NOW + timedelta(days=1)
    first = status(make.team(deleting=True), ["b", "a"], Outcome(), make.NOW)
    again = status(make.team(deleting=True, status=first), ["a", "b"], Outcome(), later)
    assert again == first


def test_a_blocked_team(golden: Golden) -> None:
    team = make.team(deleting=True, generation=2)
    golden("operator/team-status-blocked", status(team, ["shop", "bakery"], Outcome(), make.NOW))


def test_a_ready_team(golden: Golden) -> None:
    golden("operator/team-status", status(make.team(), [], Outcome(), make.NOW))
