"""What follows when a registry fails, and when a project is looked at next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rise_crds.reasons import Reason
from rise_operator.credentials import decision
from rise_operator.credentials.registries import REFUSED_S, DefectError
from rise_operator.errors import PolicyMissing
from rise_operator.project import registry_status
from rise_operator.project.registry_status import Pull
from rise_operator.verdict import Failure
from rise_registry.contract import (
    RegistryError,
    RegistryUnavailableError,
    RepositoryConflictError,
)

if TYPE_CHECKING:
    from rise_crds.v1alpha1.project import Project
    from rise_operator.project.subject import Subject
    from rise_operator.tools import Tools

SOONEST_S = 1.0  # whatever a registry says of when to ask again


def after(error: RegistryError | PolicyMissing, subject: Subject, tools: Tools) -> Pull:
    """Return what follows from `error`, and have it tried again."""
    project = subject.project
    failure, again_s = failure_of_registry(error)
    if again_s is not None:
        again_s = max(again_s, SOONEST_S)
        if isinstance(error, RegistryError) and not isinstance(error, RegistryUnavailableError):
            tools.refusals.remember(project, error, again_s)
        jitter = decision.spread(project.metadata.uid) * min(again_s, 1 + again_s / 4)
        tools.again(project.metadata.name, again_s + jitter)
    return Pull(
        project.status.registry,
        pending=not registry_status.counts(project),
        failure=failure,
        repositories=project.status.repositories,
    )


def failure_of_registry(error: RegistryError | PolicyMissing) -> tuple[Failure, float | None]:
    """Return what to publish about `error`, and in how many seconds to try again."""
    match error:
        case PolicyMissing():  # whoever was held back is woken
            return Failure(Reason.POLICY_MISSING, str(error)), None
        case RegistryUnavailableError():
            failure = Failure(Reason.REGISTRY_UNAVAILABLE, f"{error}; it is tried again by itself")
            return failure, error.retry_after_s or REFUSED_S
        case RepositoryConflictError():
            ends_in_s: float | None = getattr(error, "retry_after_s", None)
            if ends_in_s is not None:
                return Failure(Reason.REPOSITORY_CLOSED, str(error)), ends_in_s
            return Failure(Reason.REPOSITORY_CONFLICT, str(error), final=True), REFUSED_S
        case DefectError():
            return Failure(Reason.INTERNAL_ERROR, str(error)), REFUSED_S
        case _:
            return Failure(Reason.REGISTRY_REFUSED, str(error), final=True), REFUSED_S


def wake_in_time(project: Project, pull: Pull, tools: Tools) -> None:
    """Have the project looked at when its credential is to be renewed, or its Secret looked at."""
    holds_any = pull.record is not None and bool(pull.record.credentials)
    if pull.failure is not None and not holds_any:
        return  # there is nothing to look at, and when to try again is planned
    due = [tools.secrets.next_look_in_s(project.metadata.uid) + 1.0]
    if pull.record is not None and pull.failure is None and pull.record.renew_at is not None:
        left_s = (pull.record.renew_at - tools.clock()).total_seconds()
        due.append(max(left_s, 0.0) + 0.1)
    if pull.rotation_at is not None:
        due.append(max((pull.rotation_at - tools.clock()).total_seconds(), 0.0) + 0.1)
    tools.again(project.metadata.name, min(due))
