"""The chart's admission policies as the operator watches and tries them.

Without them Rise's rules of ownership do not hold: nothing is granted until they are back.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rise_crds.enforcement import Enforcement
from rise_crds.policies import BINDING, KEYS, POLICY, Installed, Key, installed
from rise_operator.engine.cache import Cache, Change, version_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from rise_crds.enforcement import Attempt
    from rise_operator.engine.metrics import Metrics

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Rule:
    """A policy or a binding, as it is remembered."""

    version: int
    installed: Installed


class Policies:
    """The policies and bindings of the chart, as the API server has them."""

    def __init__(self, copy: Path) -> None:
        """Begin with none; `copy` is what they have to be."""
        self.enforcement = Enforcement(copy)
        self.policies = self._cache_of(POLICY)
        self.bindings = self._cache_of(BINDING)

    def problems(self) -> list[str]:
        """Return what is wrong, for people to read; nothing when all of them are in force."""
        return self.enforcement.problems()

    async def run(self, attempt: Attempt, metrics: Metrics, healed: Callable[[], None]) -> None:
        """Look after every change until cancelled; `healed` hears that they are in force again.

        `attempt`: see `Enforcement.run`.
        """

        def told(problems: list[str], new: list[str]) -> None:
            metrics.policies_in_force.set(not problems)
            metrics.show_exempt(self.enforcement.exempt)
            if not problems:
                _log.info("the rules of ownership are in force")
                healed()
            for problem in new:
                _log.warning("nothing new is granted: %s", problem)

        await self.enforcement.run(attempt, told)

    def _cache_of(self, kind: str) -> Cache[Rule]:
        def read(obj: dict[str, Any]) -> Rule | None:
            key = Key(kind, obj["metadata"]["name"])
            return Rule(version_of(obj), installed(key, obj["spec"])) if key in KEYS else None

        def changed(change: Change[Rule]) -> None:
            after = change.after.installed if change.after else None
            self.enforcement.take(Key(kind, change.name.name), after)

        return Cache(read, changed)
