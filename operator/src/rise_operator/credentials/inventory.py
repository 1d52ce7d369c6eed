"""What registries keep for Rise, compared with the Projects there are: nothing is forgotten.

    of a living project, named in its status    as it should be
    of a living project, not named              the project is reconciled, which revokes it
    of a project that this installation had     revoked here
    of anybody else                             counted and left alone: another installation's?

What is found is looked at twice: a credential that is just being made is in no status yet.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from rise_operator.engine.resource import PROJECTS
from rise_operator.errors import Busy, Unavailable
from rise_registry.contract import Project as Images
from rise_registry.contract import RegistryError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from rise_operator.credentials.registries import Registry
    from rise_operator.engine.metrics import Metrics
    from rise_operator.objects import Body
    from rise_operator.tools import Tools
    from rise_registry.contract import Issued

CONFIRMED_AFTER_S = 30.0
LISTED_S = 600.0  # a registry with many pages

_log = logging.getLogger(__name__)
Stray = tuple[str, str]  # UID of the project, id of the credential


def strays(issued: Iterable[Issued], projects: Iterable[Body]) -> set[Stray]:
    """Return what is issued and named by no status; projects on their way out end their own."""
    named: dict[str, frozenset[str] | None] = {}
    for body in projects:
        metadata = body["metadata"]
        credentials = (body.get("status") or {}).get("registry", {}).get("credentials") or []
        leaving = "deletionTimestamp" in metadata
        ids = frozenset(str(each["id"]) for each in credentials)
        named[metadata["uid"]] = None if leaving else ids
    found: set[Stray] = set()
    for each in issued:
        known = named.get(each.project_uid, frozenset())
        if known is not None and each.id not in known:
            found.add((each.project_uid, each.id))
    return found


class Inventory:
    """Looks from time to time; to be run by the leader alone, with complete caches."""

    def __init__(
        self,
        tools: Tools,
        had: Callable[[str], Awaitable[str | None]],
        wake: Callable[[str, str], None],
        metrics: Metrics,
    ) -> None:
        """Ask `had` for the name of a deleted project by its UID; None: it was never ours."""
        self._registries = tools.registries
        self._projects = tools.cluster.projects
        self._secrets = tools.secrets
        self._had = had
        self._wake = wake
        self._metrics = metrics

    async def run(self, period_s: float) -> None:
        """Look at every registry, and again after each period, until cancelled."""
        while True:
            for registry in self._registries.values():
                try:
                    await self._look(registry, min(CONFIRMED_AFTER_S, period_s))
                except (RegistryError, Busy, Unavailable) as error:
                    _log.info("no inventory of registry %s: %s", registry.name, error)
            await asyncio.sleep(period_s)

    async def _look(self, registry: Registry, confirmed_after_s: float) -> None:
        found = strays(await registry.inventory(LISTED_S), self._projects)
        if found:
            await asyncio.sleep(confirmed_after_s)
            found &= strays(await registry.inventory(LISTED_S), self._projects)
        self._metrics.registry_strays.labels(registry.name).set(len(found))
        names = {body["metadata"]["uid"]: body["metadata"]["name"] for body in self._projects}
        for uid in sorted({uid for uid, _ in found}):
            if uid in names:
                _log.warning("project %s has credentials that no status names", names[uid])
                self._secrets.untidy(uid)
                self._wake(PROJECTS.kind, names[uid])
            else:
                await self._end(registry, uid)

    async def _end(self, registry: Registry, uid: str) -> None:
        name = await self._had(uid)
        if name is None:
            _log.warning(
                "registry %s keeps credentials of %s, no project of ours", registry.name, uid
            )
            return
        _log.warning("registry %s keeps credentials of %s, which is gone", registry.name, name)
        await registry.revoke(Images(name, uid))
