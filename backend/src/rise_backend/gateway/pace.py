"""How often one person may ask: the API server's fairness does not see what is answered here.

Each request is a debt that is paid off with time (the generic cell rate algorithm of ATM Forum's
traffic management specification): a person who asks faster than they pay is let on until the debt
is what they may ask in `BURST_S`. Each process counts by itself.
"""

import math
import time
from collections.abc import Callable, Hashable

from rise_backend.gateway import statuses
from rise_backend.gateway.lists import RefusedError

BURST_S = 10.0
KEPT = 10_000


class Pace:
    """What each person still owes."""

    def __init__(self, per_s: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Let everybody ask `per_s` times a second, and for a while faster."""
        self._per_s = per_s
        self._each_s = 1 / per_s
        self._clock = clock
        self._paid_at: dict[Hashable, float] = {}

    def count(self, person: Hashable) -> None:
        """Count one request of a person.

        Raises:
            RefusedError: it is one too many, and counts for nothing.
        """
        now = self._clock()
        paid_at = self._paid_at.get(person, now)
        paid_at = (max(now, paid_at)) + self._each_s
        if paid_at > now + BURST_S:
            wait_s = math.ceil(paid_at - now - BURST_S)
            raise RefusedError(statuses.too_fast(self._per_s, wait_s))
        self._paid_at[person] = paid_at
        if len(self._paid_at) > KEPT:
            self._forget(now)

    def _forget(self, now: float) -> None:
        """Forget who owes nothing: they are as somebody who never came."""
        self._paid_at = {person: at for person, at in self._paid_at.items() if at > now}
