"""Sign in at the identity provider itself: the device flow and the refresh of a session.

Source: RFC 8628 (device flow), RFC 7636 (PKCE), RFC 6749 section 6 (refresh)
"""

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from rise_cli import session as sessions
from rise_cli.credential import MARGIN_S
from rise_cli.errors import NotSignedInError, RiseCliError, TimedOutError
from rise_cli.session import SIGN_IN, Session
from rise_cli.web import Answer, Web, raised

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
SLOWER_S = 5


@dataclass(frozen=True)
class Provider:
    """The identity provider, as the server and its own discovery describe it."""

    issuer: str
    client_id: str
    scopes: str
    token_endpoint: str
    device_endpoint: str


def discover(web: Web, server: str) -> Provider:
    """Return the provider that `server` trusts.

    Raises:
        RiseCliError: the server or the provider cannot be reached, or they disagree.
    """
    configuration = raised(web.send("GET", f"{server}/api/v1/config")).body
    try:
        issuer = configuration["issuer"]
        found = web.send("GET", f"{issuer}/.well-known/openid-configuration").body
        if found["issuer"] != issuer:
            raise RiseCliError(f"{server} trusts {issuer}, which calls itself {found['issuer']}")
        return Provider(
            issuer=issuer,
            client_id=configuration["clientId"],
            scopes=" ".join(configuration["scopes"]),
            token_endpoint=found["token_endpoint"],
            device_endpoint=found["device_authorization_endpoint"],
        )
    except (KeyError, TypeError) as error:
        raise RiseCliError(f"{server} is no Rise server: check --server") from error


def device_flow(web: Web, provider: Provider, say: Callable[[str], None]) -> dict[str, Any]:
    """Return the token response once the person has confirmed in a browser.

    Raises:
        TimedOutError: nobody did, in the time that the provider gives.
        NotSignedInError: the provider refuses.
    """
    verifier = secrets.token_urlsafe(48)
    digest = hashlib.sha256(verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    begun = web.form(
        provider.device_endpoint,
        {
            "client_id": provider.client_id,
            "scope": provider.scopes,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        },
    )
    device = raised(begun).body
    say(f"Open {device['verification_uri_complete']}")
    say(f"and compare the code: {device['user_code']}")
    deadline = time.monotonic() + device["expires_in"]
    interval = float(device.get("interval", SLOWER_S))
    fields = {
        "grant_type": DEVICE_GRANT,
        "device_code": device["device_code"],
        "client_id": provider.client_id,
        "code_verifier": verifier,
    }
    return _polled(web, provider, fields, interval, deadline)


def _polled(
    web: Web, provider: Provider, fields: dict[str, str], interval: float, deadline: float
) -> dict[str, Any]:
    pause = min(1.0, interval)  # a person is quicker at a code than the interval at times
    while time.monotonic() < deadline:
        time.sleep(pause)
        answer = web.form(provider.token_endpoint, fields)
        error = _error(answer)
        if not error:
            return answer.body
        if error not in {"authorization_pending", "slow_down"}:
            raise NotSignedInError(f"the identity provider refuses ({error}); {SIGN_IN}")
        pause = interval + (SLOWER_S if error == "slow_down" else 0)
    raise TimedOutError(f"nobody confirmed the code in time; {SIGN_IN}")


def _error(answer: Answer) -> str:
    if answer.status < 400:  # noqa: PLR2004 - HTTP's own boundary
        return ""
    return str(answer.body.get("error") or f"status {answer.status}")


def claims(token: str) -> dict[str, Any]:
    """Return what a token says; whoever is sent it verifies it, nothing here relies on it."""
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def current(margin_s: float = MARGIN_S) -> Session:
    """Return the session with a token that lasts, renewed if need be.

    Raises:
        NotSignedInError: there is no session, or it has ended.
    """
    session = sessions.load()
    if session.expiresAt - time.time() >= margin_s:
        return session
    with sessions.locked():
        session = sessions.load()  # somebody else may have renewed it while we waited
        if session.expiresAt - time.time() >= margin_s:
            return session
        return _renewed(session)


def _renewed(session: Session) -> Session:
    lasts = session.expiresAt > time.time()
    if not session.refreshToken:
        if lasts:
            return session
        raise NotSignedInError(f"the session has ended; {SIGN_IN}")
    fields = {
        "grant_type": "refresh_token",
        "refresh_token": session.refreshToken,
        "client_id": session.clientId,
    }
    try:
        answer = Web(session.caFile).form(session.tokenEndpoint, fields)
    except RiseCliError:
        if lasts:
            return session  # the provider is away: the token in hand is good a little longer
        raise
    if _error(answer):
        raise NotSignedInError(f"the session has ended or was replaced elsewhere; {SIGN_IN}")
    token = answer.body["id_token"]
    if claims(token).get("sub") != claims(session.token).get("sub"):
        raise NotSignedInError(f"the identity provider answered for somebody else; {SIGN_IN}")
    renewed = replace(
        session,
        token=token,
        expiresAt=float(claims(token)["exp"]),
        refreshToken=answer.body.get("refresh_token", session.refreshToken),
    )
    renewed.save()
    return renewed
