"""Signing in in a browser: authorization code with PKCE, begun here and finished here."""

import hmac
import ipaddress
from urllib.parse import urlencode, urlsplit

from fastapi import Request

from rise_backend.errors import UnavailableError
from rise_backend.rest import flows, models, sessions, signin_models
from rise_backend.rest.caller import ServicesHere
from rise_backend.rest.flows import BrowserFlow
from rise_backend.rest.kinds import Kind
from rise_backend.rest.problems import ProblemError
from rise_backend.rest.unkept import TRYING, unkept_router
from rise_backend.services import Services

router = unkept_router()


@router.post("/login/browser", summary="Begin to sign in in a browser", responses=TRYING)
async def begin_browser_login(
    given: signin_models.BeginBrowser, shared: ServicesHere
) -> signin_models.Browser:
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
    return signin_models.Browser(
        url=f"{endpoint}?{urlencode(query)}", state=flow.state, flow=flow.written()
    )


@router.post("/login/browser/finish", summary="Finish signing in in a browser", responses=TRYING)
async def finish_browser_login(
    given: signin_models.FinishBrowser, request: Request, shared: ServicesHere
) -> signin_models.Session:
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
