"""One request and its answer, in ASGI's words but without ASGI's dictionaries."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from typing import Any
from urllib.parse import parse_qsl

from rise_backend.errors import TooLargeError
from rise_backend.gateway.statuses import Refusal

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]
Whole = Callable[[int, Headers, bytes], bool]

WHOLE = "rise.whole"  # in a scope: what sends an answer in one piece, or says that it cannot

MAX_BODY_BYTES = 3 * 1024 * 1024
_FALSE = frozenset({"false", "0"})


class Exchange:
    """A request that is being answered."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, closing: asyncio.Event) -> None:
        """Read the head of the request; `closing` is set when the process is asked to end."""
        raw: bytes = scope.get("raw_path") or scope["path"].encode()
        self.method: str = scope["method"]
        self.path = raw.decode("latin-1")
        self.query: str = scope["query_string"].decode("latin-1")
        self.target = f"{self.path}?{self.query}" if self.query else self.path
        self.headers: Headers = scope["headers"]
        self.params = _first_values(self.query) if self.query else {}
        self.started = False
        self.hold: Callable[[int], None] = _free
        self._receive = receive
        self._send = send
        self._whole: Whole | None = scope.get(WHOLE)
        self._closing = closing

    def header(self, name: bytes) -> str:
        """Return the first value of a header; empty when there is none."""
        for key, value in self.headers:
            if key == name:
                return value.decode("latin-1")
        return ""

    def flag(self, name: str) -> bool:
        """Say whether a parameter is set to true, as the API server reads it."""
        return name in self.params and self.params[name].lower() not in _FALSE

    async def body(self) -> bytes:
        """Return the whole body, of which `hold` is told as it comes.

        Raises:
            TooLargeError: it is over 3 MiB, which the API server would refuse too.
            RefusedError: `hold` says that it is too much just now.
            ConnectionError: the client is gone.
        """
        if int(self.header(b"content-length") or 0) > MAX_BODY_BYTES:
            raise TooLargeError
        parts: list[bytes] = []
        size, more = 0, True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ConnectionError("the client is gone")
            if part := message.get("body", b""):
                parts.append(part)
                size += len(part)
                if size > MAX_BODY_BYTES:
                    raise TooLargeError
                self.hold(len(part))
            more = message.get("more_body", False)
        return b"".join(parts)

    async def start(self, code: int, headers: Headers) -> None:
        """Send the head of the answer."""
        self.started = True
        await self._send({"type": "http.response.start", "status": code, "headers": headers})

    async def send(self, chunk: bytes) -> None:
        """Send a part of the answer; more follows."""
        await self._send({"type": "http.response.body", "body": chunk, "more_body": True})

    async def end(self, chunk: bytes = b"") -> None:
        """Send the last part of the answer."""
        await self._send({"type": "http.response.body", "body": chunk, "more_body": False})

    async def stream(
        self,
        work: Coroutine[Any, Any, None],
        within_s: float | None = None,
        *,
        cut: Callable[[], Coroutine[Any, Any, None]] | None = None,
    ) -> bool:
        """Run `work`, which sends, until it is done, the time is up or the client is gone.

        `cut` may end it, too: by returning.

        Returns:
            Whether somebody still listens, so that the answer should be ended.
        """
        working = asyncio.create_task(work)
        gone = asyncio.create_task(self._gone())
        tasks = {working, gone, asyncio.create_task(self._closing.wait())}
        if cut is not None:
            tasks.add(asyncio.create_task(cut()))
        try:
            await asyncio.wait(tasks, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
            listening = not gone.done()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        if not working.cancelled():
            working.result()
        return listening

    async def _gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def reply(self, code: int, headers: Headers, body: bytes) -> None:
        """Send a whole answer."""
        self.started = True
        last = b"" if self.method == "HEAD" else body
        whole = self._whole
        if whole and b"content-length" in dict(headers) and whole(code, headers, last):
            return
        await self._send({"type": "http.response.start", "status": code, "headers": headers})
        await self._send({"type": "http.response.body", "body": last, "more_body": False})

    async def refuse(self, refusal: Refusal) -> None:
        """Send a Status."""
        await self.reply(refusal.code, refusal.headers(), refusal.body())


def _free(_: int) -> None:
    """Let a body have any size."""


def _first_values(query: str) -> dict[str, str]:
    return dict(reversed(parse_qsl(query, keep_blank_values=True)))
