"""Teams that a person may see."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from rise_database.query import Query


@dataclass(frozen=True)
class Team:
    """A Team with its people, in the order of the spec."""

    uid: UUID
    name: str
    owners: list[str]
    members: list[str]
    idp_group: str | None
    description: str
    ready: bool
    reason: str
    message: str
    deleting: bool
    created_at: datetime
    conditions: list[dict[str, Any]]


@dataclass(frozen=True)
class Page:
    """Which Teams, and how many; `search` and `after` left None let everything through."""

    search: str | None
    after: str | None
    limit: int


@dataclass(frozen=True)
class Name:
    """Which one."""

    name: str


PAGE = Query(
    "teams.page",
    """
    select uid, name,
      array(
        select m.user_id from team_members m
        where m.team_uid = t.uid and m.role = 'owner' order by m.position
      ) as owners,
      array(
        select m.user_id from team_members m
        where m.team_uid = t.uid and m.role = 'member' order by m.position
      ) as members,
      idp_group, description, ready, reason, message, deleting, created_at, conditions
    from teams t
    where deleted_at is null
      and (%(after)s::text is null or name > %(after)s)
      and (
        %(search)s::text is null
        or position(lower(%(search)s) in name) > 0
        or position(lower(%(search)s) in lower(description)) > 0
      )
    order by name
    limit %(limit)s
    """,
    params=Page,
    row=Team,
    never_null=frozenset({"owners", "members"}),
)

ONE = Query(
    "teams.one",
    """
    select uid, name,
      array(
        select m.user_id from team_members m
        where m.team_uid = t.uid and m.role = 'owner' order by m.position
      ) as owners,
      array(
        select m.user_id from team_members m
        where m.team_uid = t.uid and m.role = 'member' order by m.position
      ) as members,
      idp_group, description, ready, reason, message, deleting, created_at, conditions
    from teams t
    where deleted_at is null and name = %(name)s
    """,
    params=Name,
    row=Team,
    never_null=frozenset({"owners", "members"}),
)


async def page(
    conn: AsyncConnection[Any], *, limit: int, search: str | None = None, after: str | None = None
) -> tuple[list[Team], str | None]:
    """Return Teams by name, and the name to go on `after` (None: that was all)."""
    found = await PAGE.all(conn, Page(search or None, after, limit + 1))
    more = len(found) > limit
    return found[:limit], found[limit - 1].name if more else None


async def one(conn: AsyncConnection[Any], name: str) -> Team | None:
    """Return the Team; None when there is none that the person may see."""
    return await ONE.one_or_none(conn, Name(name))
