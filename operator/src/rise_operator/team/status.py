"""Which status follows for a Team: Team, its remaining projects and what happened → the status."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rise_crds.conditions import ACCESS_SYNCED, DELETION_BLOCKED, MIRRORED, READY
from rise_crds.reasons import Reason
from rise_crds.v1alpha1.team import Team
from rise_operator import verdict
from rise_operator.verdict import Failure, Verdict, failed, good, stuck, waiting


@dataclass(frozen=True)
class Outcome:
    """What a reconcile came to."""

    failure: Failure | None = None
    mirror: Failure | None = None  # None: the rows are written


def status(
    team: Team, remaining_projects: Sequence[str], outcome: Outcome, now: datetime
) -> dict[str, Any]:
    """Return the whole status to publish; `remaining_projects` are those that it still owns."""
    generation = team.metadata.generation
    leaving = team.metadata.deletion_timestamp is not None
    verdicts = _leaving(remaining_projects, outcome) if leaving else _present(outcome)
    verdicts.append(_mirrored(outcome))
    return {
        "observedGeneration": generation,
        "conditions": verdict.published(verdicts, generation, team.status.conditions, now),
    }


def _present(outcome: Outcome) -> list[Verdict]:
    access = _access(outcome)
    problem = verdict.trouble([access])
    ready = verdict.ready(problem, "its people have their rights")
    return [ready, *verdict.progress(problem), access]


def _leaving(remaining: Sequence[str], outcome: Outcome) -> list[Verdict]:
    if not remaining:
        gone = waiting(READY, Reason.TERMINATING, "no project belongs to it any more: it goes now")
        stop = failed(READY, outcome.failure) if outcome.failure else gone
        return [gone, *verdict.progress(stop), _access(outcome)]
    count = (
        "1 project still belongs"
        if len(remaining) == 1
        else f"{len(remaining)} projects still belong"
    )
    message = (
        f"{count} to this team: {verdict.listed(remaining)}. Delete them or set their spec.owner "
        "to somebody else; then the team goes by itself"
    )
    blocked = stuck(READY, Reason.PROJECTS_REMAIN, message)
    return [
        blocked,
        *verdict.progress(blocked),
        good(DELETION_BLOCKED, Reason.PROJECTS_REMAIN, message),
        _access(outcome),
    ]


def _access(outcome: Outcome) -> Verdict:
    if outcome.failure is not None:
        return failed(ACCESS_SYNCED, outcome.failure)
    return good(ACCESS_SYNCED, Reason.ACCESS_GRANTED, "owners and members have their rights")


def _mirrored(outcome: Outcome) -> Verdict:
    if outcome.mirror is not None:
        return failed(MIRRORED, outcome.mirror)
    return good(MIRRORED, Reason.MIRROR_WRITTEN, "lists and search show this state")
