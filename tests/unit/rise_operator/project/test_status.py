"""Which conditions follow for a Project: state in, state out."""

from dataclasses import replace
from typing import Any

import make
import pytest
from projects import (
    ENG,
    FACTS,
    GONE,
    INVALID,
    NO_DATABASE,
    RECORDED,
    REFUSED,
    REPLACED,
    TEAM,
    done,
    reasons,
)

from rise_operator.project.facts import NamespaceState, ProjectFacts
from rise_operator.project.status import Outcome, Step, status

GOOD = {
    "Ready": "True Reconciled",
    "OwnerResolved": "True OwnerResolved",
    "NamespaceReady": "True NamespaceReady",
    "AccessSynced": "True AccessGranted",
    "RegistryReady": "True RegistryConfigured",
    "CredentialsValid": "True CredentialsValid",
    "Mirrored": "True MirrorWritten",
}


@pytest.mark.parametrize(
    ("project", "facts", "outcome", "differs"),
    [
        pytest.param(make.project(), FACTS, done(), {}, id="all is well"),
        pytest.param(make.project(**TEAM), FACTS, done(), {}, id="a team's project"),
        pytest.param(
            make.project(**TEAM, status=RECORDED), FACTS, done(), {}, id="the team is known"
        ),
        pytest.param(
            make.project(**TEAM, status=RECORDED),
            replace(FACTS, teams={"eng": replace(ENG, terminating=True)}),
            done(),
            {"OwnerResolved": "True OwnerTerminating"},
            id="the owning team is being deleted: the project goes on",
        ),
        pytest.param(
            make.project(**TEAM),
            GONE,
            done(),
            {
                "Ready": "False OwnerNotFound",
                "Reconciling": "True OwnerNotFound",
                "OwnerResolved": "False OwnerNotFound",
                "AccessSynced": "False AccessPending",
            },
            id="no such team: heals when it appears",
        ),
        pytest.param(
            make.project(**TEAM, status=RECORDED),
            REPLACED,
            done(),
            {
                "Ready": "False OwnerReplaced",
                "Stalled": "True OwnerReplaced",
                "OwnerResolved": "False OwnerReplaced",
                "AccessSynced": "False AccessPending",
            },
            id="another team under the old name",
        ),
        pytest.param(
            make.project(),
            FACTS,
            Outcome(NamespaceState.FOREIGN),
            {
                "Ready": "False NamespaceConflict",
                "Stalled": "True NamespaceConflict",
                "NamespaceReady": "False NamespaceConflict",
                "CredentialsValid": "False CredentialsWithheld",
                "AccessSynced": "False AccessPending",
            },
            id="somebody else's namespace",
        ),
        pytest.param(
            make.project(),
            FACTS,
            Outcome(NamespaceState.TERMINATING),
            {
                "Ready": "False NamespaceTerminating",
                "Reconciling": "True NamespaceTerminating",
                "NamespaceReady": "False NamespaceTerminating",
                "CredentialsValid": "False CredentialsWithheld",
                "AccessSynced": "False AccessPending",
            },
            id="the namespace is going",
        ),
        pytest.param(
            make.project(),
            FACTS,
            Outcome(NamespaceState.ABSENT),
            {
                "Ready": "False Progressing",
                "Reconciling": "True Progressing",
                "NamespaceReady": "False Progressing",
                "CredentialsValid": "False CredentialsWithheld",
                "AccessSynced": "False AccessPending",
            },
            id="no namespace yet",
        ),
        pytest.param(
            make.project(),
            FACTS,
            Outcome(NamespaceState.ABSENT, REFUSED, Step.NAMESPACE),
            {
                "Ready": "False ApiUnavailable",
                "Reconciling": "True ApiUnavailable",
                "NamespaceReady": "False ApiUnavailable",
                "CredentialsValid": "False CredentialsWithheld",
                "AccessSynced": "False AccessPending",
            },
            id="the namespace was refused",
        ),
        pytest.param(
            make.project(),
            FACTS,
            done(failure=REFUSED),
            {
                "Ready": "False ApiUnavailable",
                "Reconciling": "True ApiUnavailable",
                "AccessSynced": "False ApiUnavailable",
            },
            id="a right was refused",
        ),
        pytest.param(
            make.project(),
            FACTS,
            done(failure=INVALID),
            {
                "Ready": "False InvalidSpec",
                "Stalled": "True InvalidSpec",
                "AccessSynced": "False InvalidSpec",
            },
            id="only an edit helps",
        ),
        pytest.param(
            make.project(registry="harbour"),
            FACTS,
            Outcome(),
            {
                "Ready": "False RegistryUnknown",
                "Stalled": "True RegistryUnknown",
                "RegistryReady": "False RegistryUnknown",
                "CredentialsValid": "False CredentialsWithheld",
            },
            id="a registry nobody configured",
        ),
        pytest.param(
            make.project(),
            ProjectFacts(),
            Outcome(),
            {
                "Ready": "False RegistryUnknown",
                "Stalled": "True RegistryUnknown",
                "RegistryReady": "False RegistryUnknown",
                "CredentialsValid": "False CredentialsWithheld",
            },
            id="no registry at all",
        ),
        pytest.param(make.project(registry="ecr"), FACTS, done(), {}, id="another registry"),
        pytest.param(
            make.project(),
            FACTS,
            done(mirror=NO_DATABASE),
            {"Mirrored": "False DatabaseUnavailable"},
            id="the database is away: Ready all the same",
        ),
        pytest.param(
            make.project(suspend=True),
            FACTS,
            Outcome(),
            {"Ready": "False Suspended", "CredentialsValid": "False Suspended"},
            id="suspended, the rest goes on",
        ),
        pytest.param(
            make.project(suspend=True, registry="harbour"),
            FACTS,
            Outcome(),
            {
                "Ready": "False Suspended",
                "Stalled": "True RegistryUnknown",
                "RegistryReady": "False RegistryUnknown",
                "CredentialsValid": "False Suspended",
            },
            id="suspended, and something is wrong",
        ),
        pytest.param(
            make.project(**TEAM, registry="harbour"),
            GONE,
            Outcome(failure=REFUSED),
            {
                "Ready": "False RegistryUnknown",
                "Stalled": "True RegistryUnknown",
                "OwnerResolved": "False OwnerNotFound",
                "AccessSynced": "False ApiUnavailable",
                "RegistryReady": "False RegistryUnknown",
                "CredentialsValid": "False CredentialsWithheld",
            },
            id="of several, what somebody has to mend comes first",
        ),
        pytest.param(
            make.project(**TEAM),
            GONE,
            Outcome(NamespaceState.TERMINATING, REFUSED),
            {
                "Ready": "False OwnerNotFound",
                "Reconciling": "True OwnerNotFound",
                "OwnerResolved": "False OwnerNotFound",
                "NamespaceReady": "False NamespaceTerminating",
                "CredentialsValid": "False CredentialsWithheld",
                "AccessSynced": "False ApiUnavailable",
            },
            id="otherwise the first cause",
        ),
    ],
)
def test_conditions(
    project: Any, facts: ProjectFacts, outcome: Outcome, differs: dict[str, str]
) -> None:
    assert reasons(status(project, facts, outcome, make.NOW)) == GOOD | differs


