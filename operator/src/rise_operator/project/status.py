"""Which status follows for a Project: Project, facts and what happened → the whole status.

    detail             False when                                              who ends it
    OwnerResolved      the owner team does not exist / was created anew        team appears / people
    NamespaceReady     it is missing, on its way out / somebody else's         operator / people
    AccessSynced       a write failed, or something above is missing           operator
    RegistryReady      see `registry_status`                                   people, registry
    CredentialsValid   there is no pull credential, or it ends soon            registry
    Mirrored           the database did not take it: shown, never gates Ready  operator

What people have to end makes Stalled, the rest Reconciling. A suspended project is not Ready,
whatever else holds; everything but credentials and deployments goes on.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Any

from rise_crds.api import namespace_name
from rise_crds.conditions import (
    ACCESS_SYNCED,
    MIRRORED,
    NAMESPACE_READY,
    OWNER_RESOLVED,
    READY,
    REGISTRY_READY,
)
from rise_crds.reasons import Reason
from rise_crds.v1alpha1.project import Project
from rise_operator import verdict
from rise_operator.project import ownership, registry_status
from rise_operator.project.facts import NamespaceState, ProjectFacts
from rise_operator.project.ownership import Standing
from rise_operator.project.registry_status import Pull
from rise_operator.verdict import Failure, Verdict, failed, good, stuck, waiting


class Step(Enum):
    """Where a reconcile can fail."""

    NAMESPACE = auto()
    ACCESS = auto()
    CREDENTIALS = auto()


@dataclass(frozen=True)
class Outcome:
    """What a reconcile came to."""

    namespace: NamespaceState = NamespaceState.OURS  # after it
    failure: Failure | None = None
    failed_at: Step = Step.ACCESS
    mirror: Failure | None = None  # None: the row is written
    pull: Pull | None = None  # None: it did not come so far
    leaving: str = ""  # while Terminating: what the deletion waits for


def status(
    project: Project, facts: ProjectFacts, outcome: Outcome, now: datetime
) -> dict[str, Any]:
    """Return the whole status to publish; the same input gives the same dict."""
    generation = project.metadata.generation
    pull = outcome.pull or registry_status.as_before(project, facts, outcome.namespace)
    conditions = [*_conditions(project, facts, outcome, pull, now), _mirrored(outcome)]
    published: dict[str, Any] = {
        "observedGeneration": generation,
        "conditions": verdict.published(conditions, generation, project.status.conditions, now),
        "owner": ownership.owner_name(project),
    }
    if outcome.namespace in {NamespaceState.OURS, NamespaceState.TERMINATING}:
        published["namespace"] = namespace_name(project.metadata.name)
    return published | _records(project, facts) | registry_status.records(pull)


def _records(project: Project, facts: ProjectFacts) -> dict[str, Any]:
    records: dict[str, Any] = {}
    owner = ownership.owning_team(project, facts)
    if owner is not None and owner.uid:
        records["ownerTeamUid"] = owner.uid
    parties = ownership.member_teams(project, facts).values()
    members = [{"team": party.name, "uid": party.uid} for party in parties if party.uid]
    return records | ({"members": members} if members else {})


def _conditions(
    project: Project, facts: ProjectFacts, outcome: Outcome, pull: Pull, now: datetime
) -> list[Verdict]:
    if project.metadata.deletion_timestamp is not None:
        return _leaving(project, facts, outcome)
    owner = _owner(project, facts)
    namespace = _namespace(project, outcome)
    rights = [owner, namespace, _access(project, facts, outcome, [owner, namespace])]
    registry = registry_status.registry(project, facts, pull)
    credentials = registry_status.credentials(project, facts, pull, now)
    if outcome.failure is not None and outcome.failed_at is Step.CREDENTIALS:
        credentials = registry_status.failing(credentials, outcome.failure)
    details = [*rights, registry, credentials]
    problem = verdict.trouble([*rights, *registry_status.gating(project, registry, credentials)])
    ready = verdict.ready(
        problem, f"namespace {namespace_name(project.metadata.name)} and everybody's rights stand"
    )
    if project.spec.suspend:
        ready = waiting(READY, Reason.SUSPENDED, _SUSPENDED)
    return [ready, *verdict.progress(problem), *details]


_SUSPENDED = "spec.suspend is true: no new credentials or deployments; set it to false to go on"


def _owner(project: Project, facts: ProjectFacts) -> Verdict:
    party = ownership.owning_team(project, facts)
    if party is None:
        return good(OWNER_RESOLVED, Reason.OWNER_RESOLVED, f"owned by {project.spec.owner.user}")
    if party.standing is Standing.REPLACED:
        return stuck(OWNER_RESOLVED, Reason.OWNER_REPLACED, _replaced(party.name))
    if party.team is None:
        return waiting(OWNER_RESOLVED, Reason.OWNER_NOT_FOUND, _not_found(party))
    if party.team.terminating:
        message = (
            f"team {party.name} is being deleted and waits for its projects: "
            "set spec.owner to somebody else, or delete this project"
        )
        return good(OWNER_RESOLVED, Reason.OWNER_TERMINATING, message)
    return good(OWNER_RESOLVED, Reason.OWNER_RESOLVED, f"owned by team {party.name}")


def _replaced(team: str) -> str:
    return (
        f"team {team} was deleted and another one was created under its name, which inherits "
        "nothing. To hand this project to it, an administrator or an account with set-owner sets "
        "spec.owner to somebody else, waits until status.owner shows that, and sets it back"
    )


def _not_found(party: ownership.Party) -> str:
    if party.uid is None:
        return f"team {party.name} does not exist: create it, or set spec.owner to somebody else"
    return (
        f"team {party.name} is gone: set spec.owner to somebody else "
        "(a new team under the old name inherits nothing)"
    )


def _namespace(project: Project, outcome: Outcome) -> Verdict:
    name = namespace_name(project.metadata.name)
    if outcome.namespace is NamespaceState.FOREIGN:
        message = (
            f"namespace {name} exists and does not belong to this project: delete the namespace, "
            "or delete this project and choose another name"
        )
        return stuck(NAMESPACE_READY, Reason.NAMESPACE_CONFLICT, message)
    if outcome.failure is not None and outcome.failed_at is Step.NAMESPACE:
        return failed(NAMESPACE_READY, outcome.failure)
    if outcome.namespace is NamespaceState.TERMINATING:
        message = (
            f"namespace {name} is being deleted and is made anew once it is gone; if that takes "
            f"long, `kubectl get namespace {name} -o yaml` says what it waits for"
        )
        return waiting(NAMESPACE_READY, Reason.NAMESPACE_TERMINATING, message)
    if outcome.namespace is NamespaceState.ABSENT:
        return waiting(NAMESPACE_READY, Reason.PROGRESSING, f"namespace {name} is being created")
    return good(NAMESPACE_READY, Reason.NAMESPACE_READY, f"namespace {name} is there")


def _access(
    project: Project, facts: ProjectFacts, outcome: Outcome, needed: list[Verdict]
) -> Verdict:
    if outcome.failure is not None and outcome.failed_at is Step.ACCESS:
        return failed(ACCESS_SYNCED, outcome.failure)
    missing = [each.type for each in needed if each.status != "True"]
    if missing:
        message = f"some rights wait for {' and '.join(missing)}; the others are granted"
        return waiting(ACCESS_SYNCED, Reason.ACCESS_PENDING, message)
    message = ". ".join(
        ["everybody has the rights that the spec gives", *_left_out(project, facts)]
    )
    return good(ACCESS_SYNCED, Reason.ACCESS_GRANTED, message)


def _left_out(project: Project, facts: ProjectFacts) -> list[str]:
    parties = ownership.member_teams(project, facts).values()
    missing = [party.name for party in parties if party.standing is Standing.MISSING]
    replaced = [party.name for party in parties if party.standing is Standing.REPLACED]
    notes: list[str] = []
    if missing:
        notes.append(f"Entries without effect, as there is no such team: {verdict.listed(missing)}")
    if replaced:
        notes.append(
            "Entries without effect, as another team was created under the name (take them out "
            f"of spec.members and put them back to let it in): {verdict.listed(replaced)}"
        )
    return notes


def _mirrored(outcome: Outcome) -> Verdict:
    if outcome.mirror is not None:
        return failed(MIRRORED, outcome.mirror)
    return good(MIRRORED, Reason.MIRROR_WRITTEN, "lists, search and history show this state")


def _leaving(project: Project, facts: ProjectFacts, outcome: Outcome) -> list[Verdict]:
    failure = outcome.failure
    message = outcome.leaving or "what belongs to the project is being removed"
    gone = waiting(READY, Reason.TERMINATING, failure.message if failure else message)
    stop = failed(READY, failure) if failure else gone
    verdicts = [
        gone,
        *verdict.progress(stop),
        _owner(project, facts),
        _namespace_leaving(project, outcome),
        _access_leaving(outcome),
    ]
    if failure is not None and outcome.failed_at is Step.CREDENTIALS:
        verdicts.append(failed(REGISTRY_READY, failure))
    return verdicts


def _namespace_leaving(project: Project, outcome: Outcome) -> Verdict:
    name = namespace_name(project.metadata.name)
    if outcome.failure is not None and outcome.failed_at is Step.NAMESPACE:
        return failed(NAMESPACE_READY, outcome.failure)
    if outcome.namespace is NamespaceState.FOREIGN:
        message = f"namespace {name} does not belong to this project and stays"
        return waiting(NAMESPACE_READY, Reason.NAMESPACE_CONFLICT, message)
    if outcome.namespace is NamespaceState.TERMINATING:
        message = f"namespace {name} is being deleted; it waits until everything in it is gone"
        return waiting(NAMESPACE_READY, Reason.NAMESPACE_TERMINATING, message)
    if outcome.namespace is NamespaceState.ABSENT:
        return waiting(NAMESPACE_READY, Reason.TERMINATING, f"namespace {name} is gone")
    stays = project.spec.deletion_policy == "Orphan"
    message = f"namespace {name} stays: deletionPolicy is Orphan" if stays else f"{name} goes next"
    return good(NAMESPACE_READY, Reason.NAMESPACE_READY, message)


def _access_leaving(outcome: Outcome) -> Verdict:
    if outcome.failure is not None and outcome.failed_at is Step.ACCESS:
        return failed(ACCESS_SYNCED, outcome.failure)
    message = "all rights are withdrawn, but that the owner still sees the project go"
    return good(ACCESS_SYNCED, Reason.TERMINATING, message)
