"""Revisions of a Project that a person may see."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from rise_database.query import Query


@dataclass(frozen=True)
class Revision:
    """One state of a Project's spec, and the programs that had written it by then."""

    generation: int
    spec_digest: str
    spec: dict[str, Any]
    managers: list[dict[str, Any]]
    recorded_at: datetime


@dataclass(frozen=True)
class Place:
    """Where a page ended."""

    recorded_at: datetime
    generation: int
    spec_digest: str


@dataclass(frozen=True)
class Page:
    """Which Project's, and how many; a place left None is the beginning."""

    project: UUID
    recorded_at: datetime | None
    generation: int | None
    spec_digest: str | None
    limit: int


PAGE = Query(
    "revisions.page",
    """
    select generation, spec_digest, spec, managers, recorded_at
    from project_revisions
    where project_uid = %(project)s
      and (
        %(recorded_at)s::timestamptz is null
        or (recorded_at, generation, spec_digest)
          < (%(recorded_at)s, %(generation)s::bigint, %(spec_digest)s::text)
      )
    order by recorded_at desc, generation desc, spec_digest desc
    limit %(limit)s
    """,
    params=Page,
    row=Revision,
)


async def page(
    conn: AsyncConnection[Any], project: UUID, *, limit: int, after: Place | None = None
) -> list[Revision]:
    """Return revisions of a Project, newest first."""
    wanted = Page(
        project=project,
        recorded_at=after.recorded_at if after else None,
        generation=after.generation if after else None,
        spec_digest=after.spec_digest if after else None,
        limit=limit,
    )
    return await PAGE.all(conn, wanted)
