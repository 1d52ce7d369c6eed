"""What happens to the database when a Project or Team is reconciled, and on a resync."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from rise_crds.v1alpha1.project import Project, ProjectStatus
from rise_crds.v1alpha1.team import Team, TeamStatus
from rise_database.pool import Pool
from rise_database.query import Nothing
from rise_operator.mirror import queries
from rise_operator.mirror.outage import Outage
from rise_operator.mirror.parameters import Age, Stored, Uids
from rise_operator.mirror.rows import ProjectRow, TeamRow, project_row, team_row
from rise_operator.mirror.together import Together
from rise_operator.mirror.writing import write_projects, write_teams

BATCH = 200
RETENTION = timedelta(days=90)

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Resynced:
    """What a resync had to mend."""

    written: int
    ended: int


class Mirror:
    """Rows of `projects` and `teams`, keyed by UID.

    Within a watch an older resourceVersion never overwrites a newer one, and a deleted UID stays
    deleted. A complete list wins over both: after a restored etcd, versions go back.
    """

    def __init__(self, pool: Pool) -> None:
        """Write through `pool`, whose server may be away."""
        self._pool = pool
        self._outage = Outage()
        self._resyncs: list[set[UUID]] = []  # for each resync under way: what was written meanwhile
        self._projects = Together(self._write_projects)
        self._teams = Together(self._write_teams)

    async def upsert_project(
        self,
        project: Project,
        *,
        status: Mapping[str, Any] | None = None,
        managed_fields: Iterable[Mapping[str, Any]] = (),
    ) -> None:
        """Write `project`, with the status about to be published instead of the one it carries.

        `managed_fields` are the API server's, should `project` not carry them.

        Raises:
            Unavailable: the database is away or refuses; nothing of this was written.
        """
        if status is not None:
            new = ProjectStatus.model_validate(status)
            project = project.model_copy(update={"status": new})
        row = project_row(project, managed_fields)
        self._is_newer_than_lists(row.upsert.uid)
        await self._projects.add(row)

    async def upsert_team(self, team: Team, *, status: Mapping[str, Any] | None = None) -> None:
        """Write `team`, with the status about to be published instead of the one it carries.

        Raises:
            Unavailable: the database is away or refuses; nothing of this was written.
        """
        if status is not None:
            team = team.model_copy(update={"status": TeamStatus.model_validate(status)})
        row = team_row(team)
        self._is_newer_than_lists(row.upsert.uid)
        await self._teams.add(row)

    async def name_of(self, uid: str) -> str | None:
        """Return the name of the Project with this UID, which may be deleted; None: never seen.

        Raises:
            Unavailable: the database is away or refuses.
        """
        try:
            asked = Uids([UUID(uid)])
        except ValueError:
            return None
        with self._outage.watched():
            async with self._pool.connection() as conn:
                found = await queries.NAMES.one_or_none(conn, asked)
        return found.name if found else None

    async def delete_project(self, uid: str) -> None:
        """Mark the Project with this UID deleted; it stays so until a complete list holds it again.

        Raises:
            Unavailable: the database is away or refuses.
        """
        async with self._ending(UUID(uid)) as conn:
            await queries.END_PROJECTS.execute(conn, Uids([UUID(uid)]))

    async def delete_team(self, uid: str) -> None:
        """Mark the Team with this UID deleted; it stays so until a complete list holds it again.

        Raises:
            Unavailable: the database is away or refuses.
        """
        async with self._ending(UUID(uid)) as conn:
            await queries.END_TEAMS.execute(conn, Uids([UUID(uid)]))

    async def resync(
        self,
        projects: Sequence[Project],
        teams: Sequence[Team],
        *,
        unreadable: Collection[str] = (),
    ) -> Resynced:
        """Make the mirror agree with complete lists; what is absent from them is marked deleted.

        Call it only with two complete lists, taken without an `await` between them and this call:
        what is written by the other methods from here on is newer than the lists and is left alone.
        `unreadable` are the UIDs of objects that exist but could not be parsed: they stay as they
        are. Whatever it has done when it fails is right, and the next one goes on.

        Raises:
            Unavailable: the database is away or refuses.
        """
        written_meanwhile: set[UUID] = set()
        self._resyncs.append(written_meanwhile)
        try:
            keep = {UUID(uid) for uid in unreadable}
            done = [
                await self._resync_teams(teams, keep, written_meanwhile),
                await self._resync_projects(projects, keep, written_meanwhile),
            ]
            await self._purge()
        finally:
            self._resyncs.remove(written_meanwhile)
        total = Resynced(sum(each.written for each in done), sum(each.ended for each in done))
        if total.written or total.ended:
            _log.info("resync wrote %s rows and ended %s", total.written, total.ended)
        return total

    async def _resync_teams(
        self, teams: Sequence[Team], keep: set[UUID], newer: set[UUID]
    ) -> Resynced:
        async with self._alone() as conn:
            stored = await queries.STORED_TEAMS.all(conn, Nothing())
            ended = _ended(stored, teams, keep | newer)
            await queries.END_TEAMS.execute(conn, Uids(ended))
        living = {row.uid: row for row in stored if row.alive}
        written = 0
        for batch in _batches(teams):
            await asyncio.sleep(0)  # let others run between batches
            rows = [row for row in map(team_row, batch) if _is_stale(row, living)]
            if rows:
                async with self._alone() as conn:
                    rows = [row for row in rows if row.upsert.uid not in newer]
                    await write_teams(conn, rows, complete=True)
            written += len(rows)
        return Resynced(written, len(ended))

    async def _resync_projects(
        self, projects: Sequence[Project], keep: set[UUID], newer: set[UUID]
    ) -> Resynced:
        async with self._alone() as conn:
            stored = await queries.STORED_PROJECTS.all(conn, Nothing())
            ended = _ended(stored, projects, keep | newer)
            await queries.END_PROJECTS.execute(conn, Uids(ended))
        living = {row.uid: row for row in stored if row.alive}
        written = 0
        for batch in _batches(projects):
            await asyncio.sleep(0)
            rows = [row for row in map(project_row, batch) if _is_stale(row, living)]
            if rows:
                async with self._alone() as conn:
                    rows = [row for row in rows if row.upsert.uid not in newer]
                    await write_projects(conn, rows, complete=True)
            written += len(rows)
        return Resynced(written, len(ended))

    async def _purge(self) -> None:
        async with self._alone() as conn:
            await queries.PURGE_PROJECTS.execute(conn, Age(RETENTION))
            await queries.PURGE_TEAMS.execute(conn, Age(RETENTION))

    def _is_newer_than_lists(self, uid: UUID) -> None:
        for written_meanwhile in self._resyncs:
            written_meanwhile.add(uid)

    async def _write_projects(self, rows: Sequence[ProjectRow]) -> None:
        async with self._alone() as conn:
            await write_projects(conn, rows)

    async def _write_teams(self, rows: Sequence[TeamRow]) -> None:
        async with self._alone() as conn:
            await write_teams(conn, rows)

    @asynccontextmanager
    async def _ending(self, uid: UUID) -> AsyncGenerator[AsyncConnection[Any]]:
        """Open a transaction beside others that end something."""
        self._is_newer_than_lists(uid)
        with self._outage.watched():
            async with self._pool.connection() as conn, conn.transaction(), conn.pipeline():
                await queries.SHARE.execute(conn, Nothing())
                yield conn

    @asynccontextmanager
    async def _alone(self) -> AsyncGenerator[AsyncConnection[Any]]:
        """Open a transaction while no other writer has one.

        Statements are sent without waiting for the answer of each.
        """
        with self._outage.watched():
            async with self._pool.connection() as conn, conn.transaction(), conn.pipeline():
                await queries.EXCLUDE.execute(conn, Nothing())
                yield conn


def _ended(
    stored: Iterable[Stored], listed: Iterable[Project | Team], keep: set[UUID]
) -> list[UUID]:
    there = {UUID(each.metadata.uid) for each in listed} | keep
    return [row.uid for row in stored if row.alive and row.uid not in there]


def _is_stale(row: ProjectRow | TeamRow, living: Mapping[UUID, Stored]) -> bool:
    """Tell whether the mirror does not hold `row`; the same thing at an older version will do."""
    stored = living.get(row.upsert.uid)
    by_name = isinstance(row, ProjectRow) and row.owner_by_name
    return (
        by_name
        or stored is None
        or stored.digest != row.upsert.digest
        or stored.resource_version > row.upsert.resource_version  # versions have gone back
    )


def _batches(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]
