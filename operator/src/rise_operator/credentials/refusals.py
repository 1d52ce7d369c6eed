"""What a registry has refused: not asked again at once, unless people have changed something."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rise_operator.engine.cache import digest

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from rise_crds.v1alpha1.project import Project
    from rise_registry.contract import RegistryError


@dataclass(frozen=True, slots=True)
class _Refusal:
    error: RegistryError
    asked: bytes  # what people wanted then
    until: float


class Refusals:
    """The last refusal of each project, by its UID."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Know of none."""
        self._clock = clock
        self._known: dict[str, _Refusal] = {}

    def check(self, project: Project) -> None:
        """Return when the registry may be asked for `project`.

        Raises:
            RegistryError: what it said a moment ago.
        """
        known = self._known.get(project.metadata.uid)
        if known is None:
            return
        if known.asked == _asked(project) and self._clock() < known.until:
            raise known.error.with_traceback(None)
        del self._known[project.metadata.uid]

    def remember(self, project: Project, error: RegistryError, for_s: float) -> None:
        """Take `error` for the answer from now on, for a while."""
        known = self._known.get(project.metadata.uid)
        if known is None or known.error is not error:  # it may come from here
            until = self._clock() + for_s
            self._known[project.metadata.uid] = _Refusal(error, _asked(project), until)

    def retain(self, uids: Collection[str]) -> None:
        """Remember nothing of projects that are none of these."""
        for uid in self._known.keys() - set(uids):
            del self._known[uid]


def _asked(project: Project) -> bytes:
    """Return what differs as soon as somebody writes the project; statuses are our own."""
    metadata = project.metadata
    writes = [each for each in metadata.managed_fields if each.get("subresource") != "status"]
    return digest([metadata.generation, metadata.annotations, writes])
