"""What one condition says, and how single conditions make up the summary.

Ready sums up; Reconciling ("wait") and Stalled ("somebody has to act") stand beside it only
while true, and never both: kstatus, Flux and Argo CD read them so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from rise_crds.api import Condition
from rise_crds.conditions import READY, RECONCILING, STALLED, condition
from rise_crds.reasons import Reason

NAMES_SHOWN = 10


@dataclass(frozen=True)
class Failure:
    """What stopped a reconcile, or kept the mirror from being written."""

    reason: Reason
    message: str  # says what to do
    final: bool = False  # trying again cannot help


@dataclass(frozen=True)
class Verdict:
    """One condition before it has a generation and a time."""

    type: str
    status: Literal["True", "False", "Unknown"]
    reason: Reason
    message: str
    stalled: bool = False  # somebody has to act


def good(type_: str, reason: Reason, message: str) -> Verdict:
    """Return a condition that is as it should be."""
    return Verdict(type_, "True", reason, message)


def waiting(type_: str, reason: Reason, message: str) -> Verdict:
    """Return a condition that will come right by itself or by another object's doing."""
    return Verdict(type_, "False", reason, message)


def stuck(type_: str, reason: Reason, message: str) -> Verdict:
    """Return a condition that stays until somebody acts."""
    return Verdict(type_, "False", reason, message, stalled=True)


def failed(type_: str, failure: Failure) -> Verdict:
    """Return a condition that `failure` keeps from being true."""
    return Verdict(type_, "False", failure.reason, failure.message, stalled=failure.final)


def trouble(verdicts: Sequence[Verdict]) -> Verdict | None:
    """Return what matters most: what somebody has to mend first, then in the given order."""
    wrong = [verdict for verdict in verdicts if verdict.status != "True"]
    return next((verdict for verdict in wrong if verdict.stalled), wrong[0] if wrong else None)


def progress(problem: Verdict | None) -> list[Verdict]:
    """Return Stalled or Reconciling for `problem`; nothing when there is none."""
    if problem is None:
        return []
    type_ = STALLED if problem.stalled else RECONCILING
    return [good(type_, problem.reason, problem.message)]


def ready(problem: Verdict | None, message: str) -> Verdict:
    """Return Ready, with `message` when there is no problem."""
    if problem is None:
        return good(READY, Reason.RECONCILED, message)
    return Verdict(READY, "False", problem.reason, problem.message, problem.stalled)


def published(
    verdicts: Sequence[Verdict], generation: int, previous: Sequence[Condition], now: datetime
) -> list[dict[str, Any]]:
    """Return the conditions to publish; times move only where a status changes."""
    conditions = (
        condition(
            each.type,
            each.status,
            each.reason,
            each.message,
            generation=generation,
            previous=previous,
            now=now,
        )
        for each in verdicts
    )
    return [each.model_dump(mode="json", by_alias=True, exclude_none=True) for each in conditions]


def listed(names: Sequence[str]) -> str:
    """Return sorted names for a message, the first ten of them when there are more."""
    shown = sorted(names)[:NAMES_SHOWN]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def invalid(body: Mapping[str, Any], message: str, now: datetime) -> dict[str, Any]:
    """Return the status of an object that does not parse: the old one, not Ready and stalled.

    What the operator recorded there stays, so that a repaired object finds its owner again.
    """
    previous = dict(body.get("status") or {})
    conditions = [Condition.model_validate(each) for each in previous.get("conditions", [])]
    generation = body["metadata"]["generation"]
    problem = stuck(READY, Reason.INVALID_SPEC, message)
    kept = {key: value for key, value in previous.items() if key != "conditions"}
    return kept | {
        "observedGeneration": generation,
        "conditions": published([problem, *progress(problem)], generation, conditions, now),
    }
