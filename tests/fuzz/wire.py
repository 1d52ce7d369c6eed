"""Bytes to a server, and what comes back, as no HTTP client would tell it."""

import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from web import Web

QUIET_S = 0.3  # after so long without an answer the request is taken to be incomplete
SECOND_S = 0.02  # so long a second answer is waited for
HANG_S = 50.0  # less than the backend gives a request


@dataclass(frozen=True)
class Answer:
    """One answer; `whole`: its body has come to the end that its head told."""

    code: int
    headers: Mapping[bytes, bytes]
    body: bytes
    whole: bool


@dataclass(frozen=True)
class Reply:
    """Everything that came back; `rest` is what is no answer, `ended`: the server hung up."""

    answers: tuple[Answer, ...]
    rest: bytes
    ended: bool


def send(web: Web, sent: bytes, *, head: bool = False, whole: bool = False) -> Reply:
    """Send bytes on a connection of their own, then say goodbye; `head`: answers have no body.

    `whole`: the request is complete, so its answer is waited for.
    """
    with _connected(web) as wire:
        got = b""
        try:
            wire.sendall(sent)
            wire.settimeout(HANG_S if whole else QUIET_S)
            while not _complete(got, head=head):
                got += (chunk := wire.recv(65536))
                if not chunk:
                    return _reply(got, head=head, ended=True)
            wire.settimeout(SECOND_S)
            got += wire.recv(65536)
        except TimeoutError:
            pass
        except OSError:  # reset: the server did not read what came after its refusal
            return _reply(got, head=head, ended=True)
        more, ended = _goodbye(wire)
        return _reply(got + more, head=head, ended=ended)


def several(web: Web, sent: bytes, *, most: int) -> tuple[Answer, ...]:
    """Send several requests at once, and return their answers in order."""
    with _connected(web) as wire:
        wire.sendall(sent)
        got = b""
        while len([each for each in _answers(got, head=False)[0] if each.whole]) < most:
            chunk = wire.recv(65536)
            if not chunk:
                break
            got += chunk
        return _answers(got, head=False)[0]


def _connected(web: Web) -> socket.socket:
    place = urlsplit(web.url)
    wire = socket.create_connection((place.hostname, place.port), timeout=HANG_S)
    wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if place.scheme == "http":
        return wire
    return web.trust.wrap_socket(wire, server_hostname=place.hostname)


def _goodbye(wire: socket.socket) -> tuple[bytes, bool]:
    """Say that nothing more will come; return what does, and whether the server hung up too."""
    got = b""
    try:
        socket.socket.shutdown(wire, socket.SHUT_WR)
        wire.settimeout(HANG_S)
        while chunk := wire.recv(65536):
            got += chunk
    except TimeoutError:
        return got, False
    except (OSError, ssl.SSLError):
        return got, True
    return got, True


def _complete(got: bytes, *, head: bool) -> bool:
    answers, rest = _answers(got, head=head)
    return not rest and bool(answers) and answers[-1].whole


def _reply(got: bytes, *, head: bool, ended: bool) -> Reply:
    answers, rest = _answers(got, head=head)
    return Reply(answers, rest, ended)


def _answers(got: bytes, *, head: bool) -> tuple[tuple[Answer, ...], bytes]:
    answers: list[Answer] = []
    while got:
        lines, found, after = got.partition(b"\r\n\r\n")
        version, *fields = lines.split(b"\r\n")
        code = version[9:12]
        if not found or not version.startswith(b"HTTP/1.1 ") or not code.isdigit():
            break
        if code == b"100":
            got = after
            continue
        pairs = (field.partition(b": ") for field in fields)
        headers = {name.lower(): value for name, _, value in pairs}
        # who cannot read a request does not know that it was HEAD, and hangs up
        bare = (head and b"connection" not in headers) or code in {b"204", b"304"}
        body, got, whole = (b"", after, True) if bare else _body(headers, after)
        answers.append(Answer(int(code), headers, body, whole))
    return tuple(answers), got


def _body(headers: Mapping[bytes, bytes], after: bytes) -> tuple[bytes, bytes, bool]:
    """Return a body, what follows it, and whether it is whole."""
    if b"content-length" in headers:
        size = int(headers[b"content-length"])
        return after[:size], after[size:], len(after) >= size
    if headers.get(b"transfer-encoding") != b"chunked":
        return after, b"", False  # until the connection ends
    body = b""
    while True:
        size, found, after = after.partition(b"\r\n")
        length = int(size, 16) if found else 0
        if not found or len(after) < length + 2:
            return body + after, b"", False
        body, after = body + after[:length], after[length + 2 :]
        if not length:
            return body, after, True
