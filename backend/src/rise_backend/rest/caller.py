"""Who asks, and what answers: the two things every route needs."""

from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPBearer

from rise_backend.gateway.upstream import Caller
from rise_backend.identity.bearer import bearer_token
from rise_backend.rest.shape import checked
from rise_backend.services import Services

_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="token",
    bearerFormat="JWT",
    description="An ID token of the identity provider for the audience rise-kubernetes.",
)


def services(request: Request) -> Services:
    """Return what the surfaces share."""
    shared: Services = request.app.state.services
    return shared


ServicesHere = Annotated[Services, Depends(services)]


async def caller(
    request: Request,
    shared: ServicesHere,
    _documented: Annotated[object, Security(_bearer)],
) -> Caller:
    """Return whose token the request carries; nobody else is told what a path takes.

    Raises:
        InvalidTokenError: it carries none that is acceptable.
        ProblemError: it has parameters or a body that the path does not take.
        UnavailableError: it cannot be checked now.
    """
    token = bearer_token(request.scope["headers"])
    identity = await shared.verifier.verify(token)
    request.scope["rise.user"] = identity.username
    checked(request)
    return Caller(identity, token)


CallerHere = Annotated[Caller, Depends(caller)]
