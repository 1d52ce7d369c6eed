"""When the mirror is written: on every change, completely at the start, and after an outage.

The database is never in the way: what it does not take is remembered as keys, not as a queue of
writes, and is written from the cache once it is back.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from rise_crds.reasons import Reason
from rise_crds.v1alpha1.project import Project
from rise_crds.v1alpha1.team import Team
from rise_database.pool import is_healthy
from rise_operator.engine.cache import digest
from rise_operator.engine.resource import PROJECTS, TEAMS
from rise_operator.errors import Unavailable
from rise_operator.verdict import Failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from rise_database.pool import Pool
    from rise_operator.cluster import Cluster
    from rise_operator.mirror import Mirror
    from rise_operator.objects import Body

PROBE_S = 2.0

_log = logging.getLogger(__name__)


class Mirroring:
    """Writes the mirror for the reconciles, and knows what it still owes."""

    def __init__(
        self,
        mirror: Mirror,
        pool: Pool,
        cluster: Cluster,
        wake: Callable[[str, str], None],
        period_s: float,
    ) -> None:
        """Owe everything: nothing is known to be written."""
        self._mirror = mirror
        self._pool = pool
        self._cluster = cluster
        self._wake = wake
        self._period_s = period_s
        self._written: dict[str, bytes] = {}  # UID → digest of what the row says
        self._owed: set[tuple[str, str]] = set()
        self._resync_owed = True

    def says(self, body: Body) -> bool:
        """Tell whether the row of an object says what `body` and its status do."""
        return self._written.get(body["metadata"]["uid"]) == _digest(body, body.get("status"))

    async def write_project(
        self, project: Project, body: Body, status: dict[str, Any]
    ) -> Failure | None:
        """Write one Project with the status about to be published; None: the row says so."""
        uid, now = project.metadata.uid, _digest(body, status)
        if self._written.get(uid) == now:
            return None
        try:
            await self._mirror.upsert_project(
                project, status=status, managed_fields=body["metadata"].get("managedFields") or []
            )
        except Unavailable as error:
            return self._owes(PROJECTS.kind, project.metadata.name, error)
        self._written[uid] = now
        return None

    async def write_team(self, team: Team, body: Body, status: dict[str, Any]) -> Failure | None:
        """Write one Team with the status about to be published; None: the row says so."""
        uid, now = team.metadata.uid, _digest(body, status)
        if self._written.get(uid) == now:
            return None
        try:
            await self._mirror.upsert_team(team, status=status)
        except Unavailable as error:
            return self._owes(TEAMS.kind, team.metadata.name, error)
        self._written[uid] = now
        return None

    async def end_project(self, uid: str) -> None:
        """Mark the row deleted; a database that is away hears of it in the next resync."""
        self._written.pop(uid, None)
        try:
            await self._mirror.delete_project(uid)
        except Unavailable as error:
            self._owes_resync(error)

    async def end_team(self, uid: str) -> None:
        """Mark the row deleted; a database that is away hears of it in the next resync."""
        self._written.pop(uid, None)
        try:
            await self._mirror.delete_team(uid)
        except Unavailable as error:
            self._owes_resync(error)

    async def resync(self) -> bool:
        """Make the mirror agree with everything there is; return whether the database took it."""
        projects, broken = _parsed(Project, list(self._cluster.projects))
        teams, broken_teams = _parsed(Team, list(self._cluster.teams))
        bodies = [*self._cluster.projects, *self._cluster.teams]
        written = {each["metadata"]["uid"]: _digest(each, each.get("status")) for each in bodies}
        try:
            await self._mirror.resync(projects, teams, unreadable=[*broken, *broken_teams])
        except Unavailable as error:
            self._owes_resync(error)
            return False
        self._resync_owed = False
        # Whatever was written beside it is newer than the lists, and has its own digest here.
        self._written = {**written, **self._written}
        return True

    async def run(self) -> None:
        """Resync from time to time, and as soon as a database that was away is back."""
        loop = asyncio.get_running_loop()
        due = loop.time() + self._period_s
        while True:
            await asyncio.sleep(PROBE_S)
            owing = self._resync_owed or bool(self._owed)
            if not owing and loop.time() < due:
                continue
            if owing and not await is_healthy(self._pool):
                continue
            self._written.clear()
            if await self.resync():
                due = loop.time() + self._period_s
                if owing:
                    _log.info("the database is back: the mirror catches up")
                self._pay()

    def _pay(self) -> None:
        owed, self._owed = self._owed, set()
        for kind, name in owed:
            self._wake(kind, name)

    def _owes(self, kind: str, name: str, error: Unavailable) -> Failure:
        self._owed.add((kind, name))
        return Failure(Reason.DATABASE_UNAVAILABLE, str(error))

    def _owes_resync(self, error: Unavailable) -> None:
        if not self._resync_owed:
            _log.warning("%s", error)
        self._resync_owed = True


def _digest(body: Body, status: Any) -> bytes:
    """Return the digest of what a row says: credentials come and go without it."""
    metadata = body["metadata"]
    status = {key: value for key, value in (status or {}).items() if key != "registry"}
    return digest([metadata["generation"], "deletionTimestamp" in metadata, body["spec"], status])


def _parsed(model: type[Any], bodies: list[Body]) -> tuple[list[Any], list[str]]:
    """Return the objects that can be read, and the UIDs of those that cannot."""
    objects: list[Any] = []
    broken: list[str] = []
    for body in bodies:
        try:
            objects.append(model.model_validate(body))
        except ValidationError:
            broken.append(body["metadata"]["uid"])
    return objects, broken
