"""A grant at the identity provider → a session, or the reason why there is none."""

import base64
import hmac
import json
import logging
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager

from fastapi import Request

from rise_backend.errors import InvalidTokenError, UnavailableError, UnverifiedEmailError
from rise_backend.identity.identity import Identity
from rise_backend.identity.provider import (
    LOGIN_SCOPES,
    OFFLINE,
    GrantRefusedError,
    Tokens,
)
from rise_backend.queries import users
from rise_backend.queries.session import DatabaseUnavailable
from rise_backend.rest import signin_models
from rise_backend.rest.addresses import address
from rise_backend.rest.attempts import Attempt, TooManyFailuresError
from rise_backend.rest.kinds import Kind
from rise_backend.rest.problems import ProblemError
from rise_backend.services import Services

WAYS_OFF = frozenset({"unsupported_grant_type", "unauthorized_client"})
REFUSED = frozenset(
    {"access_denied", "invalid_grant", "invalid_request"}
)  # the last is Dex's for used tokens
_AWAY = (
    "the identity provider does not answer, so nobody can sign in right now: try again in a "
    "moment, or ask an administrator to look at Dex"
)
_WAY_OFF = "this way of signing in is switched off here: use `rise login`"

_log = logging.getLogger(__name__)


def scopes(*, offline: bool) -> str:
    """Return what to ask the provider for."""
    return " ".join([*LOGIN_SCOPES[:-1], *([OFFLINE] if offline else []), LOGIN_SCOPES[-1]])


@asynccontextmanager
async def attempt(request: Request, shared: Services, person: str = "") -> AsyncGenerator[Attempt]:
    """Try to sign in; what ends in a 401 counts for the person and the address.

    Raises:
        ProblemError: there were too many failures.
    """
    here = address(request, shared.settings.trusted_proxies)
    try:
        async with shared.attempts.one_more(address=here, person=person.lower()) as trying:
            try:
                yield trying
            except ProblemError as error:
                if error.kind is Kind.SIGN_IN_REFUSED:
                    trying.failed()
                raise
    except TooManyFailuresError as error:
        raise ProblemError(
            Kind.TOO_MANY_FAILURES,
            f"there were too many failed sign-ins: wait {error.retry_after_s} seconds",
            headers={"Retry-After": str(error.retry_after_s)},
        ) from error


async def granted(
    shared: Services, refused: str, grant_type: str, fields: Mapping[str, str]
) -> Tokens:
    """Return what the provider gives; `refused` is what a person is told if it refuses.

    Raises:
        ProblemError: it refuses.
        UnavailableError: it does not answer as it should.
    """
    try:
        return await shared.provider.grant(grant_type, **fields)
    except GrantRefusedError as error:
        raise refusal(error, refused) from error
    except UnavailableError as error:
        raise away(error) from error


def refusal(error: GrantRefusedError, refused: str) -> Exception:
    """Return what to raise for OAuth's word of refusal."""
    if error.code in WAYS_OFF:
        return ProblemError(Kind.WAY_OFF, _WAY_OFF)
    if error.code in REFUSED:
        return ProblemError(Kind.SIGN_IN_REFUSED, refused)
    return away(error)


def away(error: Exception) -> UnavailableError:
    """Return what to raise while nobody can sign in."""
    _log.warning("nobody can sign in: %s", error)
    return UnavailableError(_AWAY)


async def session(shared: Services, tokens: Tokens, *, nonce: str = "") -> signin_models.Session:
    """Return the session of somebody whom the provider gave tokens, and take note of it.

    Raises:
        ProblemError: this account cannot use Rise, or the token answers another request (`nonce`).
    """
    identity = await _verified(shared, tokens.id_token)
    if nonce and not hmac.compare_digest(_nonce(tokens.id_token), nonce):
        raise ProblemError(
            Kind.SIGN_IN_REFUSED, "the token answers another sign-in: begin this one anew"
        )
    await record(shared, identity)
    return signin_models.Session(
        token=tokens.id_token,
        expires_at=identity.expires_at,
        user=identity.user,
        refresh_token=tokens.refresh_token,
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


async def _verified(shared: Services, token: str) -> Identity:
    try:
        return await shared.verifier.verify(token)
    except UnverifiedEmailError as error:
        raise ProblemError(
            Kind.SIGN_IN_REFUSED,
            "this e-mail address is not verified: confirm it with your identity provider, "
            "then sign in again",
        ) from error
    except InvalidTokenError as error:
        _log.warning("the identity provider's own token is not acceptable: %s", error)
        raise ProblemError(
            Kind.SIGN_IN_REFUSED,
            "this account cannot use Rise: ask an administrator to look at its e-mail address and "
            "groups in the identity provider",
        ) from error


def _nonce(verified: str) -> str:
    """Return what a token that has been verified says of the request it answers."""
    payload = verified.split(".")[1]
    return str(json.loads(base64.urlsafe_b64decode(payload + "==")).get("nonce", ""))
