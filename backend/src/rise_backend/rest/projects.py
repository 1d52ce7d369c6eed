"""One project: read, make, change, delete."""

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
    ProjectsHere,
    created,
    not_modified,
    person,
    tagged,
)
from rise_backend.rest.content import NewProject, ProjectChange, ProjectContent
from rise_backend.rest.objects import Object
from rise_backend.rest.preconditions import IfMatch, IfNoneMatch
from rise_backend.rest.specs import project_spec, same_project
from rise_crds.v1alpha1.project import Project

router = APIRouter(tags=["projects"])


def shown(found: Object) -> models.ProjectDetails:
    """Return a Project of the API server as REST shows it."""
    return presented.project_details(Project.model_validate(found))


@router.post(
    "/projects",
    summary="Make a project",
    responses=TAGGED | created(models.ProjectDetails) | CREATES,
)
async def create_project(
    given: NewProject, objects: ProjectsHere, response: Response
) -> models.ProjectDetails:
    """Make a project (201), or find yours with this very content (200).

    So a creation may be sent again when its answer was not heard. The answer comes when you may
    use the project, or after five seconds.
    """
    spec = project_spec(given, person(objects.caller))
    return shown(await making.create(objects, response, given.name, spec, same_project))


@router.get(
    "/projects/{name}",
    summary="One project",
    responses=READS,
    response_model=models.ProjectDetails,
)
async def read_project(
    name: Named, objects: ProjectsHere, response: Response, if_none_match: IfNoneMatch
) -> models.ProjectDetails | Response:
    """Return one project; one that is not yours looks like one that does not exist."""
    found = await objects.read(name)
    return not_modified(if_none_match, found) or shown(tagged(response, found))


@router.put(
    "/projects/{name}",
    summary="Make or replace a project",
    responses=TAGGED | created(models.ProjectDetails) | CREATES,
)
async def put_project(
    name: NewName,
    given: ProjectContent,
    objects: ProjectsHere,
    response: Response,
    *,
    if_match: IfMatch,
    if_none_match: IfNoneMatch,
) -> models.ProjectDetails:
    """Make a project of this name (201), or give yours this content (200): twice is as once."""
    found = await making.put(
        objects,
        response,
        name,
        project_spec(given),
        if_match=if_match,
        if_none_match=if_none_match,
    )
    return shown(found)


@router.patch("/projects/{name}", summary="Change a project", responses=CHANGES)
async def change_project(
    name: Named,
    given: ProjectChange,
    objects: ProjectsHere,
    response: Response,
    if_match: IfMatch,
) -> models.ProjectDetails:
    """Change what is given (JSON merge patch) and leave the rest as it is."""
    spec = project_spec(given)
    return shown(tagged(response, await objects.merge(name, spec, if_match)))


@router.delete("/projects/{name}", summary="Delete a project", status_code=202, responses=WRITES)
async def delete_project(name: Named, objects: ProjectsHere, if_match: IfMatch) -> models.Ending:
    """Begin to delete a project and everything in it, as its `deletionPolicy` says."""
    return presented.ending(await objects.delete(name, if_match))
