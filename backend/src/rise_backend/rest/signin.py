"""Signing in with a password, going on, and out: no client needs OIDC of its own."""

from fastapi import APIRouter, Request, Response

from rise_backend.identity.provider import Tokens
from rise_backend.rest import models, sessions, signin_models
from rise_backend.rest.caller import CallerHere, ServicesHere
from rise_backend.rest.documented import problems
from rise_backend.rest.kinds import Kind
from rise_backend.rest.problems import ProblemError
from rise_backend.rest.unkept import TRYING, unkept_router
from rise_crds.api import AUDIENCE

FORGIVEN_S = 10  # dex/config.yaml: expiry.refreshTokens.reuseInterval
_ENDED = "the session has ended or was replaced elsewhere: sign in again"
_TOO_EARLY = (
    "the refresh token was used seconds ago, and the identity provider does not replace it so "
    "soon: ask again in a moment; until then it works for whoever holds it"
)
_NOTE = (
    "the ID token works until its end, at most an hour: nobody can call it back; forget it. "
    "The identity provider's own session in a browser, if there is one, goes on"
)

router = unkept_router()
persons = APIRouter(tags=["sign-in"])


@router.get(
    "/config", summary="What a client needs to sign in", responses=problems(Kind.UNKNOWN_PARAMETER)
)
async def configuration(shared: ServicesHere) -> models.Configuration:
    """Return issuer, client, scopes and registries; needs no token."""
    settings = shared.settings
    registries = [models.Registry(name=one.name, url=one.url) for one in settings.registries]
    default = (one.url for one in registries if one.name == settings.default_registry)
    return models.Configuration(
        issuer=settings.issuer,
        client_id=settings.client_id,
        scopes=sessions.scopes(offline=True).split(),
        audience=AUDIENCE,
        registries=registries,
        registry=next(default, None),
    )


@router.post("/login", summary="Sign in with a password", responses=TRYING)
async def login(
    given: signin_models.Login, request: Request, shared: ServicesHere
) -> signin_models.Session:
    """Return the identity provider's own ID token, which the API server accepts too."""
    fields = {
        "username": given.email,
        "password": given.password.get_secret_value(),
        "scope": sessions.scopes(offline=given.offline),
    }
    wrong = "the e-mail address or the password is wrong"
    async with sessions.attempt(request, shared, given.email):
        tokens = await sessions.granted(shared, wrong, "password", fields)
        return await sessions.session(shared, _kept(tokens, offline=given.offline))


@router.post("/login/refresh", summary="Go on with a session", responses=TRYING)
async def refresh_login(
    given: signin_models.Refresh, request: Request, shared: ServicesHere
) -> signin_models.Session:
    """Return the session with a new ID token and a new refresh token; the old one is used up."""
    fields = {"refresh_token": given.refresh_token.get_secret_value()}
    async with sessions.attempt(request, shared):
        tokens = await sessions.granted(shared, _ENDED, "refresh_token", fields)
        return await sessions.session(shared, tokens)


@router.post("/logout", summary="Sign out", responses=TRYING)
async def logout(
    given: signin_models.Logout, request: Request, response: Response, shared: ServicesHere
) -> signin_models.SignedOut:
    """Make a refresh token useless; the ID token works until its end, whoever holds it.

    Dex has no revocation endpoint, but a refresh token is replaced when it is used: here it is
    used, and what replaces it is thrown away. One that was used seconds ago is not replaced yet.
    """
    if given.refresh_token is None:
        return signin_models.SignedOut(refresh_token_revoked=False, note=_NOTE)
    token = given.refresh_token.get_secret_value()
    async with sessions.attempt(request, shared) as trying:
        try:
            fields = {"refresh_token": token}
            tokens = await sessions.granted(shared, _ENDED, "refresh_token", fields)
        except ProblemError as error:
            if error.kind is not Kind.SIGN_IN_REFUSED:
                raise
            trying.failed()
            return signin_models.SignedOut(refresh_token_revoked=False, note=_NOTE)
    if tokens.refresh_token in {None, token}:
        response.headers["Retry-After"] = str(FORGIVEN_S)
        return signin_models.SignedOut(refresh_token_revoked=False, note=_TOO_EARLY)
    return signin_models.SignedOut(refresh_token_revoked=True, note=_NOTE)


@persons.get(
    "/me",
    summary="Who am I",
    responses=problems(Kind.UNKNOWN_PARAMETER, Kind.UNAUTHENTICATED, Kind.UNAVAILABLE),
)
async def me(caller: CallerHere, shared: ServicesHere) -> signin_models.Me:
    """Return whom the token belongs to.

    A client that has signed in at the identity provider itself asks this first: it counts as the
    sign-in.
    """
    identity = caller.identity
    await sessions.record(shared, identity)
    return signin_models.Me(
        user=identity.user,
        username=identity.username,
        groups=list(identity.groups),
        expires_at=identity.expires_at,
    )


def _kept(tokens: Tokens, *, offline: bool) -> Tokens:
    """Return no refresh token to somebody who asked for none."""
    return tokens if offline else Tokens(tokens.id_token, None)
