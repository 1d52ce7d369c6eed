"""What the routes of a sign-in share: how they refuse, and that nobody keeps what they answer."""

from fastapi import APIRouter, Depends, Response

from rise_backend.rest.documented import problems
from rise_backend.rest.kinds import Kind
from rise_backend.rest.shape import checked

TRYING = problems(
    Kind.UNREADABLE,
    Kind.UNKNOWN_PARAMETER,
    Kind.INVALID_FLOW,
    Kind.WAY_OFF,
    Kind.SIGN_IN_REFUSED,
    Kind.TOO_LARGE,
    Kind.UNSUPPORTED_MEDIA_TYPE,
    Kind.INVALID,
    Kind.TOO_MANY_FAILURES,
    Kind.UNAVAILABLE,
)


def unkept_router() -> APIRouter:
    """Return a router of sign-in whose answers hold secrets: no cache keeps them."""
    return APIRouter(tags=["sign-in"], dependencies=[Depends(checked), Depends(_not_kept)])


def _not_kept(response: Response) -> None:
    response.headers["Cache-Control"] = "no-store"
