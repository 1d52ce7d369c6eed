"""An extension of ASGI: an answer that is there whole is sent by one call, not by two messages.

    await scope["extensions"][WHOLE]["send"](status, headers, body)

uvicorn looks at each header by itself, and at each message in the light of those before it: that is
a tenth of what Python does for a request. Here a head is joined first and looked at once.
"""

from collections.abc import Awaitable, Callable

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

WHOLE = "rise.response.whole"
Headers = list[tuple[bytes, bytes]]
SendWhole = Callable[[int, Headers, bytes], Awaitable[None]]

_CONTROLS = bytes([*range(9), *range(10, 32), 127])  # the tab is none
_LINE_BREAK = 2  # of them


def fits(method: str, headers: Headers, body: bytes) -> bool:
    """Say whether an answer can be sent so: it has a body, and says how long that is."""
    return method != "HEAD" and dict(headers).get(b"content-length") == b"%d" % len(body)


def head(status: int, headers: Headers, *, closes: bool) -> bytes:
    """Return the bytes before the body.

    Raises:
        ValueError: a header would end its line before its end.
    """
    lines = [STATUS_LINE[status]]
    for name, value in headers:
        lines += (name, b": ", value, b"\r\n")
    lines.append(b"connection: close\r\n\r\n" if closes else b"\r\n")
    joined = b"".join(lines)
    expected = _LINE_BREAK * (len(headers) + 2 + closes)
    if len(joined) - len(joined.translate(None, _CONTROLS)) != expected:
        raise ValueError("a header holds a control character")
    return joined


async def send(
    cycle: RequestResponseCycle,
    write: Callable[[bytes], None],
    status: int,
    headers: Headers,
    body: bytes,
) -> None:
    """Send a whole answer for uvicorn, and leave its `cycle` as if it had sent it itself.

    Raises:
        RuntimeError: another answer has begun.
        ValueError: as `head`.
    """
    if cycle.response_started:
        raise RuntimeError("an answer has begun already")
    if cycle.flow.write_paused and not cycle.disconnected:
        await cycle.flow.drain()
    if cycle.disconnected:
        return
    write(head(status, headers, closes=not cycle.keep_alive) + body)
    cycle.response_started = cycle.response_complete = True
    cycle.message_event.set()
    if not cycle.keep_alive:
        cycle.transport.close()
    cycle.on_response()
