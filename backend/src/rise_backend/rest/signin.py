"""Signing in, in three ways, going on, and out: no client needs OIDC of its own."""

import hmac
import ipaddress
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from rise_backend.errors import UnavailableError
from rise_backend.identity.provider import GrantRefusedError, Tokens
from rise_backend.rest import flows, models, sessions
from rise_backend.rest.caller import CallerHere, ServicesHere
from rise_backend.rest.documented import problems
from rise_backend.rest.flows import BrowserFlow, DeviceFlow
from rise_backend.rest.kinds import Kind
from rise_backend.rest.problems import ProblemError
from rise_backend.rest.shape import checked
from rise_backend.services import Services
from rise_crds.api import AUDIENCE

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
INTERVAL_S = 5
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


def _not_kept(response: Response) -> None:
    response.headers["Cache-Control"] = "no-store"


Trying = problems(
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

router = APIRouter(tags=["sign-in"], dependencies=[Depends(checked), Depends(_not_kept)])
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


@router.post("/login", summary="Sign in with a password", responses=Trying)
async def login(given: models.Login, request: Request, shared: ServicesHere) -> models.Session:
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


@router.post("/login/browser", summary="Begin to sign in in a browser", responses=Trying)
async def begin_browser_login(given: models.BeginBrowser, shared: ServicesHere) -> models.Browser:
    """Return the URL to open (authorization code with PKCE); then `finish` with what comes back."""
    _check_redirect(given.redirect_uri)
    flow = BrowserFlow(
        verifier=flows.unguessable(),
        nonce=flows.unguessable(),
        state=flows.unguessable(),
        redirect_uri=given.redirect_uri,
    )
    endpoint = await _authorization(shared)
    query = {
        "response_type": "code",
        "client_id": shared.provider.client_id,
        "redirect_uri": flow.redirect_uri,
        "scope": sessions.scopes(offline=given.offline),
        "state": flow.state,
        "nonce": flow.nonce,
        "code_challenge": flows.challenge(flow.verifier),
        "code_challenge_method": "S256",
    }
    return models.Browser(
        url=f"{endpoint}?{urlencode(query)}", state=flow.state, flow=flow.written()
    )


@router.post("/login/browser/finish", summary="Finish signing in in a browser", responses=Trying)
async def finish_browser_login(
    given: models.FinishBrowser, request: Request, shared: ServicesHere
) -> models.Session:
    """Return the session; a `state` that is not the start's ends it, and the code is not used."""
    flow = flows.read(BrowserFlow, given.flow.get_secret_value())
    if not hmac.compare_digest(flow.state.encode(), given.state.encode()):
        raise ProblemError(
            Kind.INVALID_FLOW,
            "`state` is not that of this sign-in, so the code was not used: begin it anew, and "
            "take no redirect that you did not ask for",
        )
    fields = {
        "code": given.code.get_secret_value(),
        "redirect_uri": flow.redirect_uri,
        "code_verifier": flow.verifier,
    }
    refused = "the code is wrong or was used already: begin the sign-in anew"
    async with sessions.attempt(request, shared):
        tokens = await sessions.granted(shared, refused, "authorization_code", fields)
        return await sessions.session(shared, tokens, nonce=flow.nonce)


@router.post("/login/device", summary="Begin to sign in on another device", responses=Trying)
async def begin_device_login(given: models.BeginDevice, shared: ServicesHere) -> models.Device:
    """Return the page to open anywhere and the code to compare; then `poll` until confirmed."""
    verifier = flows.unguessable()
    try:
        begun = await shared.provider.begin_device(
            sessions.scopes(offline=given.offline), flows.challenge(verifier)
        )
        interval = int(begun.get("interval", INTERVAL_S))
        return models.Device(
            user_code=begun["user_code"],
            verification_uri=begun["verification_uri"],
            verification_uri_complete=begun.get("verification_uri_complete"),
            expires_in=int(begun["expires_in"]),
            interval=interval,
            flow=DeviceFlow(
                verifier=verifier, device_code=begun["device_code"], interval=interval
            ).written(),
        )
    except GrantRefusedError as error:
        raise sessions.refusal(error, "the identity provider refuses the device flow") from error
    except (UnavailableError, KeyError, TypeError, ValueError) as error:
        raise sessions.away(error) from error


@router.post(
    "/login/device/poll",
    summary="Ask whether somebody has confirmed",
    responses={202: {"model": models.Pending, "description": "Not yet."}}
    | Trying
    | problems(Kind.SIGN_IN_EXPIRED, Kind.SLOW_DOWN, Kind.TOO_MANY_FAILURES),
    response_model=models.Session,
)
async def poll_device_login(
    given: models.PollDevice, request: Request, shared: ServicesHere
) -> models.Session | Response:
    """Return the session once somebody has confirmed, and 202 until then."""
    flow = flows.read(DeviceFlow, given.flow.get_secret_value())
    async with sessions.attempt(request, shared):
        try:
            tokens = await shared.provider.grant(
                DEVICE_GRANT, device_code=flow.device_code, code_verifier=flow.verifier
            )
        except GrantRefusedError as error:
            return _not_yet(error, flow.interval)
        except UnavailableError as error:
            raise sessions.away(error) from error
        return await sessions.session(shared, tokens)


@router.post("/login/refresh", summary="Go on with a session", responses=Trying)
async def refresh_login(
    given: models.Refresh, request: Request, shared: ServicesHere
) -> models.Session:
    """Return the session with a new ID token and a new refresh token; the old one is used up."""
    fields = {"refresh_token": given.refresh_token.get_secret_value()}
    async with sessions.attempt(request, shared):
        tokens = await sessions.granted(shared, _ENDED, "refresh_token", fields)
        return await sessions.session(shared, tokens)


@router.post("/logout", summary="Sign out", responses=Trying)
async def logout(
    given: models.Logout, request: Request, response: Response, shared: ServicesHere
) -> models.SignedOut:
    """Make a refresh token useless; the ID token works until its end, whoever holds it.

    Dex has no revocation endpoint, but a refresh token is replaced when it is used: here it is
    used, and what replaces it is thrown away. One that was used seconds ago is not replaced yet.
    """
    if given.refresh_token is None:
        return models.SignedOut(refresh_token_revoked=False, note=_NOTE)
    token = given.refresh_token.get_secret_value()
    async with sessions.attempt(request, shared) as trying:
        try:
            fields = {"refresh_token": token}
            tokens = await sessions.granted(shared, _ENDED, "refresh_token", fields)
        except ProblemError as error:
            if error.kind is not Kind.SIGN_IN_REFUSED:
                raise
            trying.failed()
            return models.SignedOut(refresh_token_revoked=False, note=_NOTE)
    if tokens.refresh_token in {None, token}:
        response.headers["Retry-After"] = str(FORGIVEN_S)
        return models.SignedOut(refresh_token_revoked=False, note=_TOO_EARLY)
    return models.SignedOut(refresh_token_revoked=True, note=_NOTE)


@persons.get(
    "/me",
    summary="Who am I",
    responses=problems(Kind.UNKNOWN_PARAMETER, Kind.UNAUTHENTICATED, Kind.UNAVAILABLE),
)
async def me(caller: CallerHere, shared: ServicesHere) -> models.Me:
    """Return whom the token belongs to.

    A client that has signed in at the identity provider itself asks this first: it counts as the
    sign-in.
    """
    identity = caller.identity
    await sessions.record(shared, identity)
    return models.Me(
        user=identity.user,
        username=identity.username,
        groups=list(identity.groups),
        expires_at=identity.expires_at,
    )


def _kept(tokens: Tokens, *, offline: bool) -> Tokens:
    """Return no refresh token to somebody who asked for none."""
    return tokens if offline else Tokens(tokens.id_token, None)


def _not_yet(error: GrantRefusedError, interval: int) -> Response:
    """Return the answer to a poll that brings no session yet; raise what ends it."""
    if error.code == "authorization_pending":
        pending = models.Pending(interval=interval)
        headers = {"Retry-After": str(interval), "Cache-Control": "no-store"}
        return JSONResponse(pending.model_dump(mode="json", by_alias=True), 202, headers)
    if error.code == "slow_down":
        slower = interval + INTERVAL_S  # for good: RFC 8628, section 3.5
        raise ProblemError(
            Kind.SLOW_DOWN,
            f"asked too often: wait {slower} seconds between two polls from now on",
            headers={"Retry-After": str(slower)},
        )
    if error.code == "expired_token":
        raise ProblemError(
            Kind.SIGN_IN_EXPIRED, "nobody confirmed in time, or the code has been used: begin anew"
        )
    raise sessions.refusal(error, "the sign-in was refused: begin it anew")


async def _authorization(shared: Services) -> str:
    try:
        endpoint = (await shared.provider.endpoints()).authorization
    except UnavailableError as error:
        raise sessions.away(error) from error
    if not endpoint:
        raise ProblemError(Kind.WAY_OFF, "this identity provider has no page to sign in at")
    return endpoint


def _check_redirect(uri: str) -> None:
    """Refuse a redirect on which others could listen; the provider knows which are registered."""
    try:
        parts = urlsplit(uri)
        plain = parts.scheme == "http" and not _is_loopback(parts.hostname or "")
        fault = plain or parts.fragment or parts.username is not None or not parts.hostname
        parts.port  # noqa: B018 - reading it judges it
    except ValueError:
        fault = True
    if fault:
        said = "an https URL, or http on loopback, without fragment and login"
        raise ProblemError(
            Kind.INVALID,
            f"redirectUri: {said}",
            errors=[models.Fault(detail=said, pointer="#/redirectUri")],
        )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
