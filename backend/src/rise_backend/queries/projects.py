"""Projects that a person may see."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

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
class Page:
    """Which Projects, and how many; filters left None let everything through."""

    owner_user: str | None
    owner_team: str | None
    search: str | None
    after: str | None
    limit: int


@dataclass(frozen=True)
class Name:
    """Which one."""

    name: str


# Row-level security alone decides what is seen. The two halves only give each sort of person a plan
# that does not read every project: by key for who sees a few, in order of names for who sees all.
PAGE = Query(
    "projects.page",
    """
    select uid, name, owner_user_id as owner_user, owner_team_name as owner_team, description,
      source_url, namespace, ready, reason, message, suspended, deleting, created_at
    from projects
    where uid = any (array(
      (
        select uid from projects
        where not (select rise_sees_all()) and uid = any ((select rise_projects())::uuid[]) and
          deleted_at is null
          and (%(after)s::text is null or name > %(after)s)
          and (%(owner_user)s::text is null or owner_user_id = %(owner_user)s)
          and (%(owner_team)s::text is null or owner_team_name = %(owner_team)s)
          and (
            %(search)s::text is null
            or position(lower(%(search)s) in name) > 0
            or position(lower(%(search)s) in lower(description)) > 0
          )
        order by name limit %(limit)s
      ) union all (
        select uid from projects where (select rise_sees_all()) and
          deleted_at is null
          and (%(after)s::text is null or name > %(after)s)
          and (%(owner_user)s::text is null or owner_user_id = %(owner_user)s)
          and (%(owner_team)s::text is null or owner_team_name = %(owner_team)s)
          and (
            %(search)s::text is null
            or position(lower(%(search)s) in name) > 0
            or position(lower(%(search)s) in lower(description)) > 0
          )
        order by name limit %(limit)s
      )
    ))
    order by name
    """,
    params=Page,
    row=Project,
)

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
    owner_user: str | None = None,
    owner_team: str | None = None,
    search: str | None = None,
    after: str | None = None,
) -> tuple[list[Project], str | None]:
    """Return Projects by name, and the name to go on `after` (None: that was all).

    `search` looks for the text in names and descriptions, whatever its case.
    """
    wanted = Page(owner_user, owner_team, search or None, after, limit + 1)
    found = await PAGE.all(conn, wanted)
    more = len(found) > limit
    return found[:limit], found[limit - 1].name if more else None


async def one(conn: AsyncConnection[Any], name: str) -> ProjectDetails | None:
    """Return the Project; None when there is none that the person may see."""
    return await ONE.one_or_none(conn, Name(name))
