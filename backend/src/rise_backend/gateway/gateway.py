"""What happens to a request of kubectl, client-go or the CLI: `Gateway.__call__`, top to bottom."""

import asyncio
import logging
import re
from collections.abc import Callable, Coroutine
from functools import partial
from http import HTTPStatus
from typing import Any

from rise_backend.errors import (
    ForbiddenHeaderError,
    InvalidTokenError,
    TooLargeError,
    UnavailableError,
)
from rise_backend.gateway import can_i, events, headers, reviews, selectors, statuses
from rise_backend.gateway.asked import read
from rise_backend.gateway.at_once import AtOnce
from rise_backend.gateway.catalogue import KINDS, NOT_READY, READY_S, Catalogue, Kind
from rise_backend.gateway.events import EventsOf
from rise_backend.gateway.exchange import Exchange, Receive, Scope, Send
from rise_backend.gateway.lists import Lists, RefusedError
from rise_backend.gateway.pace import Pace
from rise_backend.gateway.relay import relay, whole
from rise_backend.gateway.reviews import Reviews
from rise_backend.gateway.revocation import Revocations
from rise_backend.gateway.sight import Sight
from rise_backend.gateway.upstream import BrokenOffError, Caller, Upstream
from rise_backend.gateway.writes import Write, Writes
from rise_backend.identity.bearer import bearer_token
from rise_backend.identity.verifier import Verifier
from rise_crds.api import API_VERSION

Cut = Callable[[], Coroutine[Any, Any, None]]

METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
OURS = re.compile(rf"/apis/{re.escape(API_VERSION)}/({'|'.join(KINDS)})(?:/([a-z0-9.-]+))?")
BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
# Go leaves out a parameter with one of these, so the next of that name counts for the API server.
TWO_READINGS = re.compile(rf";|{BROKEN_ESCAPE.pattern}")

_log = logging.getLogger(__name__)


