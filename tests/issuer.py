"""An identity provider of the tests' own: discovery, keys and scripted sign-ins, over TLS."""

import json
import ssl
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import tokens

from rise_local.certificates import Pair


@dataclass(frozen=True)
class Scripted:
    """What the provider answers when it is asked for a token; code 0: it hangs up."""

    code: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


Script = dict[str, Scripted]  # e-mail address → answer


@dataclass
class Issuer:
    """Publishes the keys that the tests sign with; `fetched` counts who asked for them."""

    url: str
    keys: Mapping[str, Any] = field(default_factory=lambda: tokens.PUBLISHED)
    script: Script = field(default_factory=dict[str, Scripted])
    fetched: int = 0
    away: bool = False  # connections are accepted and ended without an answer

    @contextmanager
    def rotated(self, *keys: Mapping[str, Any]) -> Generator[None]:
        """Publish other keys for a while."""
        before, self.keys = self.keys, tokens.key_set(*keys)
        try:
            yield
        finally:
            self.keys = before

    @contextmanager
    def gone(self) -> Generator[None]:
        """Answer nobody for a while."""
        self.away = True
        try:
            yield
        finally:
            self.away = False

    @contextmanager
    def serving(self, certificate: Pair) -> Generator[None]:
        """Answer on the address in `url`."""
        place = urlsplit(self.url)
        assert place.hostname
        assert place.port
        trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        trust.load_cert_chain(certificate.certificate, certificate.key)
        handler = type("Handler", (_Handler,), {"issuer": self})
        with ThreadingHTTPServer((place.hostname, place.port), handler) as server:
            server.socket = trust.wrap_socket(server.socket, server_side=True)
            thread = threading.Thread(target=server.serve_forever, args=(0.05,))
            thread.start()
            try:
                yield
            finally:
                server.shutdown()
                thread.join()

    def document(self, path: str) -> object:
        """Return what is published at `path`; None: nothing."""
        if path == "/keys":
            self.fetched += 1
            return self.keys
        if path != "/.well-known/openid-configuration":
            return None
        return {
            "issuer": self.url,
            "jwks_uri": f"{self.url}/keys",
            "token_endpoint": f"{self.url}/token",
            "authorization_endpoint": f"{self.url}/auth",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }


class _Handler(BaseHTTPRequestHandler):
    issuer: Issuer

    def do_GET(self) -> None:
        document = self.issuer.document(self.path)
        if self.issuer.away:
            self.close_connection = True
            return
        self.send_response(HTTPStatus.NOT_FOUND if document is None else HTTPStatus.OK)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(document).encode())

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        form = dict(parse_qsl(self.rfile.read(length).decode()))
        answer = self.issuer.script[form["username"]]
        if not answer.code or self.issuer.away:
            self.close_connection = True
            return
        self.send_response(answer.code)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        del format, args
