"""How often people have had credentials made anew: whoever does it in a loop waits.

Their ways are the annotation, suspending a project and letting it go on, and another owner. What is
asked for meanwhile is not lost: the last value of the annotation is obeyed, or the project gets its
credential, once the wait is over. What a suspension or another owner ends is ended at once all the
same. Only this process remembers; with the next one everybody begins anew.
"""

from __future__ import annotations

from collections import defaultdict, deque
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from rise_operator.credentials.decision import whole

if TYPE_CHECKING:
    from collections.abc import Collection


class Rotations:
    """When each project's credential was made anew on demand, by the project's UID."""

    def __init__(self, most: int, within_s: float) -> None:
        """Allow `most` within `within_s`, for each project."""
        self._within = timedelta(seconds=within_s)
        self._made: defaultdict[str, deque[datetime]] = defaultdict(lambda: deque(maxlen=most))

    def next_at(self, uid: str, now: datetime) -> datetime | None:
        """Return when the next one may be, in whole seconds; None: now."""
        made = self._made.get(uid)
        if made is None or len(made) < (made.maxlen or 0):
            return None
        free = whole(made[0] + self._within) + timedelta(seconds=1)
        # a clock that went back must not keep anybody waiting for longer than this
        return free if now < free <= now + self._within + timedelta(seconds=1) else None

    def made(self, uid: str, now: datetime) -> None:
        """Count one."""
        self._made[uid].append(now)

    def retain(self, uids: Collection[str]) -> None:
        """Remember nothing of projects that are none of these."""
        for uid in self._made.keys() - set(uids):
            del self._made[uid]
