"""HTTP as it is sent, byte for byte: no client tidies a path, a header or a body on the way."""

import http.client
import json
import ssl
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, Self
from urllib.parse import urlsplit

ANSWER_S = 90.0  # more than any server here takes, on any machine
PASSWORD = "password"  # everybody's in dex/config.yaml

TokenOf = Callable[[str], str]  # first name → token


@dataclass(frozen=True)
class Answer:
    """What came back, read whole."""

    code: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.body)

    @property
    def kind(self) -> str:
        """The content type."""
        return str(self.headers["content-type"])


@dataclass(frozen=True)
class Web:
    """A server, asked by somebody who trusts the local CA."""

    url: str
    ca: str

    def ask(
        self,
        method: str,
        target: str,
        *,
        token: str = "",
        headers: Iterable[tuple[str, str]] = (),
        body: bytes | Iterable[bytes] | None = None,
    ) -> Answer:
        """Send one request; a body of several parts goes in chunks."""
        connection = self.connection()
        try:
            connection.putrequest(method, target, skip_accept_encoding=True)
            for name, value in [*_authorization(token), *headers, *_framing(body)]:
                connection.putheader(name, value)
            connection.endheaders(body, encode_chunked=not isinstance(body, bytes))
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def connection(self) -> http.client.HTTPConnection:
        """Return a connection of the test's own."""
        place = urlsplit(self.url)
        if place.scheme == "http":
            return http.client.HTTPConnection(place.netloc, timeout=ANSWER_S)
        assert place.hostname is not None
        return http.client.HTTPSConnection(
            place.hostname, place.port, timeout=ANSWER_S, context=self.trust
        )

    @property
    def trust(self) -> ssl.SSLContext:
        """What makes a server's certificate good."""
        return _trusting(self.ca)

    def raw(self, text: bytes) -> bytes:
        """Send bytes as they are; return all that comes back until the server hangs up."""
        connection = self.connection()
        connection.connect()
        with connection.sock as secured:
            secured.sendall(text)
            received = b""
            while chunk := secured.recv(65536):
                received += chunk
            return received

    def get(self, target: str, token: str = "", *headers: tuple[str, str]) -> Answer:
        """Send a GET."""
        return self.ask("GET", target, token=token, headers=headers)

    def send(
        self, method: str, target: str, content: Any, token: str = "", kind: str = ""
    ) -> Answer:
        """Send `content` as JSON of the media type `kind`."""
        headers = [("Content-Type", kind or "application/json")]
        body = json.dumps(content).encode()
        return self.ask(method, target, token=token, headers=headers, body=body)

    def login(self, email: str, password: str = PASSWORD, path: str = "/login") -> Answer:
        """Sign in with a password."""
        return self.send("POST", path, {"email": email, "password": password})


class Line:
    """A connection that stays open for requests one after the other."""

    def __init__(self, web: Web) -> None:
        self._connection = web.connection()

    def send(self, method: str, target: str, content: Any, token: str) -> Answer:
        """Send `content` as JSON; None sends nothing."""
        body = None if content is None else json.dumps(content).encode()
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._connection.request(method, target, body, headers)
        answer = self._connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()


@cache
def _trusting(ca: str) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=ca)


def _authorization(token: str) -> list[tuple[str, str]]:
    return [("Authorization", f"Bearer {token}")] if token else []


def _framing(body: bytes | Iterable[bytes] | None) -> list[tuple[str, str]]:
    if body is None:
        return []
    if isinstance(body, bytes):
        return [("Content-Length", str(len(body)))]
    return [("Transfer-Encoding", "chunked")]