class Gateway:
    """The Kubernetes API as a person may see it."""

    def __init__(
        self,
        verifier: Verifier,
        upstream: Upstream,
        catalogue: Catalogue,
        asking: Reviews,
        writes: Writes,
        *,
        pace: Pace,
    ) -> None:
        """Forward to `upstream`; answer lists from `catalogue`; refuse who is over `pace`."""
        self._verifier = verifier
        self._upstream = upstream
        self._catalogue = catalogue
        self._reviews = asking
        self._sight = Sight(catalogue, asking)
        self._revocations = Revocations(catalogue, asking)
        self._lists = Lists(catalogue)
        self._writes = writes
        self._at_once = AtOnce()
        self._pace = pace
        self._closing = asyncio.Event()

    def close(self) -> None:
        """End every stream: the process is asked to end."""
        self._closing.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        exchange = Exchange(scope, receive, send, self._closing)
        try:
            await self._answer(exchange, scope)
        except InvalidTokenError as error:
            _log.info("a token was refused: %s", error)
            await exchange.refuse(statuses.UNAUTHORIZED)
        except ForbiddenHeaderError as error:
            await exchange.refuse(statuses.bad_request(str(error)))
        except TooLargeError:
            await exchange.refuse(statuses.TOO_LARGE)
        except RefusedError as error:
            await exchange.refuse(error.refusal)
        except (UnavailableError, BrokenOffError, ConnectionError) as error:
            await _give_up(exchange, error)

    async def _answer(self, exchange: Exchange, scope: Scope) -> None:
        if headers.wants_upgrade(exchange.headers):
            raise RefusedError(statuses.NO_UPGRADE)
        headers.check(exchange.headers)
        if exchange.method not in METHODS:
            raise RefusedError(statuses.method_not_allowed(exchange.method))
        # no HTTP server of Go's reads such a target
        if "%" in exchange.path and BROKEN_ESCAPE.search(exchange.path):
            raise RefusedError(statuses.bad_request("a % in the path stands for no byte"))
        if exchange.query and TWO_READINGS.search(exchange.query):
            said = "the query can be read in two ways: write ; as %3B, and % as %25"
            raise RefusedError(statuses.bad_request(said))
        token = bearer_token(exchange.headers)
        caller = Caller(await self._verifier.verify(token), token)
        scope["rise.user"] = caller.identity.username
        self._pace.count(caller.identity.username)
        with self._at_once.one_more(caller.identity.username) as counted:
            exchange.hold = counted.hold
            await self._route(exchange, caller)

    async def _route(self, exchange: Exchange, caller: Caller) -> None:
        if found := OURS.fullmatch(exchange.path):
            await self._ours(exchange, caller, KINDS[found[1]], found[2])
        elif exchange.method == "POST" and exchange.path == reviews.PATH:
            await self._review(exchange, caller)
        elif exchange.method == "GET" and (of := events.asked_for(exchange.path, exchange.params)):
            await self._events(exchange, caller, of)
        else:
            await self._forward(exchange, caller)

    async def _ours(self, exchange: Exchange, caller: Caller, kind: Kind, name: str | None) -> None:
        """Answer what is about a Project or Team, or without a `name` about many."""
        match exchange.method, name:
            case "GET", None:
                await self._list_or_watch(exchange, caller, kind)
            case "POST", None:
                await self._write(exchange, caller, kind)
            case _, None:
                await self._forward(exchange, caller)
            case "GET" | "HEAD", name:
                await self._read(exchange, caller, kind, name)
            case _:
                await self._write(exchange, caller, kind, name)

    async def _write(self, exchange: Exchange, caller: Caller, kind: Kind, name: str = "") -> None:
        answer = await self._writes.answer(
            caller,
            Write(
                exchange.method,
                exchange.target,
                kind,
                name,
                headers=headers.passed(exchange.headers),
                body=await exchange.body(),
                dry_run="dryRun" in exchange.params,
            ),
        )
        await exchange.reply(answer.code, answer.headers, answer.body)

    async def _review(self, exchange: Exchange, caller: Caller) -> None:
        """Answer whether somebody may do something."""
        body = await exchange.body()
        passed = headers.passed(exchange.headers)
        ours = can_i.is_about_ours(body, exchange.header(b"accept"))
        async with self._upstream.as_person(
            caller,
            exchange.method,
            exchange.target,
            headers=can_i.as_json(passed) if ours else passed,
            body=body,
        ) as response:
            answer = await whole(response)
        answer = can_i.corrected(answer) if ours else answer
        await exchange.reply(answer.code, answer.headers, answer.body)

    async def _events(self, exchange: Exchange, caller: Caller, of: EventsOf) -> None:
        """Answer with the events of an object that the person sees."""
        await self._catalogue.ready(READY_S)
        entry = self._catalogue.seen(of.resource, of.name, caller.identity)
        if entry is None:
            await self._forward(exchange, caller)
            return
        cut = self._cut(exchange, caller)
        if await self._forward_unless_denied(exchange, caller, cut=cut):
            return
        async with self._upstream.as_gateway(
            of.target(entry.uid),
            accept=exchange.header(b"accept") or "application/json",
            silence_s=None,  # a watch may be silent for long
        ) as response:
            cut = partial(self._catalogue.hidden, of.resource, of.name, caller.identity)
            await relay(exchange, response, caller.identity.expires_at, cut=cut)

    def _cut(self, exchange: Exchange, caller: Caller) -> Cut | None:
        """Return what ends a stream when its reader loses the right to it; None: it is none."""
        asked = read(exchange.path, exchange.params, watch=exchange.flag("watch"))
        if exchange.method != "GET" or asked is None or not asked.streams:
            return None
        return partial(self._revocations.lost, caller, asked)

    async def _forward(self, exchange: Exchange, caller: Caller) -> None:
        """Hand a request on, and its answer back."""
        watch = exchange.flag("watch")
        await self._sight.check(
            caller, exchange.method, exchange.path, exchange.params, watch=watch
        )
        body = await exchange.body()
        async with self._upstream.as_person(
            caller,
            exchange.method,
            exchange.target,
            headers=headers.passed(exchange.headers),
            body=body or None,
        ) as response:
            cut = self._cut(exchange, caller)
            await relay(exchange, response, caller.identity.expires_at, cut=cut)

    async def _list_or_watch(self, exchange: Exchange, caller: Caller, kind: Kind) -> None:
        """Answer with what the person sees, unless the API server lets them see everything."""
        watch = exchange.flag("watch")
        single = selectors.single_name(exchange.params.get("fieldSelector", ""))
        # kubectl wait and delete ask for a single one, and roles by name allow it
        by_name = single is not None and not await self._sight.lacks(caller, kind.resource, single)
        if by_name or await self._reviews.allows(
            caller, "watch" if watch else "list", kind.resource
        ):
            cut = self._cut(exchange, caller)
            if await self._forward_unless_denied(exchange, caller, cut=cut):
                return
        answer = self._lists.watch if watch else self._lists.list
        await answer(exchange, kind, caller.identity)

    async def _read(self, exchange: Exchange, caller: Caller, kind: Kind, name: str) -> None:
        """Read one object: foreign and unknown ones look the same."""
        if await self._sight.lacks(caller, kind.resource, name):
            raise RefusedError(statuses.not_found(kind.resource, name))
        if await self._forward_unless_denied(exchange, caller):
            return
        if not await self._catalogue.ready(READY_S):
            raise RefusedError(statuses.unavailable(NOT_READY))
        if self._catalogue.seen(kind.resource, name, caller.identity) is None:
            raise RefusedError(statuses.not_found(kind.resource, name))
        target = f"{exchange.path}{_table_query(exchange)}"
        accept = exchange.header(b"accept") or "application/json"
        async with self._upstream.as_gateway(target, accept=accept) as response:
            await relay(exchange, response, caller.identity.expires_at)

    async def one(self, caller: Caller, resource: str, name: str) -> bytes | None:
        """Return one object as JSON; None: there is none that the person may see.

        Raises:
            UnavailableError: the API server does not answer as it should.
        """
        target = f"/apis/{API_VERSION}/{resource}/{name}"
        if await self._sight.lacks(caller, resource, name):
            return None
        accept = [("Accept", "application/json")]
        async with self._upstream.as_person(caller, "GET", target, headers=accept) as response:
            answer = await whole(response)
        if answer.code == HTTPStatus.FORBIDDEN:
            if not await self._catalogue.ready(READY_S):
                raise UnavailableError(NOT_READY)
            if self._catalogue.seen(resource, name, caller.identity) is None:
                return None
            async with self._upstream.as_gateway(target) as response:
                answer = await whole(response)
        if answer.code == HTTPStatus.NOT_FOUND:
            return None
        if answer.code != HTTPStatus.OK:
            raise UnavailableError(
                f"the API server answered {answer.code} instead of {resource}/{name}: try again"
            )
        return answer.body

    async def _forward_unless_denied(
        self,
        exchange: Exchange,
        caller: Caller,
        *,
        cut: Cut | None = None,
    ) -> bool:
        """Hand a read on; say whether it was answered, or else denied by roles.

        The API server asks for rights when a watch begins, never again: `cut` ends it.
        """
        async with self._upstream.as_person(
            caller, exchange.method, exchange.target, headers=headers.passed(exchange.headers)
        ) as response:
            if response.status != HTTPStatus.FORBIDDEN:
                await relay(exchange, response, caller.identity.expires_at, cut=cut)
                return True
            await response.read()
        return False


async def _give_up(exchange: Exchange, error: Exception) -> None:
    """Say that no answer came; an answer that has begun is broken off by the server."""
    if exchange.started:
        _log.info("an answer was broken off: %s", type(error).__name__)
    elif isinstance(error, UnavailableError):
        await exchange.refuse(statuses.unavailable(str(error)))
    elif isinstance(error, BrokenOffError):
        await exchange.refuse(statuses.broken_off(str(error)))
    else:
        await exchange.refuse(statuses.broken_off("the API server's answer broke off: try again"))


def _table_query(exchange: Exchange) -> str:
    include = exchange.params.get("includeObject", "")
    return f"?includeObject={include}" if include in {"None", "Metadata", "Object"} else ""
