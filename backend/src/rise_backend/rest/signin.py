"""Signing in with a password, and what a client needs to know to sign in itself."""

import logging
from http import HTTPStatus

from fastapi import APIRouter, Response

from rise_backend.errors import InvalidTokenError, UnavailableError, UnverifiedEmailError
from rise_backend.identity.identity import Identity
from rise_backend.identity.provider import (
    LOGIN_SCOPES,
    PasswordGrantOffError,
    WrongPasswordError,
)
from rise_backend.queries import users
from rise_backend.queries.session import DatabaseUnavailable
from rise_backend.rest import models
from rise_backend.rest.caller import CallerHere, ServicesHere
from rise_backend.rest.problems import CHALLENGE, ProblemError
from rise_backend.services import Services
from rise_crds.api import AUDIENCE

router = APIRouter(tags=["sign-in"])

_log = logging.getLogger(__name__)


@router.get("/config", summary="What a client needs to sign in")
async def configuration(shared: ServicesHere) -> models.Configuration:
    """Return issuer, client, scopes and registries; needs no token."""
    settings = shared.settings
    scopes = [*LOGIN_SCOPES[:-1], "offline_access", LOGIN_SCOPES[-1]]
    registries = [models.Registry(name=one.name, url=one.url) for one in settings.registries]
    default = (one.url for one in registries if one.name == settings.default_registry)
    return models.Configuration(
        issuer=settings.issuer,
        client_id=settings.client_id,
        scopes=scopes,
        audience=AUDIENCE,
        registries=registries,
        registry=next(default, None),
    )


@router.post(
    "/login",
    summary="Sign in with a password",
    responses={400: {}, 401: {}, 413: {}, 503: {}},
)
async def login(given: models.Login, response: Response, shared: ServicesHere) -> models.Session:
    """Return the identity provider's own ID token, which the API server accepts too."""
    response.headers["Cache-Control"] = "no-store"
    token = await _token(given, shared)
    try:
        identity = await shared.verifier.verify(token)
    except UnverifiedEmailError as error:
        raise ProblemError(
            HTTPStatus.UNAUTHORIZED,
            "this e-mail address is not verified: confirm it with your identity provider, "
            "then sign in again",
            CHALLENGE,
        ) from error
    except InvalidTokenError as error:
        _log.warning("the identity provider's own token is not acceptable: %s", error)
        raise ProblemError(
            HTTPStatus.UNAUTHORIZED,
            "this account cannot use Rise: ask an administrator to look at its e-mail address and "
            "groups in the identity provider",
            CHALLENGE,
        ) from error
    await record(shared, identity)
    return models.Session(token=token, expires_at=identity.expires_at, user=identity.user)


@router.get("/me", summary="Who am I", responses={401: {}, 503: {}})
async def me(caller: CallerHere, shared: ServicesHere) -> models.Me:
    """Return whom the token belongs to.

    A client that has signed in at the identity provider itself asks this first: it counts as the
    sign-in.
    """
    identity = caller.identity
    await record(shared, identity)
    return models.Me(
        user=identity.user,
        username=identity.username,
        groups=list(identity.groups),
        expires_at=identity.expires_at,
    )


async def record(shared: Services, identity: Identity) -> None:
    """Write the sign-in into the person's own row; without a database it goes on unrecorded."""
    if not await shared.database.check():
        return
    try:
        await users.record_sign_in(shared.database.pool, identity.user, identity.idp_groups)
    except DatabaseUnavailable as error:
        shared.database.lost()
        _log.warning("a sign-in was not recorded: %s", error)


async def _token(given: models.Login, shared: Services) -> str:
    try:
        return await shared.provider.password_login(given.email, given.password.get_secret_value())
    except WrongPasswordError as error:
        raise ProblemError(HTTPStatus.UNAUTHORIZED, str(error), CHALLENGE) from error
    except PasswordGrantOffError as error:
        raise ProblemError(HTTPStatus.BAD_REQUEST, str(error)) from error
    except UnavailableError as error:
        _log.warning("nobody can sign in: %s", error)
        raise UnavailableError(
            "the identity provider does not answer, so nobody can sign in right now: try again in "
            "a moment, or ask an administrator to look at Dex"
        ) from error
