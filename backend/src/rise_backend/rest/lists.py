"""Lists of projects and teams: from the mirror; from the gateway's cache while that is away."""

from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from psycopg import AsyncConnection

from rise_backend.errors import UnavailableError
from rise_backend.gateway.lists import NOT_READY
from rise_backend.gateway.upstream import Caller
from rise_backend.queries import projects, teams
from rise_backend.queries.places import Order, Place
from rise_backend.queries.session import DatabaseUnavailable, as_person
from rise_backend.rest import chosen, cursors, models, presented
from rise_backend.rest.caller import CallerHere, ServicesHere
from rise_backend.rest.documented import problems
from rise_backend.rest.kinds import Kind
from rise_backend.rest.models import Fault
from rise_backend.rest.problems import ProblemError
from rise_backend.services import Services
from rise_crds.v1alpha1.project import Project
from rise_crds.v1alpha1.team import Team

router = APIRouter()

READY_S = 3.0
PREFIX = r"^[a-z][-a-z0-9]*$"
SOMEBODY = r"^(user|team):[^\x00]+$"

Search = Annotated[
    str | None,
    Query(max_length=200, pattern=r"^[^\x00]*$", description="Text in the name or description."),
]
Begins = Annotated[
    str | None, Query(max_length=40, pattern=PREFIX, description="How the name begins.")
]
Sort = Annotated[Order, Query(description="The order; `-` turns it round.")]
After = Annotated[
    str | None,
    Query(max_length=cursors.MOST, description="`next` of the last page, in the same order."),
]
Limit = Annotated[int, Query(ge=1, le=500, description="How many at most.")]
Ready = Annotated[bool | None, Query(description="Only those that are Ready, or are not.")]
Suspended = Annotated[bool | None, Query(description="Only those suspended, or not.")]
OwnedBy = Annotated[
    str | None,
    Query(
        max_length=260,
        pattern=SOMEBODY,
        description="Who owns it: `user:EMAIL` or `team:NAME`.",
        examples=["team:core"],
    ),
]
WithMember = Annotated[
    str | None,
    Query(
        max_length=260,
        pattern=SOMEBODY,
        description="Whom its members name: `user:EMAIL` or `team:NAME`.",
        examples=["user:bob@example.com"],
    ),
]
InRole = Annotated[
    Literal["viewer", "developer"] | None, Query(description="As what `member` takes part.")
]
OfPerson = Annotated[
    str | None,
    Query(
        max_length=254,
        pattern=r"^[^\x00]+$",
        description="E-mail address of an owner or member.",
        examples=["bob@example.com"],
    ),
]
InTeamRole = Annotated[
    Literal["owner", "member"] | None, Query(description="As what `member` belongs to it.")
]


def _project_filters(
    *,
    owner: OwnedBy = None,
    member: WithMember = None,
    role: InRole = None,
    ready: Ready = None,
    suspended: Suspended = None,
    prefix: Begins = None,
    search: Search = None,
) -> projects.Filters:
    _check_role(role, member)
    owner_user, owner_team = _somebody(owner)
    member_user, member_team = _somebody(member)
    return projects.Filters(
        owner_user=owner_user,
        owner_team=owner_team,
        member_user=member_user,
        member_team=member_team,
        role=role,
        ready=ready,
        suspended=suspended,
        prefix=prefix,
        search=search or None,
    )


def _team_filters(
    *,
    member: OfPerson = None,
    role: InTeamRole = None,
    ready: Ready = None,
    prefix: Begins = None,
    search: Search = None,
) -> teams.Filters:
    _check_role(role, member)
    return teams.Filters(
        member=member.lower() if member else None,
        role=role,
        ready=ready,
        prefix=prefix,
        search=search or None,
    )


