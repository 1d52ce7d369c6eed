"""Teams that a person may see."""

from dataclasses import dataclass
from typing import Any, LiteralString
from uuid import UUID

from rise_backend.queries.places import BY, Cut, Narrowed, Pages, Row
from rise_database.query import Query


@dataclass(frozen=True)
class Team(Row):
    """A Team with its people, in the order of the spec."""

    uid: UUID
    owners: list[str]
    members: list[str]
    idp_group: str | None
    description: str
    ready: bool
    reason: str
    message: str
    deleting: bool
    conditions: list[dict[str, Any]]


@dataclass(frozen=True)
class Filters(Narrowed):
    """Which Teams; `member` is an owner's or member's e-mail address, `role` what they are."""

    member: str | None = None
    role: str | None = None


@dataclass(frozen=True)
class Page(Filters, Cut):
    """Which Teams, from where on, and how many."""


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


PAGES: Pages[Page, Team] = {
    order: Query(
        f"teams.page.{order}",
        _COLUMNS + _FILTERS + by.after + " order by " + by.order + " limit %(limit)s",
        params=Page,
        row=Team,
        never_null=frozenset({"owners", "members"}),
    )
    for order, by in BY.items()
}
