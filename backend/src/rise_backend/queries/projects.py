"""Projects that a person may see."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg import AsyncConnection

from rise_backend.queries.places import BY, Order, Place, place_of, prefix_end
from rise_database.query import Query


@dataclass(frozen=True)
class Project:
    """A Project as lists show it; exactly one of the owners is set."""

    uid: UUID
    name: str
    owner_user: str | None
    owner_team: str | None
    description: str
    source_url: str | None
    namespace: str | None
    ready: bool
    reason: str
    message: str
    suspended: bool
    deleting: bool
    created_at: datetime


@dataclass(frozen=True)
class ProjectDetails(Project):
    """A Project with everything that the mirror holds of it."""

    transfer_to: str | None
    registry: str | None
    deletion_policy: str
    deletion_protection: bool
    conditions: list[dict[str, Any]]
    members: list[dict[str, Any]]  # [{"user" | "team", "role"}] in the order of spec.members


@dataclass(frozen=True)
class Filters:
    """Which Projects; what is None lets everything through.

    `member_*` and `role` speak of spec.members; `prefix` of the name (letters, digits, `-`);
    `search` of the name and the description, whatever their case.
    """

    owner_user: str | None = None
    owner_team: str | None = None
    member_user: str | None = None
    member_team: str | None = None
    role: str | None = None
    ready: bool | None = None
    suspended: bool | None = None
    prefix: str | None = None
    search: str | None = None


@dataclass(frozen=True)
class Page(Filters):
    """Which Projects, from where on, and how many."""

    prefix_end: str | None = None  # the first name behind all those with the prefix
    after_name: str | None = None
    after_created: datetime | None = None
    limit: int = 100


@dataclass(frozen=True)
class Name:
    """Which one."""

    name: str


_FILTERS: LiteralString = """
          deleted_at is null
          and (%(owner_user)s::text is null or owner_user_id = %(owner_user)s)
          and (%(owner_team)s::text is null or owner_team_name = %(owner_team)s)
          and (%(ready)s::boolean is null or ready = %(ready)s)
          and (%(suspended)s::boolean is null or suspended = %(suspended)s)
          and (%(prefix)s::text is null or (name >= %(prefix)s and name < %(prefix_end)s::text))
          and (
            %(search)s::text is null
            or position(lower(%(search)s) in name) > 0
            or position(lower(%(search)s) in lower(description)) > 0
          )
          and (
            (%(member_user)s::text is null and %(member_team)s::text is null)
            or exists (
              select from project_members m
              where m.project_uid = projects.uid
                and (%(member_user)s::text is null or m.user_id = %(member_user)s)
                and (%(member_team)s::text is null or m.team_name = %(member_team)s)
                and (%(role)s::text is null or m.role = %(role)s)
            )
          )
"""


# Row-level security alone decides what is seen. The two halves only give each sort of person a plan
# that does not read every project: by key for who sees a few, in order for who sees all.
_PAGE: LiteralString = """
    select uid, name, owner_user_id as owner_user, owner_team_name as owner_team, description,
      source_url, namespace, ready, reason, message, suspended, deleting, created_at
    from projects
    where uid = any (array(
      (
        select uid from projects
        where not (select rise_sees_all()) and uid = any ((select rise_projects())::uuid[]) and
          FILTERS
        order by ORDER limit %(limit)s
      ) union all (
        select uid from projects where (select rise_sees_all()) and
          FILTERS
        order by ORDER limit %(limit)s
      )
    ))
    order by ORDER
"""

PAGES: dict[Order, Query[Page, Project]] = {
    order: Query(
        f"projects.page.{order}",
        _PAGE.replace("FILTERS", _FILTERS + by.after).replace("ORDER", by.order),
        params=Page,
        row=Project,
    )
    for order, by in BY.items()
}
PAGE = PAGES["name"]

ONE = Query(
    "projects.one",
    """
    select uid, name, owner_user_id as owner_user, owner_team_name as owner_team, description,
      source_url, namespace, ready, reason, message, suspended, deleting, created_at,
      transfer_to_user_id as transfer_to, registry, deletion_policy, deletion_protection,
      conditions,
      coalesce(
        (
          select jsonb_agg(
            case
              when m.user_id is null then jsonb_build_object('team', m.team_name, 'role', m.role)
              else jsonb_build_object('user', m.user_id, 'role', m.role)
            end
            order by m.position
          )
          from project_members m where m.project_uid = p.uid
        ),
        '[]'
      ) as members
    from projects p
    where deleted_at is null and name = %(name)s
    """,
    params=Name,
    row=ProjectDetails,
    never_null=frozenset({"members"}),
)


async def page(
    conn: AsyncConnection[Any],
    *,
    limit: int,
    filters: Filters | None = None,
    order: Order = "name",
    after: Place | None = None,
) -> tuple[list[Project], Place | None]:
    """Return Projects in order, and the place to go on `after` (None: that was all)."""
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


async def one(conn: AsyncConnection[Any], name: str) -> ProjectDetails | None:
    """Return the Project; None when there is none that the person may see."""
    return await ONE.one_or_none(conn, Name(name))
