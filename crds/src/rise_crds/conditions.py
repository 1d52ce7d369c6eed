"""Conditions: their types, and pure functions on lists of them.

Source: https://github.com/kubernetes/community/blob/master/contributors/devel/sig-architecture/api-conventions.md
"""

from collections.abc import Iterable
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


def find(conditions: Iterable[Condition], type_: str) -> Condition | None:
    """Return the condition of `type_`, if there is one."""
    return next((each for each in conditions if each.type == type_), None)


def condition(
    type_: str,
    status: Literal["True", "False", "Unknown"],
    reason: str,
    message: str,
    *,
    generation: int,
    previous: Iterable[Condition],
    now: datetime,
) -> Condition:
    """Return a condition: its time is `now`, unless its status is that of the previous one.

    Units: whole seconds, as metav1.Time is written.
    """
    before = find(previous, type_)
    same = before is not None and before.status == status
    since = before.last_transition_time if before is not None and same else None
    return Condition(
        type=type_,
        status=status,
        reason=str(reason),
        message=message,
        last_transition_time=since or now.replace(microsecond=0),
        observed_generation=generation,
    )
