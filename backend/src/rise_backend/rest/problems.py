"""Every failure as problem details (RFC 9457): what is wrong, what to do, nothing of the inside."""

import logging
from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from rise_backend.errors import InvalidTokenError, UnavailableError
from rise_backend.gateway.upstream import BrokenOffError
from rise_backend.rest.models import Problem

MEDIA_TYPE = "application/problem+json"
CHALLENGE = {"WWW-Authenticate": "Bearer"}
SIGN_IN = "the token is missing, expired or not acceptable here: sign in again (rise login)"

_log = logging.getLogger(__name__)


class ProblemError(Exception):
    """The request is answered with a problem."""

    def __init__(
        self, status: HTTPStatus, detail: str, headers: Mapping[str, str] | None = None
    ) -> None:
        """Answer with `status` and say `detail`."""
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})


def install(app: FastAPI) -> None:
    """Make `app` answer every failure with a problem."""
    app.add_exception_handler(ProblemError, _problem)
    app.add_exception_handler(InvalidTokenError, _invalid_token)
    app.add_exception_handler(UnavailableError, _unavailable)
    app.add_exception_handler(BrokenOffError, _unavailable)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _crash)


def response(
    request: Request,
    status: int,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    errors: list[str] | None = None,
) -> Response:
    """Return a problem."""
    problem = Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        instance=request.scope["path"],
        request_id=request.scope.get("rise.request_id", ""),
        errors=errors,
    )
    return JSONResponse(
        problem.model_dump(mode="json", by_alias=True, exclude_none=True),
        status,
        headers,
        MEDIA_TYPE,
    )


async def _problem(request: Request, error: Exception) -> Response:
    if not isinstance(error, ProblemError):
        raise error
    return response(request, error.status, error.detail, headers=error.headers)


async def _invalid_token(request: Request, error: Exception) -> Response:
    _log.info("a token was refused: %s", error)
    return response(request, HTTPStatus.UNAUTHORIZED, SIGN_IN, headers=CHALLENGE)


async def _unavailable(request: Request, error: Exception) -> Response:
    return response(
        request, HTTPStatus.SERVICE_UNAVAILABLE, str(error), headers={"Retry-After": "2"}
    )


async def _invalid(request: Request, error: Exception) -> Response:
    """Name each field that is wrong; never what was in it."""
    if not isinstance(error, RequestValidationError):
        raise error
    found = error.errors()
    broken = any(each["type"] == "json_invalid" for each in found)
    errors = [_field(each["loc"], each["msg"]) for each in found]
    status = HTTPStatus.BAD_REQUEST if broken else HTTPStatus.UNPROCESSABLE_ENTITY
    return response(request, status, "; ".join(errors), errors=errors)


def _field(location: tuple[int | str, ...], message: str) -> str:
    name = ".".join(str(part) for part in location[1:] if not isinstance(part, int))
    return f"{name or location[0]}: {message}"


async def _http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    details = {
        HTTPStatus.NOT_FOUND: "there is nothing here: /api/v1/openapi.json lists what there is",
        HTTPStatus.METHOD_NOT_ALLOWED: f"{request.method} is not supported here; projects and "
        "teams are written through /apis/rise.dev/v1alpha1",
    }
    status = HTTPStatus(error.status_code)
    return response(request, status, details.get(status, str(error.detail)), headers=error.headers)


async def _crash(request: Request, error: Exception) -> Response:  # noqa: ARG001 - the log has it
    return response(
        request,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "something went wrong in the backend: try again, and if it stays, show an administrator "
        "the request's id",
    )
