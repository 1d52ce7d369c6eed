"""HTTP to the API of a product that keeps registries, with one account.

    401                  the product does not take the account: a RegistryError, says which file
    403                  the account lacks a right: a RegistryError, says which
    429, 5xx, silence    RegistryUnavailableError, with the seconds of `Retry-After`
    other than JSON      RegistryUnavailableError: somebody else answers at that address
    3xx, other 4xx       RegistryError with what was said, unless the caller takes it

Redirects are not followed: they would carry the account elsewhere.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Collection, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote, urlencode

from rise_http.errors import ExchangeError
from rise_registry.contract import RegistryError, RegistryUnavailableError
from rise_registry.transport import Line, is_busy, retry_after_s

SAID_MAX = 200
PAGE = 100  # both products' greatest
MISSING = frozenset({HTTPStatus.NOT_FOUND})

Entry = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """What the product said; `said` is None where it had no body."""

    status: int
    headers: Mapping[str, str]  # by name, in lower case
    said: Any = field(repr=False)  # may hold a new credential

    def entry(self, *needed: str) -> Entry:
        """Return the object that was said; it has the fields `needed`.

        Raises:
            RegistryUnavailableError: it is none, or has not.
        """
        if not isinstance(self.said, dict) or not set(needed) <= set(cast("Entry", self.said)):
            raise RegistryUnavailableError(
                "the answer is not what the registry's API is to say: check that `api` in the "
                "registry's options is right"
            )
        return cast("Entry", self.said)

    def entries(self, *needed: str) -> list[Entry]:
        """Return the list of objects that was said; each has the fields `needed`.

        Raises:
            RegistryUnavailableError: it is none.
        """
        listed = cast("list[Any]", self.said) if isinstance(self.said, list) else [None]
        return [Reply(self.status, self.headers, each).entry(*needed) for each in listed]


class API:
    """Where the product answers, and who asks; its connections are kept until `close`."""

    def __init__(
        self,
        name: str,
        url: str,
        headers: Callable[[], dict[str, str]],
        account: Path,
        ca: Path | None = None,
    ) -> None:
        """Ask registry `name` of the configuration, at `url`: all paths begin with its own.

        `headers` returns those of the account, which is in the file `account`, read anew each time.
        """
        self.name = name
        self.url = url
        self.account = account
        self.line = Line(name, url, ca)
        self._headers = headers

    async def requests(self) -> Requests:
        """Return what asks, for one piece of work.

        Raises:
            RegistryError: the account cannot be read.
        """
        return Requests(self, await asyncio.to_thread(self._headers))

    async def close(self) -> None:
        """Give the connections back."""
        await self.line.close()


class Requests:
    """Requests to one product."""

    def __init__(self, api: API, account: Mapping[str, str]) -> None:
        """Ask `api` with the headers `account`."""
        self._api = api
        self._headers = {"Accept-Encoding": "identity", **account}

    async def ask(
        self,
        method: str,
        path: str,
        right: str,
        *,
        query: Mapping[str, str | int] | None = None,
        body: Entry | None = None,
        also: Collection[int] = (),
    ) -> Reply:
        """Return the answer to a request, if it is one of success or its status is in `also`.

        `path` is percent-encoded; `right` says what the account needs for it.

        Raises:
            RegistryUnavailableError: no answer, or one that says to come later.
            RegistryError: it is refused.
        """
        target = f"{path}?{urlencode(query)}" if query else path
        headers, sent = self._headers, None
        if body is not None:
            headers, sent = {**headers, "Content-Type": "application/json"}, json.dumps(body)
        try:
            answer = await self._api.line.exchange(
                method, target, headers, sent.encode() if sent else None
            )
        except (ExchangeError, TimeoutError) as error:
            why = error.why if isinstance(error, ExchangeError) else "nothing came in time"
            raise RegistryUnavailableError(
                f"registry {self._api.name}: {self._api.url} does not answer ({why}): check that "
                "it runs and that `api` in the registry's options is right"
            ) from error
        reply = Reply(answer.status, answer.headers, _parsed(answer.body))
        if reply.status in also:
            return reply
        if HTTPStatus.OK <= reply.status < HTTPStatus.MULTIPLE_CHOICES:
            if reply.said is NOT_JSON:
                raise self._elsewhere(path)
            return reply
        raise self._refused(reply, path, right)

    async def pages(
        self,
        path: str,
        right: str,
        needed: Collection[str],
        query: Mapping[str, str | int],
    ) -> AsyncGenerator[Entry]:
        """Yield what is listed at `path`, page by page; nothing when there is no such place.

        `query` has the greatest page there is, as the product calls it, with PAGE as its value.
        """
        number = 1
        while True:
            part = {**query, "page": number}
            reply = await self.ask("GET", path, right, query=part, also=MISSING)
            if reply.status == HTTPStatus.NOT_FOUND:
                return
            listed = reply.entries(*needed)
            for each in listed:
                yield each
            if len(listed) < PAGE:
                return
            number += 1

    def _elsewhere(self, path: str) -> RegistryUnavailableError:
        return RegistryUnavailableError(
            f"registry {self._api.name}: what {self._api.url} answers to {path} is no JSON: check "
            "that `api` in the registry's options is right"
        )

    def _refused(self, reply: Reply, path: str, right: str) -> RegistryError:
        where = f"registry {self._api.name}: {self._api.url}"
        if reply.status == HTTPStatus.UNAUTHORIZED:
            return RegistryError(
                f"{where} does not take the account in {self._api.account}: put a valid one there"
            )
        said = f"{where} answers {reply.status} to {path}{_reason(reply.said)}"
        if reply.status == HTTPStatus.FORBIDDEN:
            return RegistryError(f"{said}: the account needs {right}")
        if is_busy(reply.status):
            return RegistryUnavailableError(
                f"{said}: it is tried again", retry_after_s(reply.headers)
            )
        return RegistryError(said)


NOT_JSON = object()


def secret(name: str, path: Path) -> str:
    """Return what a mounted file holds, for a header of a request.

    Raises:
        RegistryError: it cannot be read, is empty, or no header can hold it (not repeated).
    """
    try:
        text = path.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        said = error.strerror if isinstance(error, OSError) else "it is no text"
        raise RegistryError(
            f"registry {name}: {path} cannot be read ({said}): mount the Secret with the account"
        ) from None
    if not text or not text.isascii() or not text.isprintable():
        raise RegistryError(f"registry {name}: {path} is empty or no line of ASCII: write it anew")
    return text


def segment(text: str) -> str:
    """Return `text` as one segment of a path."""
    return quote(text, safe="")


def _parsed(body: bytes) -> Any:
    if not body.strip():
        return None
    try:
        return json.loads(body)
    except ValueError:
        return NOT_JSON


def _reason(said: Any) -> str:
    """Return what an error says for people, ` (so)`; both products' shapes."""
    if not isinstance(said, dict):
        return ""
    answer = cast("Entry", said)
    reason = answer.get("message") or answer.get("error") or answer.get("errors")
    return f" ({json.dumps(reason)[:SAID_MAX]})" if reason else ""
