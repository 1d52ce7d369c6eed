"""What has to be done for a project's pull credential: what is recorded and held → what to do.

    nobody may have one                        WITHDRAW   suspended, another's namespace, …
    none is recorded, or at another registry   MINT       nothing is kept
    another owner, or rotation asked for       MINT       nothing is kept: the old one is dead
    the Secret was not looked at for a while   LOOK       and decide again
    the Secret holds another one, or none      MINT       the one that it holds is kept
    half of its life is over                   MINT       the old one is kept until its own end
    the status does not say that it counts     FINISH     the Secret is right: end the others
    all is well                                KEEP

The status names a credential before any Secret holds it, so that no Secret ever holds one that
does not count; CredentialsValid is True only once the Secret holds it. So whatever a crash left
undone shows in the two, and is done by the next reconcile.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from hashlib import blake2b

from rise_crds.v1alpha1.project import CredentialRecord, RegistryStatus

RENEWED_FROM, RENEWED_UNTIL = 0.40, 0.50  # of a life: each project has its own point between
KEPT = 1  # credentials besides the newest


class Need(Enum):
    """What comes next."""

    KEEP = auto()
    LOOK = auto()
    MINT = auto()
    FINISH = auto()


@dataclass(frozen=True)
class Situation:
    """What is known of one project's credential."""

    record: RegistryStatus | None  # as published
    repository: str  # where its images live now
    owner: str
    rotation: str | None  # what the annotation asks for, if it can be read
    counts: bool  # CredentialsValid is True
    held: str | None  # the id in the Secret; "": none that is intact; None: not known
    look_due: bool
    now: datetime


@dataclass(frozen=True)
class Decision:
    """What comes next; for MINT, what stays valid beside the new one."""

    need: Need
    kept: tuple[CredentialRecord, ...] = ()
    seamless: bool = False  # the Secret holds what is kept: nobody notices


def decide(it: Situation) -> Decision:
    """Return what has to be done next."""
    record = it.record
    if record is None or record.repository != it.repository or not record.credentials:
        return Decision(Need.MINT)
    if record.owner != it.owner or it.rotation not in {None, record.rotation}:
        return Decision(Need.MINT)
    due = record.renew_at is not None and it.now >= record.renew_at
    if it.held is None and (it.look_due or due or not it.counts):
        return Decision(Need.LOOK)
    if due or it.held not in {None, record.credentials[0].id}:
        return _replaced(record.credentials, it)
    return Decision(Need.KEEP if it.counts else Need.FINISH)


def _replaced(recorded: Sequence[CredentialRecord], it: Situation) -> Decision:
    """Return that another one is made, and that what the Secret holds, or the newest, stays."""
    living = [each for each in recorded if each.expires_at is None or each.expires_at > it.now]
    living.sort(key=lambda each: each.id != it.held)  # stable: the newest first otherwise
    seamless = any(each.id == it.held for each in living)
    return Decision(Need.MINT, tuple(living[:KEPT]), seamless)


def spread(uid: str) -> float:
    """Return a number in [0, 1) that is the same for a project each time."""
    return int.from_bytes(blake2b(uid.encode(), digest_size=4).digest()) / 2**32


def renewal(uid: str, issued_at: datetime, expires_at: datetime | None) -> datetime | None:
    """Return when the next credential is made: at a point of its own before half of the life."""
    if expires_at is None:
        return None
    share = RENEWED_FROM + (RENEWED_UNTIL - RENEWED_FROM) * spread(uid)
    return whole(issued_at + (expires_at - issued_at) * share)


def alarm(renew_at: datetime | None, expires_at: datetime | None) -> datetime | None:
    """Return when people hear of it: a good quarter of the life is left then."""
    if renew_at is None or expires_at is None:
        return None
    return renew_at + (expires_at - renew_at) / 2


def whole(moment: datetime) -> datetime:
    """Return `moment` in whole seconds, as statuses hold it."""
    return moment - timedelta(microseconds=moment.microsecond)
