"""How one object is answered with: its tag, its place, or that nothing has changed."""

from typing import Annotated, Any

from fastapi import Depends, Path, Response

from rise_backend.gateway.upstream import Caller
from rise_backend.rest.caller import CallerHere, ServicesHere
from rise_backend.rest.content import NAME
from rise_backend.rest.documented import Responses, problems
from rise_backend.rest.kinds import Kind
from rise_backend.rest.objects import Object, Objects
from rise_backend.rest.paths import PREFIX
from rise_backend.rest.preconditions import Tags, tag
from rise_crds.names import NAME_MAX_LENGTH

Named = Annotated[str, Path(max_length=63, description="The name.", examples=["shop"])]
NewName = Annotated[
    str,
    Path(
        min_length=1,
        max_length=NAME_MAX_LENGTH,
        pattern=NAME,
        description="The name: one for the whole installation.",
        examples=["shop"],
    ),
]

_CACHED = "private, no-cache"  # asked again each time, answered with 304
_TAGGED: dict[str, Any] = {
    "headers": {"ETag": {"schema": {"type": "string"}, "description": "Which version it is."}}
}
TAGGED: Responses = {200: _TAGGED}
NOT_MODIFIED: Responses = {304: {"description": "It is the version that the caller knows."}}
READS = TAGGED | NOT_MODIFIED | problems(Kind.NOT_FOUND)
WRITES = problems(
    Kind.FORBIDDEN,
    Kind.NOT_FOUND,
    Kind.CONFLICT,
    Kind.PRECONDITION_FAILED,
    Kind.AGAINST_THE_RULES,
    Kind.INVALID,
    Kind.OUTCOME_UNKNOWN,
)
CHANGES = TAGGED | WRITES
CREATES = problems(
    Kind.FORBIDDEN,
    Kind.NOT_FOUND,
    Kind.NAME_TAKEN,
    Kind.CONFLICT,
    Kind.PRECONDITION_FAILED,
    Kind.AGAINST_THE_RULES,
    Kind.INVALID,
    Kind.OUTCOME_UNKNOWN,
)


def created(model: type[Any]) -> Responses:
    """Return what the document says of an answer to a creation."""
    location = {"schema": {"type": "string"}, "description": "Where it is."}
    headers = {**_TAGGED["headers"], "Location": location}
    return {201: {"model": model, "description": "It was made.", "headers": headers}}


def _projects(caller: CallerHere, shared: ServicesHere) -> Objects:
    return Objects(shared, caller, "projects")


def _teams(caller: CallerHere, shared: ServicesHere) -> Objects:
    return Objects(shared, caller, "teams")


ProjectsHere = Annotated[Objects, Depends(_projects)]
TeamsHere = Annotated[Objects, Depends(_teams)]


def person(caller: Caller) -> str:
    """Return the e-mail address of who asks."""
    return caller.identity.user


def tagged(response: Response, found: Object) -> Object:
    """Put an object's tag on an answer."""
    response.headers["ETag"] = tag(found)
    response.headers["Cache-Control"] = _CACHED
    return found


def made(response: Response, resource: str, found: Object) -> Object:
    """Make an answer say that an object is new, and where it is."""
    response.status_code = 201
    response.headers["Location"] = f"{PREFIX}/{resource}/{found['metadata']['name']}"
    return tagged(response, found)


def not_modified(known: Tags | None, found: Object) -> Response | None:
    """Return the answer to somebody who knows this version already."""
    if known is None or not known.known(found):
        return None
    return Response(
        status_code=304, headers={"ETag": tag(found), "Cache-Control": "private, no-cache"}
    )
