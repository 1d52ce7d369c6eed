"""Making an object, and putting one: the same content twice is no conflict."""

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import Response

from rise_backend.rest.answering import made, tagged
from rise_backend.rest.kinds import Kind
from rise_backend.rest.objects import Object, Objects
from rise_backend.rest.preconditions import Tags
from rise_backend.rest.problems import ProblemError
from rise_backend.rest.specs import Spec, new

Same = Callable[[Mapping[str, Any], Spec], bool]


async def create(objects: Objects, response: Response, name: str, spec: Spec, same: Same) -> Object:
    """Create an object; one that is there already with this very content is answered with (200).

    So a client may send a creation again when it has not heard the answer.

    Raises:
        ProblemError: the name is taken by another one, or the API server refuses.
    """
    try:
        return made(response, objects.resource, await objects.create(name, new(spec)))
    except ProblemError as error:
        found = await objects.find(name) if error.kind is Kind.NAME_TAKEN else None
        if found is None or not same(found, spec):
            raise
        return tagged(response, found)


async def put(
    objects: Objects,
    response: Response,
    name: str,
    spec: Spec,
    *,
    if_match: Tags | None,
    if_none_match: Tags | None,
) -> Object:
    """Create an object or give it another content.

    Raises:
        ProblemError: the API server refuses, the name is somebody else's, or a precondition fails.
    """
    found = await objects.find(name)
    if found is None:
        if if_match is not None:
            raise ProblemError(
                Kind.PRECONDITION_FAILED, "there is none that you may see, so it cannot match"
            )
        return made(response, objects.resource, await objects.create(name, new(spec)))
    if if_none_match is not None and if_none_match.known(found):
        raise ProblemError(
            Kind.PRECONDITION_FAILED, "it exists: leave If-None-Match out to change it"
        )
    return tagged(response, await objects.change(name, lambda _: spec, if_match))
