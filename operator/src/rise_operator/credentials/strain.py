"""Whose calls fail while the registry answers others: their pauses hold up nobody else.

    somebody's call fails                                  it may be the registry: not known yet
    another's is answered meanwhile, and theirs fails again   it is theirs alone
    theirs is answered                                     forgotten

So one project's broken images cost the others a single short pause, and a registry that is away
fails for everybody: nobody is answered in between.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rise_registry.contract import RegistryUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

SHORTEST_S, LONGEST_S = 1.0, 60.0
ASKED_MAX_S = 600.0  # a registry may ask for a longer pause, but not for ever
_DOUBLINGS = 8


def pause_s(failures: int, asked_s: float | None = None) -> float:
    """Return how long to wait after so many failures before this one; longer if asked to."""
    pause = min(SHORTEST_S * 2 ** min(failures, _DOUBLINGS), LONGEST_S)
    return max(pause, min(asked_s or 0.0, ASKED_MAX_S)) * random.uniform(1.0, 1.25)  # noqa: S311 - jitter


@dataclass(slots=True)
class _Failing:
    answers: int  # of everybody's calls when it failed last
    failures: int = 0  # alone
    until: float = 0.0
    why: str = ""


class Strain:
    """Which projects' calls fail at one registry, by the project's UID."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Know of nobody."""
        self._clock = clock
        self._answers = 0
        self._failing: dict[str, _Failing] = {}

    def check(self, whose: str) -> None:
        """Return when the registry may be asked for this project.

        Raises:
            RegistryUnavailableError: it failed a moment ago, and for this project alone.
        """
        known = self._failing.get(whose)
        left_s = known.until - self._clock() if known else 0.0
        if known and left_s > 0:
            raise RegistryUnavailableError(known.why, left_s)

    def answered(self, whose: str) -> None:
        """Take in that a call was answered."""
        self._answers += 1
        self._failing.pop(whose, None)

    def failed(
        self, whose: str, why: str, asked_s: float | None
    ) -> RegistryUnavailableError | None:
        """Return what follows for a project that fails alone; None: it may be the registry."""
        known = self._failing.get(whose)
        if not whose or known is None or known.answers == self._answers:
            if whose and known is None:
                self._failing[whose] = _Failing(self._answers)
            return None
        pause = pause_s(known.failures, asked_s)
        known.answers = self._answers
        known.failures += 1
        known.until, known.why = self._clock() + pause, why
        return RegistryUnavailableError(why, pause)

    def retain(self, uids: Collection[str]) -> None:
        """Remember nothing of projects that are none of these."""
        for uid in self._failing.keys() - set(uids):
            del self._failing[uid]
