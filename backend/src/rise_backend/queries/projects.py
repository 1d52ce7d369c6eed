"""Projects that a person may see."""

from dataclasses import dataclass
from typing import LiteralString
from uuid import UUID

from rise_backend.queries.places import BY, Cut, Narrowed, Pages, Row
from rise_database.query import Query


@dataclass(frozen=True)
class Project(Row):
    """A Project as lists show it; exactly one of the owners is set."""

    uid: UUID
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


@dataclass(frozen=True)
class Filters(Narrowed):
    """Which Projects; `member_*` and `role` speak of spec.members."""

    owner_user: str | None = None
    owner_team: str | None = None
    member_user: str | None = None
    member_team: str | None = None
    role: str | None = None
    suspended: bool | None = None


@dataclass(frozen=True)
class Page(Filters, Cut):
    """Which Projects, from where on, and how many."""


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

PAGES: Pages[Page, Project] = {
    order: Query(
        f"projects.page.{order}",
        _PAGE.replace("FILTERS", _FILTERS + by.after).replace("ORDER", by.order),
        params=Page,
        row=Project,
    )
    for order, by in BY.items()
}
PAGE = PAGES["name"]
