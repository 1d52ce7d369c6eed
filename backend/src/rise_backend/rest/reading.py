"""Projects and teams: lists from the mirror, single ones from the API server, as the person."""

import re
from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Path, Query
from psycopg import AsyncConnection

from rise_backend.errors import UnavailableError
from rise_backend.gateway.lists import NOT_READY
from rise_backend.gateway.upstream import Caller
from rise_backend.queries import projects, teams
from rise_backend.queries.session import DatabaseUnavailable, as_person
from rise_backend.rest import models, presented
from rise_backend.rest.caller import CallerHere, ServicesHere
from rise_backend.rest.documented import problems
from rise_backend.rest.kinds import Kind
from rise_backend.rest.problems import ProblemError
from rise_backend.services import Services
from rise_crds.api import NAME_PATTERN
from rise_crds.v1alpha1.project import Project
from rise_crds.v1alpha1.team import Team

router = APIRouter()

READY_S = 3.0
_NAME = re.compile(NAME_PATTERN)

ModelT = TypeVar("ModelT", models.ProjectDetails, models.TeamDetails)

Search = Annotated[
    str | None,
    Query(max_length=200, pattern=r"^[^\x00]*$", description="Text in the name or description."),
]
After = Annotated[
    str | None, Query(max_length=63, pattern=r"^[^\x00]*$", description="`next` of the last page.")
]
Limit = Annotated[int, Query(ge=1, le=500, description="How many at most.")]
OwnedBy = Annotated[
    str | None,
    Query(
        max_length=260,
        pattern=r"^(user|team):[^\x00]+$",
        description="`user:EMAIL` or `team:NAME`.",
    ),
]
Name = Annotated[str, Path(max_length=63, description="The name.")]


@router.get("/projects", tags=["projects"], summary="Projects I may see")
async def list_projects(
    caller: CallerHere,
    shared: ServicesHere,
    *,
    owner: OwnedBy = None,
    search: Search = None,
    limit: Limit = 100,
    after: After = None,
) -> models.Projects:
    """Return a page of projects, by name."""
    kind, _, wanted = (owner or "").partition(":")
    user = wanted.lower() if kind == "user" else None
    team = wanted if kind == "team" else None
    if await shared.database.check():
        try:
            everything = await shared.reviews.allows(caller, "list", "projects")
            async with _as(shared, caller, sees_all=everything) as conn:
                rows, following = await projects.page(
                    conn, limit=limit, owner_user=user, owner_team=team, search=search, after=after
                )
            return models.Projects(
                items=[presented.project_row(row) for row in rows], next=following
            )
        except DatabaseUnavailable:
            shared.database.lost()
    found = [
        presented.project_details(Project.model_validate_json(raw))
        for raw in await _cached(shared, caller, "projects")
    ]
    chosen = [
        one for one in found if user in {None, one.owner.user} and team in {None, one.owner.team}
    ]
    items, following = _page(chosen, search, limit, after)
    return models.Projects(items=list(items), next=following)


@router.get("/teams", tags=["teams"], summary="Teams I may see")
async def list_teams(
    caller: CallerHere,
    shared: ServicesHere,
    search: Search = None,
    limit: Limit = 100,
    after: After = None,
) -> models.Teams:
    """Return a page of teams, by name."""
    if await shared.database.check():
        try:
            everything = await shared.reviews.allows(caller, "list", "teams")
            async with _as(shared, caller, sees_all=everything) as conn:
                rows, following = await teams.page(conn, limit=limit, search=search, after=after)
            return models.Teams(items=[presented.team_row(row) for row in rows], next=following)
        except DatabaseUnavailable:
            shared.database.lost()
    found = [
        presented.team_details(Team.model_validate_json(raw))
        for raw in await _cached(shared, caller, "teams")
    ]
    items, following = _page(found, search, limit, after)
    return models.Teams(items=list(items), next=following)


@router.get(
    "/projects/{name}", tags=["projects"], summary="One project", responses=problems(Kind.NOT_FOUND)
)
async def read_project(
    name: Name, caller: CallerHere, shared: ServicesHere
) -> models.ProjectDetails:
    """Return one project; one that is not yours looks like one that does not exist."""
    return await _one(
        shared,
        caller,
        "projects",
        name,
        lambda raw: presented.project_details(Project.model_validate_json(raw)),
    )


@router.get("/teams/{name}", tags=["teams"], summary="One team", responses=problems(Kind.NOT_FOUND))
async def read_team(name: Name, caller: CallerHere, shared: ServicesHere) -> models.TeamDetails:
    """Return one team; one that is not yours looks like one that does not exist."""
    return await _one(
        shared,
        caller,
        "teams",
        name,
        lambda raw: presented.team_details(Team.model_validate_json(raw)),
    )


async def _one(
    shared: Services,
    caller: Caller,
    resource: str,
    name: str,
    shown: Callable[[bytes], ModelT],
) -> ModelT:
    raw = await shared.gateway.one(caller, resource, name) if _NAME.fullmatch(name) else None
    if raw is None:
        raise ProblemError(
            Kind.NOT_FOUND,
            f"there is no {resource.removesuffix('s')} called {name} that you may see: look at the "
            f"spelling, or ask its owner to add you",
        )
    return shown(raw)


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


def _page(
    found: list[ModelT], search: str | None, limit: int, after: str | None
) -> tuple[list[ModelT], str | None]:
    """Return a page as the queries cut it."""
    text = (search or "").lower()
    chosen = [
        one
        for one in found
        if (after is None or one.name > after)
        and (text in one.name or text in one.description.lower())
    ]
    return chosen[:limit], chosen[limit - 1].name if len(chosen) > limit else None
