"""Who takes part: in a project, in a team."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response

from rise_backend.rest import models, presented
from rise_backend.rest.answering import (
    CHANGES,
    TAGGED,
    WRITES,
    Named,
    ProjectsHere,
    TeamsHere,
    tagged,
)
from rise_backend.rest.content import Membership, TeamMembership
from rise_backend.rest.documented import problems
from rise_backend.rest.kinds import Kind
from rise_backend.rest.objects import Object
from rise_backend.rest.preconditions import IfMatch
from rise_backend.rest.problems import ProblemError
from rise_crds.models import Email
from rise_crds.names import EMAIL_PATTERN

router = APIRouter()

SUBJECT = rf"^(user:{EMAIL_PATTERN.strip('^$')}|team:[a-z](-?[a-z0-9])*)$"
Subject = Annotated[
    str,
    Path(
        max_length=260,
        pattern=SUBJECT,
        description="`user:EMAIL` or `team:NAME`.",
        examples=["user:bob@example.com"],
    ),
]
Address = Annotated[
    Email, Path(description="E-mail address in lower case.", examples=["bob@example.com"])
]
Entry = dict[str, Any]


@router.get(
    "/projects/{name}/members",
    tags=["projects"],
    summary="Who takes part",
    responses=TAGGED | problems(Kind.NOT_FOUND),
)
async def list_project_members(
    name: Named, objects: ProjectsHere, response: Response
) -> models.Members:
    """Return who takes part in a project without owning it."""
    found = tagged(response, await objects.read(name))
    return models.Members(items=[models.Member(**one) for one in _members(found)])


@router.put(
    "/projects/{name}/members/{subject:path}",
    tags=["projects"],
    summary="Let somebody take part",
    responses=CHANGES,
)
async def put_project_member(
    name: Named,
    subject: Subject,
    given: Membership,
    objects: ProjectsHere,
    response: Response,
    *,
    if_match: IfMatch,
) -> models.Member:
    """Add somebody, or change the role; nobody else's change at the same time is lost."""
    sort, _, who = subject.partition(":")
    entry = {sort: who, "role": given.role}

    def decided(found: Object) -> Entry:
        return {"members": _replaced(_members(found), sort, who, entry)}

    tagged(response, await objects.change(name, decided, if_match))
    return models.Member(**entry)


@router.delete(
    "/projects/{name}/members/{subject:path}",
    tags=["projects"],
    summary="Let somebody take part no more",
    status_code=204,
    responses=WRITES,
)
async def remove_project_member(
    name: Named, subject: Subject, objects: ProjectsHere, if_match: IfMatch
) -> None:
    """Remove somebody; their rights end as soon as the operator has seen it."""
    sort, _, who = subject.partition(":")

    def decided(found: Object) -> Entry:
        before = _members(found)
        after = [one for one in before if one.get(sort) != who]
        if after == before:
            raise _no_member(subject)
        return {"members": after}

    await objects.change(name, decided, if_match)


@router.get(
    "/teams/{name}/members",
    tags=["teams"],
    summary="Who belongs to it",
    responses=TAGGED | problems(Kind.NOT_FOUND),
)
async def list_team_members(
    name: Named, objects: TeamsHere, response: Response
) -> models.TeamMembers:
    """Return owners and members of a team; the people of its `idpGroup` stand in no list."""
    found = tagged(response, await objects.read(name))
    return presented.team_members(found["spec"])


@router.put(
    "/teams/{name}/members/{email:path}",
    tags=["teams"],
    summary="Let somebody belong to it",
    responses=CHANGES,
)
async def put_team_member(
    name: Named,
    email: Address,
    given: TeamMembership,
    objects: TeamsHere,
    response: Response,
    *,
    if_match: IfMatch,
) -> models.TeamMember:
    """Add somebody, or make an owner a member or a member an owner."""
    field = f"{given.role}s"

    def decided(found: Object) -> Entry:
        after = _without(found, email)
        return {**after, field: [*after[field], email]}

    tagged(response, await objects.change(name, decided, if_match))
    return models.TeamMember(user=email, role=given.role)


@router.delete(
    "/teams/{name}/members/{email:path}",
    tags=["teams"],
    summary="Let somebody belong to it no more",
    status_code=204,
    responses=WRITES,
)
async def remove_team_member(
    name: Named, email: Address, objects: TeamsHere, if_match: IfMatch
) -> None:
    """Remove an owner or a member; the last owner stays."""

    def decided(found: Object) -> Entry:
        spec = found["spec"]
        if email not in [*spec["owners"], *spec.get("members", [])]:
            raise _no_member(email)
        return _without(found, email)

    await objects.change(name, decided, if_match)


def _members(found: Object) -> list[Entry]:
    return list(found["spec"].get("members", []))


def _replaced(members: Sequence[Entry], sort: str, who: str, entry: Entry) -> list[Entry]:
    """Return the members with one entry of somebody, where the first one was."""
    places = [place for place, one in enumerate(members) if one.get(sort) == who]
    if not places:
        return [*members, entry]
    kept = [one if place != places[0] else entry for place, one in enumerate(members)]
    return [one for place, one in enumerate(kept) if place not in places[1:]]


def _without(found: Object, email: str) -> dict[str, list[str]]:
    spec = found["spec"]
    return {
        field: [one for one in spec.get(field, []) if one != email]
        for field in ("owners", "members")
    }


def _no_member(subject: str) -> ProblemError:
    return ProblemError(
        Kind.NOT_FOUND, f"{subject} is not in the list of members: look at the spelling"
    )
