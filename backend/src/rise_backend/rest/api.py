"""The FastAPI application: routes under /api/v1 and, for short, under / as well."""

from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic.alias_generators import to_camel

from rise_backend.rest import (
    access,
    history,
    lists,
    members,
    problems,
    projects,
    registries,
    signin,
    signin_browser,
    signin_device,
    teams,
    transfer,
)
from rise_backend.rest.documented import completed
from rise_backend.rest.front import Methods
from rise_backend.rest.paths import PREFIX
from rise_backend.services import Services

ROUTERS = (
    signin.router,
    signin_browser.router,
    signin_device.router,
    signin.persons,
    lists.router,
    projects.router,
    members.router,
    transfer.router,
    history.router,
    teams.router,
    access.router,
    registries.router,
)
DESCRIPTION = """Sign in, and read, make, change and share projects and teams.

Every path answers without `/api/v1` too. Writes go to the Kubernetes API server as the person who
asks, and what it refuses is refused here with its words. Lists come from a mirror that follows
within a second; single projects and teams come from the Kubernetes API itself. What one may not
see looks like what does not exist.

A history comes from the mirror, too, and holds the states that the operator has seen: of changes
that follow each other within moments only the last is kept, as one entry with all that they
changed. `generation` counts every change; the API server's audit log has each of them."""


def rest_api(services: Services) -> FastAPI:
    """Return the application."""
    app = FastAPI(
        title="Rise",
        version="v1",
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url=f"{PREFIX}/openapi.json",
        redirect_slashes=False,
        generate_unique_id_function=_operation_id,
        servers=[{"url": services.settings.public_url}] if services.settings.public_url else None,
    )
    app.state.services, app.state.routers = services, ROUTERS
    app.add_middleware(Methods)
    for router in ROUTERS:
        app.include_router(router, prefix=PREFIX)
        app.include_router(router, include_in_schema=False)
    problems.install(app)
    document = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = completed(document())
        return app.openapi_schema

    app.openapi = openapi
    return app


def _operation_id(route: APIRoute) -> str:
    return to_camel(route.name)
