"""The order in which rows are written, for one object or for many."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from psycopg import AsyncConnection

from rise_operator.mirror import queries, rows
from rise_operator.mirror.parameters import Successors
from rise_operator.mirror.rows import ProjectRow, TeamRow


async def write_projects(
    conn: AsyncConnection[Any], written: Sequence[ProjectRow], *, complete: bool = False
) -> None:
    """Write Projects with whom and what they name; older ones than the mirror holds are ignored.

    `complete`: they come from a complete list, which wins over any version.
    """
    await queries.RECORD_PEOPLE.execute(conn, rows.people(written))
    await queries.RECORD_ABSENT_TEAMS.execute(conn, rows.absent_teams(written))
    await queries.END_PREDECESSOR_PROJECTS.execute(conn, _successors(written, complete=complete))
    for row in written:
        await queries.UPSERT_PROJECT.execute(conn, replace(row.upsert, complete=complete))


async def write_teams(
    conn: AsyncConnection[Any], written: Sequence[TeamRow], *, complete: bool = False
) -> None:
    """Write Teams with their people; as `write_projects`."""
    await queries.RECORD_PEOPLE.execute(conn, rows.people(written))
    await queries.END_PREDECESSOR_TEAMS.execute(conn, _successors(written, complete=complete))
    for row in written:
        await queries.UPSERT_TEAM.execute(conn, replace(row.upsert, complete=complete))


def _successors(written: Sequence[ProjectRow] | Sequence[TeamRow], *, complete: bool) -> Successors:
    return Successors(
        uids=[row.upsert.uid for row in written],
        names=[row.upsert.name for row in written],
        resource_versions=[row.upsert.resource_version for row in written],
        complete=complete,
    )
