"""Every failure as problem details (RFC 9457): what is wrong, what to do, nothing of the inside."""

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from rise_backend.errors import InvalidTokenError, UnavailableError
from rise_backend.gateway.lists import RefusedError
from rise_backend.gateway.upstream import BrokenOffError
from rise_backend.rest.kinds import Kind
from rise_backend.rest.models import Fault, Problem
from rise_backend.rest.paths import allowed

MEDIA_TYPE = "application/problem+json"
CHALLENGE = {"WWW-Authenticate": "Bearer"}
SIGN_IN = "the token is missing, expired or not acceptable here: sign in again (rise login)"
RETRY_S = "2"

_OF_STATUS = {
    HTTPStatus.NOT_FOUND: Kind.NO_SUCH_PATH,
    HTTPStatus.METHOD_NOT_ALLOWED: Kind.METHOD_NOT_ALLOWED,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: Kind.TOO_LARGE,
}

_log = logging.getLogger(__name__)


class ProblemError(Exception):
    """The request is answered with a problem."""

    def __init__(
        self,
        kind: Kind,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        errors: Sequence[Fault] = (),
    ) -> None:
        """Answer with a problem of `kind` and say `detail`; `errors` names what is wrong."""
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.headers = dict(headers or {})
        self.errors = errors


def install(app: FastAPI) -> None:
    """Make `app` answer every failure with a problem."""
    app.add_exception_handler(ProblemError, _problem)
    app.add_exception_handler(InvalidTokenError, _invalid_token)
    app.add_exception_handler(UnavailableError, _unavailable)
    app.add_exception_handler(BrokenOffError, _broken_off)
    app.add_exception_handler(RefusedError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _crash)


def response(
    request: Request,
    kind: Kind,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    errors: Sequence[Fault] = (),
) -> Response:
    """Return a problem; a person's answer is nobody else's, so nothing keeps it."""
    problem = Problem(
        type=kind.uri,
        title=kind.title,
        status=kind.status,
        detail=detail,
        instance=request.scope["path"],
        request_id=request.scope.get("rise.request_id", ""),
        errors=list(errors) or None,
    )
    more = CHALLENGE if kind.status == HTTPStatus.UNAUTHORIZED else {}
    return JSONResponse(
        problem.model_dump(mode="json", by_alias=True, exclude_none=True),
        kind.status,
        {"Cache-Control": "no-store", **more, **(headers or {})},
        MEDIA_TYPE,
    )


async def _problem(request: Request, error: Exception) -> Response:
    if not isinstance(error, ProblemError):
        raise error
    return response(request, error.kind, error.detail, headers=error.headers, errors=error.errors)


async def _invalid_token(request: Request, error: Exception) -> Response:
    _log.info("a token was refused: %s", error)
    return response(request, Kind.UNAUTHENTICATED, SIGN_IN)


async def _unavailable(request: Request, error: Exception) -> Response:
    return response(request, Kind.UNAVAILABLE, str(error), headers={"Retry-After": RETRY_S})


async def _broken_off(request: Request, error: Exception) -> Response:
    if request.method in {"GET", "HEAD"}:  # it only asked what the person may see
        return await _unavailable(request, error)
    return response(request, Kind.OUTCOME_UNKNOWN, str(error))


async def _refused(request: Request, error: Exception) -> Response:
    """Say what the gateway's own part refuses; the API server's answers do not come this way."""
    if not isinstance(error, RefusedError):
        raise error
    refusal = error.refusal
    busy = refusal.code == HTTPStatus.TOO_MANY_REQUESTS
    kind = Kind.TOO_MANY_REQUESTS if busy else Kind.UNAVAILABLE
    return response(request, kind, refusal.message, headers={"Retry-After": RETRY_S})


async def _invalid(request: Request, error: Exception) -> Response:
    """Name each field that is wrong; never what was in it."""
    if not isinstance(error, RequestValidationError):
        raise error
    found = error.errors()
    faults = [_fault(each["loc"], each["msg"]) for each in found]
    broken = any(each["type"] == "json_invalid" for each in found)
    said = "; ".join(f"{_name(each['loc'])}: {each['msg']}" for each in found)
    return response(request, Kind.UNREADABLE if broken else Kind.INVALID, said, errors=faults)


def _fault(location: tuple[int | str, ...], message: str) -> Fault:
    where, parts = location[0], [str(part) for part in location[1:]]
    if where == "query":
        return Fault(detail=message, parameter=".".join(parts))
    if where == "header":
        return Fault(detail=message, header="-".join(parts))
    if where == "path":
        return Fault(detail=message, parameter=".".join(parts))
    return Fault(detail=message, pointer=pointer(parts))


def pointer(parts: Sequence[str]) -> str:
    """Return a JSON pointer into the body (RFC 6901), as a fragment."""
    return "#" + "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts)


def _name(location: tuple[int | str, ...]) -> str:
    name = ".".join(str(part) for part in location[1:] if not isinstance(part, int))
    return name or str(location[0])


async def _http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    kind = _OF_STATUS.get(HTTPStatus(error.status_code), Kind.UNREADABLE)
    if kind is Kind.METHOD_NOT_ALLOWED:
        takes = ", ".join(allowed(request))
        detail = f"{request.method} is not supported here: use one of {takes}"
        return response(request, kind, detail, headers={"Allow": takes})
    details = {Kind.NO_SUCH_PATH: "there is nothing here: /api/v1/openapi.json lists what there is"}
    return response(request, kind, details.get(kind, str(error.detail)), headers=error.headers)


async def _crash(request: Request, error: Exception) -> Response:  # noqa: ARG001 - the log has it
    return response(
        request,
        Kind.INTERNAL,
        "something went wrong in the backend: try again, and if it stays, show an administrator "
        "the request's id",
    )
