"""Conditions: their types, and pure functions on lists of them.

Source: https://github.com/kubernetes/community/blob/master/contributors/devel/sig-architecture/api-conventions.md
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal

from rise_crds.models import Condition

READY = "Ready"  # the summary
RECONCILING = "Reconciling"  # present only while true
STALLED = "Stalled"  # present only while true
OWNER_RESOLVED = "OwnerResolved"
NAMESPACE_READY = "NamespaceReady"
ACCESS_SYNCED = "AccessSynced"
REGISTRY_READY = "RegistryReady"
CREDENTIALS_VALID = "CredentialsValid"  # False before a credential ends, not after
MIRRORED = "Mirrored"  # never gates Ready
DELETION_BLOCKED = "DeletionBlocked"  # present only while true


def condition(
    type_: str,
    status: Literal["True", "False", "Unknown"],
    reason: str,
    message: str,
    generation: int,
) -> Condition:
    """Return a condition that `merged` has yet to give a time."""
    return Condition(
        type=type_,
        status=status,
        reason=str(reason),
        message=message,
        observed_generation=generation,
    )


def find(conditions: Iterable[Condition], type_: str) -> Condition | None:
    """Return the condition of `type_`, if there is one."""
    return next((each for each in conditions if each.type == type_), None)


def merged(
    previous: Sequence[Condition], new: Sequence[Condition], now: datetime
) -> list[Condition]:
    """Return `new` with times: a time moves only when the status does.

    Shape: types that `new` does not hold are dropped; the order is that of `new`.
    Units: whole seconds, as metav1.Time is written.
    """
    moment = now.replace(microsecond=0)

    def timed(each: Condition) -> Condition:
        before = find(previous, each.type)
        same = before is not None and before.status == each.status
        since = before.last_transition_time if before is not None and same else None
        return each.model_copy(update={"last_transition_time": since or moment})

    return [timed(each) for each in new]
