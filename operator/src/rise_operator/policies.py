"""The chart's admission policies as the operator watches and tries them.

Without them Rise's rules of ownership do not hold: nothing is granted until they are back.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rise_crds.enforcement import Enforcement
from rise_crds.policies import BINDING, KEYS, POLICY, Installed, Key, installed
from rise_operator.engine.cache import Cache, Change, version_of
from rise_operator.engine.refusals import ApiError, Away
from rise_operator.engine.resource import NAMESPACES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from rise_operator.engine.client import Client
    from rise_operator.engine.metrics import Metrics

FENCE = "operator-fence.rise.dev"
AGAIN_S = 0.5
# Not a name of ours: the fence keeps the operator from making it. It is never made (dryRun).
_FORBIDDEN = {
    "apiVersion": "v1",
    "kind": "Namespace",
    "metadata": {"name": "beyond-the-fence-of-rise"},
}

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

    async def run(self, client: Client, metrics: Metrics, healed: Callable[[], None]) -> None:
        """Look after every change until cancelled; `healed` hears that they are in force again."""

        async def attempt() -> str:
            return await refused_by_the_fence(client)

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


async def refused_by_the_fence(client: Client) -> str:
    """Try what the operator's own policy forbids; return what happened if it was not refused."""
    while True:
        try:
            await client.try_create(NAMESPACES, _FORBIDDEN)
        except Away:
            await asyncio.sleep(AGAIN_S)  # that says nothing about policies
        except ApiError as error:
            return "" if f"'{FENCE}'" in str(error) else f"the API server answers: {error}"
        else:
            return f"the API server lets the operator do what {FENCE} forbids"
