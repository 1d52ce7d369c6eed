"""Handing a project over: offered by its owner, accepted by whom it is offered to."""

from fastapi import APIRouter, Response

from rise_backend.rest import models
from rise_backend.rest.answering import CHANGES, Named, ProjectsHere, person, tagged
from rise_backend.rest.content import Offer
from rise_backend.rest.documented import problems
from rise_backend.rest.kinds import Kind
from rise_backend.rest.objects import Object, Spec
from rise_backend.rest.preconditions import IfMatch
from rise_backend.rest.problems import ProblemError
from rise_backend.rest.projects import shown
from rise_backend.rest.specs import owner

router = APIRouter(tags=["projects"])


@router.put("/projects/{name}/transfer", summary="Offer a project", responses=CHANGES)
async def offer_project(
    name: Named,
    given: Offer,
    objects: ProjectsHere,
    response: Response,
    if_match: IfMatch,
) -> models.ProjectDetails:
    """Offer a project to somebody: they see it, and nothing else changes until they accept."""

    def decided(_: Object) -> Spec:
        return {"transferTo": {"user": given.user}}

    return shown(tagged(response, await objects.change(name, decided, if_match)))


@router.delete("/projects/{name}/transfer", summary="Withdraw an offer", responses=CHANGES)
async def withdraw_project(
    name: Named, objects: ProjectsHere, response: Response, if_match: IfMatch
) -> models.ProjectDetails:
    """Take an offer back; without one nothing changes."""
    found = await objects.change(name, lambda _: {"transferTo": None}, if_match)
    return shown(tagged(response, found))


@router.post(
    "/projects/{name}/transfer/accept",
    summary="Accept an offer",
    responses=CHANGES | problems(Kind.FORBIDDEN, Kind.CONFLICT, Kind.NOT_OFFERED),
)
async def accept_project(
    name: Named, objects: ProjectsHere, response: Response, if_match: IfMatch
) -> models.ProjectDetails:
    """Become the owner of a project that is offered to you."""
    me = person(objects.caller)

    def decided(found: Object) -> Spec:
        if (found["spec"].get("transferTo") or {}).get("user") != me:
            raise ProblemError(
                Kind.NOT_OFFERED, "this project is not offered to you: ask its owner to offer it"
            )
        return {"transferTo": None, "owner": owner({"user": me})}

    return shown(tagged(response, await objects.change(name, decided, if_match)))
