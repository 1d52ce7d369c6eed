"""Which paths there are, and which methods each of them takes."""

from collections.abc import Iterator
from http import HTTPStatus

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute

PREFIX = "/api/v1"
ORDER = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def _routes(request: Request) -> Iterator[APIRoute]:
    routers: list[APIRouter] = request.app.state.routers
    path: str = request.scope["path"]
    short = path.removeprefix(PREFIX)
    for route in (route for router in routers for route in router.routes):
        if isinstance(route, APIRoute) and route.path_regex.match(short):
            yield route


def allowed(request: Request) -> list[str]:
    """Return the methods that the request's path takes; none where there is nothing."""
    found = {method for route in _routes(request) for method in route.methods or ()}
    if not found:
        return []
    found |= {"OPTIONS", *(["HEAD"] if "GET" in found else [])}
    return [method for method in ORDER if method in found]


def options(request: Request) -> Response | None:
    """Return the answer to OPTIONS; None: there is nothing at the path."""
    takes = allowed(request)
    if not takes:
        return None
    return Response(status_code=HTTPStatus.NO_CONTENT, headers={"Allow": ", ".join(takes)})
