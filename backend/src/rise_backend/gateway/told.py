"""What each person was told at which resourceVersion, so that a watch can go on from there.

Visibility changes without any event of the object itself (a team gains a member), so a version
alone does not say what its holder knows. What is forgotten costs a new list (410), never an event.
"""

from collections import OrderedDict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace

from rise_backend.gateway.objects import Entry

Entries = Mapping[str, Entry]

KEPT = 4096
KEPT_NAMES = 200_000


@dataclass(frozen=True)
class Question:
    """What a list or watch was about."""

    resource: str
    person: Hashable
    labels: str
    fields: str


class Told:
    """The answers, newest kept longest."""

    def __init__(self, kept: int = KEPT, kept_names: int = KEPT_NAMES) -> None:
        """Remember nothing yet, and never more than `kept` answers or `kept_names` names in all."""
        self._kept = kept
        self._kept_names = kept_names
        self._answers: OrderedDict[tuple[Question, int], Entries] = OrderedDict()
        self._names = 0

    def remember(self, question: Question, version: int, entries: Entries) -> None:
        """Take note of what somebody knows at `version`."""
        before = self._answers.pop((question, version), None)
        if before is not None:
            self._names -= len(before)
            entries = _merged(before, entries)
        self._answers[question, version] = entries
        self._names += len(entries)
        while self._is_too_much():
            _, forgotten = self._answers.popitem(last=False)
            self._names -= len(forgotten)

    def _is_too_much(self) -> bool:
        count = len(self._answers)
        return count > self._kept or (self._names > self._kept_names and count > 1)

    def recall(self, question: Question, version: int) -> Entries | None:
        """Return what somebody knows at `version`; None: that is not remembered."""
        return self._answers.get((question, version))


def _merged(one: Entries, other: Entries) -> Entries:
    """Return what is true of two who know differently: in doubt, both are told again."""
    if one == other:
        return other
    return {
        name: entry if one.get(name) == other.get(name) else replace(entry, version=-1)
        for name, entry in {**one, **other}.items()
    }
