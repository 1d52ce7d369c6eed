"""One team: read, make, change, delete."""

from fastapi import APIRouter, Response

from rise_backend.rest import making, models, presented
from rise_backend.rest.answering import (
    CHANGES,
    CREATES,
    READS,
    TAGGED,
    WRITES,
    Named,
    NewName,
    TeamsHere,
    created,
    not_modified,
    person,
    tagged,
)
from rise_backend.rest.content import NewTeam, TeamChange, TeamContent
from rise_backend.rest.objects import Object
from rise_backend.rest.preconditions import IfMatch, IfNoneMatch
from rise_backend.rest.specs import same_team, team_spec
from rise_crds.v1alpha1.team import Team

router = APIRouter(tags=["teams"])


def shown(found: Object) -> models.TeamDetails:
    """Return a Team of the API server as REST shows it."""
    return presented.team_details(Team.model_validate(found))


@router.post(
    "/teams", summary="Make a team", responses=TAGGED | created(models.TeamDetails) | CREATES
)
async def create_team(given: NewTeam, objects: TeamsHere, response: Response) -> models.TeamDetails:
    """Make a team (201), or find yours with this very content (200)."""
    spec = team_spec(given, person(objects.caller))
    return shown(await making.create(objects, response, given.name, spec, same_team))


@router.get("/teams/{name}", summary="One team", responses=READS, response_model=models.TeamDetails)
async def read_team(
    name: Named, objects: TeamsHere, response: Response, if_none_match: IfNoneMatch
) -> models.TeamDetails | Response:
    """Return one team; one that is not yours looks like one that does not exist."""
    found = await objects.read(name)
    return not_modified(if_none_match, found) or shown(tagged(response, found))


@router.put(
    "/teams/{name}",
    summary="Make or replace a team",
    responses=TAGGED | created(models.TeamDetails) | CREATES,
)
async def put_team(
    name: NewName,
    given: TeamContent,
    objects: TeamsHere,
    response: Response,
    *,
    if_match: IfMatch,
    if_none_match: IfNoneMatch,
) -> models.TeamDetails:
    """Make a team of this name (201), or give yours this content (200): twice is as once."""
    found = await making.put(
        objects, response, name, team_spec(given), if_match=if_match, if_none_match=if_none_match
    )
    return shown(found)


@router.patch("/teams/{name}", summary="Change a team", responses=CHANGES)
async def change_team(
    name: Named,
    given: TeamChange,
    objects: TeamsHere,
    response: Response,
    if_match: IfMatch,
) -> models.TeamDetails:
    """Change what is given (JSON merge patch) and leave the rest as it is."""
    spec = team_spec(given)
    return shown(tagged(response, await objects.merge(name, spec, if_match)))


@router.delete("/teams/{name}", summary="Delete a team", status_code=202, responses=WRITES)
async def delete_team(name: Named, objects: TeamsHere, if_match: IfMatch) -> models.Ending:
    """Begin to delete a team; it goes when it owns no project any more."""
    return presented.ending(await objects.delete(name, if_match))
