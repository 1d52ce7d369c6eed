"""What a request may look like before anybody reads what is in it."""

from collections import Counter

from fastapi import Request
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Query
from fastapi.routing import APIRoute

from rise_backend.rest.kinds import Kind
from rise_backend.rest.models import Fault
from rise_backend.rest.problems import ProblemError

JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"


def checked(request: Request) -> None:
    """Refuse parameters that the path does not take, and bodies of another kind.

    A misspelt filter would show too much, and two values of one leave the choice to chance.

    Raises:
        ProblemError: there is such a parameter, or the Content-Type is not taken here.
    """
    route = request.scope["route"]
    if not isinstance(route, APIRoute):
        return
    declared = get_flat_params(route.dependant)
    taken = {field.alias for field in declared if isinstance(field.field_info, Query)}
    given = Counter(name for name, _ in request.query_params.multi_items())
    unknown, twice = given.keys() - taken, {name for name in given if given[name] > 1}
    said = {**dict.fromkeys(twice, "it is there twice"), **dict.fromkeys(unknown, "it is unknown")}
    faults = [Fault(detail=said[name], parameter=name) for name in sorted(said)]
    if faults:
        known = ", ".join(sorted(taken)) or "none"
        raise ProblemError(
            Kind.UNKNOWN_PARAMETER,
            f"the query has parameters that cannot be taken: this path knows {known}, each once",
            errors=faults,
        )
    if route.body_field is not None:
        _check_media_type(request)


def media_types(method: str) -> list[str]:
    """Return the kinds of body that a method takes."""
    return [MERGE_PATCH, JSON] if method == "PATCH" else [JSON]


def _check_media_type(request: Request) -> None:
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    takes = media_types(request.method)
    if given in takes:
        return
    header = "Accept-Patch" if request.method == "PATCH" else "Accept-Post"
    said = f"{given[:100]} is not taken here" if given else "the Content-Type is missing"
    raise ProblemError(
        Kind.UNSUPPORTED_MEDIA_TYPE,
        f"{said}: send {' or '.join(takes)}",
        headers={header: ", ".join(takes)},
    )
