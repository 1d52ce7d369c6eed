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
from urllib.parse import urlsplit

from rise_cli import session as sessions
from rise_cli.credential import MARGIN_S
from rise_cli.errors import NotSignedInError, RiseCliError, TimedOutError, UnreachableError
from rise_cli.session import SIGN_IN, Session
from rise_cli.web import Answer, Web, raised

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
SLOWER_S = 5
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True)
class Provider:
    """The identity provider, as the server and its own discovery describe it."""

    issuer: str
    client_id: str
    scopes: str
    token_endpoint: str
    device_endpoint: str
    authorization_endpoint: str = ""  # empty: it has no page to sign in at


def private(url: str) -> bool:
    """Tell whether nobody between here and `url` can listen."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK))


def discover(web: Web, server: str) -> Provider:
    """Return the provider that `server` trusts.

    Raises:
        RiseCliError: the server or the provider cannot be reached, or they disagree.
    """
    configuration = _configuration(web, server)
    issuer = configuration["issuer"]
    found = web.send("GET", f"{issuer}/.well-known/openid-configuration").body
    if found.get("issuer") != issuer:
        raise RiseCliError(
            f"{server} trusts {issuer}, which does not say so of itself: ask an administrator"
        )
    try:
        provider = Provider(
            issuer=issuer,
            client_id=configuration["clientId"],
            scopes=" ".join(configuration["scopes"]),
            token_endpoint=found["token_endpoint"],
            device_endpoint=found["device_authorization_endpoint"],
            authorization_endpoint=found.get("authorization_endpoint") or "",
        )
    except (KeyError, TypeError) as error:
        raise RiseCliError(f"{issuer} offers no device flow: ask an administrator") from error
    endpoints = (provider.token_endpoint, provider.device_endpoint, provider.authorization_endpoint)
    for url in endpoints:
        if url and not private(url):
            raise RiseCliError(f"{issuer} names {url}, which is not https: ask an administrator")
    return provider


def _configuration(web: Web, server: str) -> dict[str, Any]:
    answer = web.send("GET", f"{server}/api/v1/config")
    if answer.status >= 500:  # noqa: PLR2004 - HTTP's own boundary
        raised(answer)
    issuer = answer.body.get("issuer")
    if not isinstance(issuer, str):
        raise RiseCliError(f"{server} is no Rise server: check --server")
    if not private(issuer):
        raise RiseCliError(f"{server} trusts {issuer}, which is not https: ask an administrator")
    return answer.body


def challenge(verifier: str) -> str:
    """Return what a verifier looks like from outside (RFC 7636, S256)."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def redeemed(web: Web, provider: Provider, fields: dict[str, str]) -> dict[str, Any]:
    """Return the token response to a grant.

    Raises:
        NotSignedInError: the provider refuses.
        UnreachableError: it does not answer.
    """
    answer = web.form(provider.token_endpoint, fields)
    if answer.status >= 500:  # noqa: PLR2004 - HTTP's own boundary
        raise UnreachableError(f"the identity provider answered {answer.status}: {SIGN_IN}")
    if error := _error(answer):
        raise NotSignedInError(f"the identity provider refuses ({error}); {SIGN_IN}")
    return answer.body


def device_flow(
    web: Web,
    provider: Provider,
    say: Callable[[str], None],
    sleep: Callable[[float], None] = time.sleep,
) -> dict[str, Any]:
    """Return the token response once the person has confirmed in a browser.

    Raises:
        TimedOutError: nobody did, in the time that the provider gives.
        NotSignedInError: the provider refuses.
    """
    verifier = secrets.token_urlsafe(48)
    begun = web.form(
        provider.device_endpoint,
        {
            "client_id": provider.client_id,
            "scope": provider.scopes,
            "code_challenge": challenge(verifier),
            "code_challenge_method": "S256",
        },
    )
    device = raised(begun).body
    try:
        say(f"Open {device.get('verification_uri_complete') or device['verification_uri']}")
        say(f"and compare the code: {device['user_code']}")
        deadline = time.monotonic() + float(device["expires_in"])
        interval = float(device.get("interval", SLOWER_S))
        fields = {
            "grant_type": DEVICE_GRANT,
            "device_code": device["device_code"],
            "client_id": provider.client_id,
            "code_verifier": verifier,
        }
    except (KeyError, TypeError, ValueError) as error:
        raise RiseCliError(f"{provider.issuer} began no device flow: try again") from error
    sleep(min(1.0, interval))  # a person is quicker at a code than the interval at times
    while time.monotonic() < deadline:
        answer = _asked(web, provider, fields)
        error = _error(answer) if answer else "away"
        if answer and not error:
            return answer.body
        if error in {"slow_down", "away"}:
            interval += SLOWER_S  # for good: RFC 8628, section 3.5
        elif error == "expired_token":
            break
        elif error != "authorization_pending":
            raise NotSignedInError(f"the identity provider refuses ({error}); {SIGN_IN}")
        sleep(interval)
    raise TimedOutError(f"nobody confirmed the code in time; {SIGN_IN}")


def _asked(web: Web, provider: Provider, fields: dict[str, str]) -> Answer | None:
    """Return what the provider answers; nothing while it is away."""
    try:
        answer = web.form(provider.token_endpoint, fields)
    except UnreachableError:
        return None
    return answer if answer.status < 500 else None  # noqa: PLR2004 - HTTP's own boundary


def _error(answer: Answer) -> str:
    if answer.status < 300 and "id_token" in answer.body:  # noqa: PLR2004 - HTTP's own boundary
        return ""
    return str(answer.body.get("error") or f"status {answer.status}")


def claims(token: str) -> dict[str, Any]:
    """Return what a token says; whoever is sent it verifies it, nothing here relies on it.

    Raises:
        ValueError: it is no token.
    """
    parts = token.split(".")
    payload = parts[1] if len(parts) == 3 else ""  # noqa: PLR2004 - header, payload, signature
    found = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    try:
        return {**found, "exp": float(found["exp"])}
    except (KeyError, TypeError) as error:
        raise ValueError("a token says when it ends") from error


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
        if answer.status >= 500:  # noqa: PLR2004 - HTTP's own boundary
            raise UnreachableError(
                f"the identity provider {answer.host} cannot renew the session now "
                f"(it answered {answer.status}): try again in a moment"
            )
    except RiseCliError:
        if lasts:
            return session  # the provider is away: the token in hand is good a little longer
        raise
    if _error(answer):
        raise NotSignedInError(f"the session has ended or was replaced elsewhere; {SIGN_IN}")
    return _saved(session, answer)


def _saved(session: Session, answer: Answer) -> Session:
    token = str(answer.body["id_token"])
    try:
        said, known = claims(token), claims(session.token)
    except ValueError as error:
        raise NotSignedInError(f"{answer.host} answered with no token; {SIGN_IN}") from error
    if said.get("sub") != known.get("sub"):
        raise NotSignedInError(f"the identity provider answered for somebody else; {SIGN_IN}")
    renewed = replace(
        session,
        token=token,
        expiresAt=said["exp"],
        refreshToken=answer.body.get("refresh_token", session.refreshToken),
    )
    renewed.save()
    return renewed
