"""The token server: `/registry/token`, where clients of a self-hosted registry get its tokens.

    client ── pull, push ──► registry ── 401, realm ──► client ── who, what ──► here
                                 ▲                                               │
                                 └────────────── token ◄── what of it they may ──┘

Nothing asked for is completed and nothing refused is explained: whoever may have nothing gets a
token for nothing, which the registry answers with its own words.
"""

import logging
from collections.abc import Iterable, Sequence
from http import HTTPStatus

import orjson
from starlette.requests import Request

from rise_backend.errors import UnavailableError
from rise_backend.gateway.at_once import AtOnce
from rise_backend.gateway.exchange import Receive, Scope, Send
from rise_backend.gateway.lists import RefusedError as TooManyError
from rise_backend.metrics import Metrics
from rise_backend.registry import asked as asking
from rise_backend.registry.asked import Asked, Presented
from rise_backend.registry.callers import Callers, Holder, WrongPasswordError
from rise_backend.registry.grants import Grants
from rise_backend.registry.offered import Offer, Offers
from rise_backend.registry.refusals import RefusedError, unauthorized, unavailable
from rise_backend.registry.scopes import Access
from rise_backend.registry.tokens import Token, token
from rise_backend.rest.addresses import Network, address
from rise_backend.rest.attempts import Attempts, TooManyFailuresError
from rise_registry.contract import RegistryError
from rise_registry.distribution import Distribution

PATH = "/registry/token"
METHODS = "GET, POST"
MOST = 64  # requests of one person at once: each asks the API server
ANONYMOUS = "send a user name and a password: `rise registry login PROJECT` gets them"
WRONG = "user name or password is wrong, or has ended: `rise registry login PROJECT` gets new ones"
KEYS = "the registry's tokens cannot be signed: an administrator finds the reason in the log"
OUTCOMES = {
    HTTPStatus.UNAUTHORIZED: "refused",
    HTTPStatus.TOO_MANY_REQUESTS: "limited",
    HTTPStatus.SERVICE_UNAVAILABLE: "unavailable",
}

_log = logging.getLogger(__name__)


class TokenServer:
    """Answers `/registry/token`."""

    def __init__(
        self,
        offers: Offers,
        callers: Callers,
        grants: Grants,
        metrics: Metrics,
        trusted: Sequence[Network],
    ) -> None:
        """Serve the self-hosted `offers`; `trusted` proxies say where requests come from."""
        self._offers = offers
        self._callers = callers
        self._grants = grants
        self._metrics = metrics
        self._trusted = trusted
        self._attempts = Attempts()
        self._at_once = AtOnce(MOST)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            body = await self._answer(scope, receive)
        except ConnectionError:
            return
        except RefusedError as error:
            self._metrics.tokens.labels(OUTCOMES.get(error.code, "invalid")).inc()
            await _reply(send, error.code, error.body(), error.headers.items())
        else:
            await _reply(send, HTTPStatus.OK, body)

    async def _answer(self, scope: Scope, receive: Receive) -> bytes:
        asked = await _asked(scope, receive)
        offer = self._offers.serving(asked.service)
        registry = offer.hosted if offer else None
        if offer is None or registry is None:
            raise RefusedError(
                HTTPStatus.BAD_REQUEST,
                "service: this is no registry whose tokens are made here; `rise registry show "
                "PROJECT` says where a project's images live",
            )
        if asked.presented is None:
            raise unauthorized(ANONYMOUS)
        try:
            holder = await self._holder(scope, asked, asked.presented, offer, registry)
            scope["rise.user"] = holder.name
            with self._at_once.one_more(holder.name if holder.person else object()):
                granted = await self._grants.granted(holder, offer, asked.scopes)
            signed = token(registry, holder.name, granted)
        except TooManyError as error:
            raise RefusedError(
                HTTPStatus.TOO_MANY_REQUESTS, error.refusal.message, retry_after="1"
            ) from error
        except UnavailableError as error:
            raise unavailable(str(error)) from error
        except RegistryError as error:
            _log.error("registry %s: %s", offer.configuration.name, error)
            raise unavailable(KEYS) from error
        self._metrics.tokens.labels("granted" if granted or not asked.scopes else "nothing").inc()
        _audit(holder, offer, asked, granted, signed)
        return _body(asked, granted, signed)

    async def _holder(
        self, scope: Scope, asked: Asked, presented: Presented, offer: Offer, registry: Distribution
    ) -> Holder:
        """Return who asks; what proves nothing counts as a failure of the name and the address.

        What is right is never refused for the failures of others: nobody can lock a node out.
        """
        try:
            return await self._callers.holder(presented, offer, registry)
        except WrongPasswordError as error:
            here = address(Request(scope), self._trusted)
            _log.info(
                "a registry token was refused: %s",
                error,
                extra={
                    "user": presented.username,
                    "registry": offer.configuration.name,
                    "asked": list(asked.scopes),
                    "address": here,
                },
            )
            await self._count(here, presented.username.lower())
            raise unauthorized(WRONG) from error

    async def _count(self, here: str, name: str) -> None:
        try:
            async with self._attempts.one_more(address=here, person=name) as attempt:
                attempt.failed()
        except TooManyFailuresError as error:
            raise RefusedError(
                HTTPStatus.TOO_MANY_REQUESTS,
                f"wrong, and too often: wait {error.retry_after_s} seconds. {WRONG}",
                retry_after=str(error.retry_after_s),
            ) from error


async def _asked(scope: Scope, receive: Receive) -> Asked:
    headers: list[tuple[bytes, bytes]] = scope["headers"]
    if scope["method"] == "GET":
        return asking.from_query(scope["query_string"], headers)
    if scope["method"] == "POST":
        return asking.from_form(await _form(receive), headers)
    raise RefusedError(HTTPStatus.METHOD_NOT_ALLOWED, f"use {METHODS}", allow=METHODS)


async def _form(receive: Receive) -> bytes:
    """Return the body.

    Raises:
        RefusedError: it is too long.
        ConnectionError: the client is gone.
    """
    form, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionError("the client is gone")
        form += message.get("body", b"")
        if len(form) > asking.MAX_FORM_BYTES:
            raise RefusedError(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                f"a form may hold at most {asking.MAX_FORM_BYTES} bytes here",
            )
        more = message.get("more_body", False)
    return form


def _audit(
    holder: Holder, offer: Offer, asked: Asked, granted: Sequence[Access], signed: Token
) -> None:
    """Write down who got what, and the token's id; never what they proved themselves with."""
    _log.info(
        "a registry token was made",
        extra={
            "user": holder.name,
            "caller": holder.kind,
            "credential": holder.statement.id if holder.statement else "",
            "registry": offer.configuration.name,
            "asked": list(asked.scopes),
            "granted": [str(access) for access in granted],
            "jti": signed.jti,
        },
    )


def _body(asked: Asked, granted: Sequence[Access], signed: Token) -> bytes:
    answer = signed.answer()
    if asked.form:
        answer["scope"] = " ".join(map(str, granted))
    if asked.refreshes and asked.presented is not None:
        answer["refresh_token"] = asked.presented.password
    return orjson.dumps(answer)


async def _reply(
    send: Send, code: HTTPStatus, body: bytes, more: Iterable[tuple[str, str]] = ()
) -> None:
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        *((name.encode(), value.encode()) for name, value in more),
    ]
    await send({"type": "http.response.start", "status": int(code), "headers": headers})
    await send({"type": "http.response.body", "body": body})
