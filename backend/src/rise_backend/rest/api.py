"""The FastAPI application: routes under /api/v1 and, for short, under / as well."""

from typing import Any

from fastapi import FastAPI

from rise_backend.rest import problems, reading, signin
from rise_backend.rest.models import Problem
from rise_backend.services import Services

VERSION = "v1"
PREFIX = f"/api/{VERSION}"
DESCRIPTION = """Sign in, and read projects and teams.

Every path answers without `/api/v1` too. Projects and teams are written through the Kubernetes API
on the same port, `/apis/rise.dev/v1alpha1/…`. Lists come from a mirror that follows within a
second; single projects and teams come from the Kubernetes API itself."""


def rest_api(services: Services) -> FastAPI:
    """Return the application."""
    app = FastAPI(
        title="Rise",
        version=VERSION,
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url=f"{PREFIX}/openapi.json",
        redirect_slashes=False,
        servers=[{"url": services.settings.public_url}] if services.settings.public_url else None,
    )
    app.state.services = services
    for router in (signin.router, reading.router):
        app.include_router(router, prefix=PREFIX)
        app.include_router(router, include_in_schema=False)
    problems.install(app)
    document = app.openapi
    app.openapi = lambda: app.openapi_schema or _with_problems(document())
    return app


def _with_problems(document: dict[str, Any]) -> dict[str, Any]:
    """Say of every failure in an OpenAPI document that it is a problem."""
    schemas = document["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    template = "#/components/schemas/{model}"
    schemas["Problem"] = Problem.model_json_schema(ref_template=template, mode="serialization")
    reference = {"schema": {"$ref": template.format(model="Problem")}}
    operations = [one for path in document["paths"].values() for one in path.values()]
    for operation in operations:
        operation["responses"].setdefault("500", {"description": "Internal Server Error"})
        for code, answer in operation["responses"].items():
            if code >= "400":
                answer["content"] = {problems.MEDIA_TYPE: reference}
    return document
