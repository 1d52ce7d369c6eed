"""What people read in the status of a Project."""

from dataclasses import replace
from typing import Any

import make
import pytest
from fixtures.golden import Golden
from projects import (
    ENG,
    ENG_MEMBER,
    FACTS,
    GONE,
    RECORDED,
    RECORDED_MEMBER,
    REPLACED,
    TEAM,
    done,
    message,
)

from rise_operator.project.facts import NamespaceState, ProjectFacts
from rise_operator.project.status import Outcome, status


@pytest.mark.parametrize(
    ("project", "facts", "outcome", "type_", "says"),
    [
        pytest.param(
            make.project(**TEAM), GONE, done(), "Ready", "create it, or set", id="no team"
        ),
        pytest.param(
            make.project(**TEAM, status=RECORDED),
            GONE,
            done(),
            "Ready",
            "a new team under the old name inherits nothing",
            id="the team is gone",
        ),
        pytest.param(
            make.project(**TEAM, status=RECORDED),
            REPLACED,
            done(),
            "Ready",
            "sets spec.owner to somebody else, waits until status.owner shows that",
            id="the team was replaced",
        ),
        pytest.param(
            make.project(),
            FACTS,
            Outcome(NamespaceState.FOREIGN),
            "Ready",
            "namespace rise-shop exists and does not belong to this project: delete",
            id="a foreign namespace",
        ),
        pytest.param(
            make.project(),
            FACTS,
            Outcome(NamespaceState.TERMINATING),
            "Ready",
            "kubectl get namespace rise-shop -o yaml",
            id="a namespace that hangs",
        ),
        pytest.param(
            make.project(registry="harbour"),
            FACTS,
            Outcome(),
            "Ready",
            "registry harbour is not configured (there are: ecr, local): ask an administrator",
            id="an unknown registry",
        ),
        pytest.param(
            make.project(),
            ProjectFacts(),
            Outcome(),
            "Ready",
            "no default registry is configured (there are: none): ask an administrator",
            id="no registry at all",
        ),
        pytest.param(
            make.project(suspend=True), FACTS, Outcome(), "Ready", "set it to false", id="suspended"
        ),
        pytest.param(
            make.project(**TEAM, status=RECORDED),
            replace(FACTS, teams={"eng": replace(ENG, terminating=True)}),
            done(),
            "OwnerResolved",
            "set spec.owner to somebody else, or delete this project",
            id="the team is being deleted",
        ),
        pytest.param(
            make.project(members=[{"team": "gone", "role": "viewer"}]),
            FACTS,
            done(),
            "AccessSynced",
            "no such team: gone",
            id="an entry without a team",
        ),
        pytest.param(
            make.project(members=ENG_MEMBER, status={"members": RECORDED_MEMBER}),
            REPLACED,
            done(),
            "AccessSynced",
            "put them back to let it in): eng",
            id="an entry for a replaced team",
        ),
        pytest.param(
            make.project(deleting=True),
            FACTS,
            Outcome(leaving="waits for the namespace"),
            "Ready",
            "waits for the namespace",
            id="what the deletion waits for",
        ),
        pytest.param(
            make.project(deleting=True, deletionPolicy="Orphan"),
            FACTS,
            done(),
            "NamespaceReady",
            "rise-shop stays: deletionPolicy is Orphan",
            id="orphaned",
        ),
    ],
)
def test_messages_say_what_to_do(
    project: Any, facts: ProjectFacts, outcome: Outcome, type_: str, says: str
) -> None:
    assert says in message(status(project, facts, outcome, make.NOW), type_)


def test_a_ready_project(golden: Golden) -> None:
    project = make.project(**TEAM, generation=3, members=ENG_MEMBER)
    golden("operator/project-status", status(project, FACTS, done(), make.NOW))


def test_a_project_whose_team_was_replaced(golden: Golden) -> None:
    project = make.project(**TEAM, generation=3, status=RECORDED)
    golden("operator/project-status-replaced", status(project, REPLACED, done(), make.NOW))


def test_a_status_on_the_way_out(golden: Golden) -> None:
    project = make.project(deleting=True, generation=4)
    outcome = Outcome(NamespaceState.TERMINATING, leaving="namespace rise-shop is being deleted")
    golden("operator/project-status-leaving", status(project, FACTS, outcome, make.NOW))