@router.get(
    "/projects",
    tags=["projects"],
    summary="Projects I may see",
    responses=problems(Kind.INVALID_CURSOR),
)
async def list_projects(
    caller: CallerHere,
    shared: ServicesHere,
    filters: Annotated[projects.Filters, Depends(_project_filters)],
    *,
    sort: Sort = "name",
    limit: Limit = 100,
    after: After = None,
) -> models.Projects:
    """Return a page of projects; filters narrow it down, all at once."""
    place = _read(f"projects:{sort}", after, sort)
    if await shared.database.check():
        try:
            everything = await shared.reviews.allows(caller, "list", "projects")
            async with _as(shared, caller, sees_all=everything) as conn:
                rows, following = await projects.page(
                    conn, limit=limit, filters=filters, order=sort, after=place
                )
            return models.Projects(
                items=[presented.project_row(row) for row in rows],
                next=_next(f"projects:{sort}", following),
            )
        except DatabaseUnavailable:
            shared.database.lost()
    found = [
        presented.project_details(Project.model_validate_json(raw))
        for raw in await _cached(shared, caller, "projects")
    ]
    kept = [one for one in found if chosen.project(one, filters)]
    items, following = chosen.page(kept, sort, limit, place)
    return models.Projects(items=list(items), next=_next(f"projects:{sort}", following))


@router.get(
    "/teams", tags=["teams"], summary="Teams I may see", responses=problems(Kind.INVALID_CURSOR)
)
async def list_teams(
    caller: CallerHere,
    shared: ServicesHere,
    filters: Annotated[teams.Filters, Depends(_team_filters)],
    *,
    sort: Sort = "name",
    limit: Limit = 100,
    after: After = None,
) -> models.Teams:
    """Return a page of teams; filters narrow it down, all at once."""
    place = _read(f"teams:{sort}", after, sort)
    if await shared.database.check():
        try:
            everything = await shared.reviews.allows(caller, "list", "teams")
            async with _as(shared, caller, sees_all=everything) as conn:
                rows, following = await teams.page(
                    conn, limit=limit, filters=filters, order=sort, after=place
                )
            return models.Teams(
                items=[presented.team_row(row) for row in rows],
                next=_next(f"teams:{sort}", following),
            )
        except DatabaseUnavailable:
            shared.database.lost()
    found = [
        presented.team_details(Team.model_validate_json(raw))
        for raw in await _cached(shared, caller, "teams")
    ]
    kept = [one for one in found if chosen.team(one, filters)]
    items, following = chosen.page(kept, sort, limit, place)
    return models.Teams(items=list(items), next=_next(f"teams:{sort}", following))


def _as(
    shared: Services, caller: Caller, *, sees_all: bool
) -> AbstractAsyncContextManager[AsyncConnection[Any]]:
    identity = caller.identity
    return as_person(shared.database.pool, identity.user, identity.idp_groups, sees_all=sees_all)


async def _cached(shared: Services, caller: Caller, resource: str) -> Iterable[bytes]:
    """Return what a person may see while the database is away."""
    if not await shared.catalogue.ready(READY_S):
        raise UnavailableError(NOT_READY)
    cache = shared.catalogue.cache(resource)
    if await shared.reviews.allows(caller, "list", resource):
        return [cache.entries[name].raw for name in sorted(cache.entries)]
    return [entry.raw for entry in shared.catalogue.visible(resource, caller.identity)]


def _somebody(text: str | None) -> tuple[str | None, str | None]:
    """Return a person, or a team."""
    sort, _, who = (text or "").partition(":")
    return (who.lower() if sort == "user" else None), (who if sort == "team" else None)


def _check_role(role: str | None, member: str | None) -> None:
    if role is not None and member is None:
        said = "it says as what `member` takes part: name a member, too"
        raise ProblemError(
            Kind.INVALID, f"role: {said}", errors=[Fault(detail=said, parameter="role")]
        )


def _read(of: str, after: str | None, sort: Order) -> Place | None:
    by_age = sort.endswith("created")
    parts = cursors.read(of, after, *((str, str) if by_age else (str,)))
    if parts is None:
        return None
    return Place(str(parts[0]), cursors.moment(parts[1]) if by_age else None)


def _next(of: str, place: Place | None) -> str | None:
    if place is None:
        return None
    made = [place.created_at.isoformat()] if place.created_at else []
    return cursors.written(of, str(place.name), *made)
