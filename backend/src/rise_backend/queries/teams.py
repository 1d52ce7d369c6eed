"""Teams that a person may see."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg import AsyncConnection

from rise_backend.queries.places import BY, Order, Place, place_of, prefix_end
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
class Filters:
    """Which Teams; what is None lets everything through.

    `member` is an owner's or member's e-mail address, `role` what they are; `prefix` is of the
    name; `search` of the name and the description, whatever their case.
    """

    member: str | None = None
    role: str | None = None
    ready: bool | None = None
    prefix: str | None = None
    search: str | None = None


@dataclass(frozen=True)
class Page(Filters):
    """Which Teams, from where on, and how many."""

    prefix_end: str | None = None
    after_name: str | None = None
    after_created: datetime | None = None
    limit: int = 100


@dataclass(frozen=True)
class Name:
    """Which one."""

    name: str


_COLUMNS: LiteralString = """
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
"""

_FILTERS: LiteralString = """
    where deleted_at is null
      and (%(ready)s::boolean is null or ready = %(ready)s)
      and (%(prefix)s::text is null or (name >= %(prefix)s and name < %(prefix_end)s::text))
      and (
        %(search)s::text is null
        or position(lower(%(search)s) in name) > 0
        or position(lower(%(search)s) in lower(description)) > 0
      )
      and (
        %(member)s::text is null
        or exists (
          select from team_members m
          where m.team_uid = t.uid and m.user_id = %(member)s
            and (%(role)s::text is null or m.role = %(role)s)
        )
      )
"""


PAGES: dict[Order, Query[Page, Team]] = {
    order: Query(
        f"teams.page.{order}",
        _COLUMNS + _FILTERS + by.after + " order by " + by.order + " limit %(limit)s",
        params=Page,
        row=Team,
        never_null=frozenset({"owners", "members"}),
    )
    for order, by in BY.items()
}

ONE = Query(
    "teams.one",
    _COLUMNS
    + """
    where deleted_at is null and name = %(name)s
    """,
    params=Name,
    row=Team,
    never_null=frozenset({"owners", "members"}),
)


async def page(
    conn: AsyncConnection[Any],
    *,
    limit: int,
    filters: Filters | None = None,
    order: Order = "name",
    after: Place | None = None,
) -> tuple[list[Team], Place | None]:
    """Return Teams in order, and the place to go on `after` (None: that was all)."""
    chosen = filters or Filters()
    place = after or Place(None, None)
    wanted = Page(
        **vars(chosen),
        prefix_end=prefix_end(chosen.prefix),
        after_name=place.name,
        after_created=place.created_at,
        limit=limit + 1,
    )
    found = await PAGES[order].all(conn, wanted)
    return found[:limit], place_of(found, limit, order)


async def one(conn: AsyncConnection[Any], name: str) -> Team | None:
    """Return the Team; None when there is none that the person may see."""
    return await ONE.one_or_none(conn, Name(name))