LEAVING = {
    "Ready": "False Terminating",
    "Reconciling": "True Terminating",
    "OwnerResolved": "True OwnerResolved",
    "NamespaceReady": "True NamespaceReady",
    "AccessSynced": "True Terminating",
    "Mirrored": "True MirrorWritten",
}


@pytest.mark.parametrize(
    ("spec", "outcome", "differs"),
    [
        pytest.param({}, done(), {}, id="it begins"),
        pytest.param({"suspend": True}, done(), {}, id="suspended too: it goes all the same"),
        pytest.param({"registry": "harbour"}, done(), {}, id="the registry matters no more"),
        pytest.param({"deletionPolicy": "Orphan"}, done(), {}, id="the namespace stays"),
        pytest.param(
            {},
            Outcome(NamespaceState.TERMINATING),
            {"NamespaceReady": "False NamespaceTerminating"},
            id="the namespace is going",
        ),
        pytest.param(
            {},
            Outcome(NamespaceState.ABSENT),
            {"NamespaceReady": "False Terminating"},
            id="the namespace is gone",
        ),
        pytest.param(
            {},
            Outcome(NamespaceState.FOREIGN),
            {"NamespaceReady": "False NamespaceConflict"},
            id="a foreign namespace holds nothing up",
        ),
        pytest.param(
            {},
            done(failure=REFUSED),
            {"Reconciling": "True ApiUnavailable", "AccessSynced": "False ApiUnavailable"},
            id="a right could not be withdrawn",
        ),
        pytest.param(
            {},
            done(failure=REFUSED, failed_at=Step.NAMESPACE),
            {"Reconciling": "True ApiUnavailable", "NamespaceReady": "False ApiUnavailable"},
            id="the namespace could not be deleted",
        ),
        pytest.param(
            {"owner": {"team": "gone"}},
            done(),
            {"OwnerResolved": "False OwnerNotFound"},
            id="without an owner it goes too",
        ),
        pytest.param(
            {},
            done(mirror=NO_DATABASE),
            {"Mirrored": "False DatabaseUnavailable"},
            id="the row is not marked yet",
        ),
    ],
)
def test_conditions_of_a_project_on_its_way_out(
    spec: dict[str, Any], outcome: Outcome, differs: dict[str, str]
) -> None:
    project = make.project(deleting=True, **spec)
    assert reasons(status(project, FACTS, outcome, make.NOW)) == LEAVING | differs


def test_a_final_failure_stalls_the_way_out() -> None:
    published = status(make.project(deleting=True), FACTS, done(failure=INVALID), make.NOW)
    assert reasons(published)["Stalled"] == "True InvalidSpec"
    assert "Reconciling" not in reasons(published)
