"""Sign in in a browser on this machine: authorization code with PKCE, called back on loopback.

Source: RFC 8252 (native apps), RFC 7636 (PKCE), RFC 9700 section 4.7 (state and nonce)
"""

import hmac
import os
import secrets
import sys
import threading
import webbrowser
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from rise_cli.errors import NotSignedInError, RiseCliError, TimedOutError
from rise_cli.oidc import Provider, challenge, claims, redeemed
from rise_cli.session import SIGN_IN
from rise_cli.web import Web

TIMEOUT_S = 300.0
SILENT_S = 10.0  # browsers open connections ahead and send nothing
CALLBACK = "/callback"
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Rise</title>
<style>body{{font:1.1rem system-ui;margin:15vh auto;max-width:32rem;padding:0 1rem}}</style>
<h1>{title}</h1><p>{text}</p></html>"""
HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Connection": "close",
}


def usable() -> bool:
    """Tell whether somebody sits at this machine who could be shown a browser."""
    if not sys.stderr or not sys.stderr.isatty() or "SSH_CONNECTION" in os.environ:
        return False
    shown = ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY")
    return sys.platform in {"darwin", "win32"} or any(os.environ.get(name) for name in shown)


class Attempt:
    """One sign-in: what was sent away with the person, and what came back with them."""

    def __init__(self, web: Web, provider: Provider) -> None:
        """Begin one; nothing is sent yet."""
        self._web = web
        self._provider = provider
        self._verifier = secrets.token_urlsafe(48)
        self._state = secrets.token_urlsafe(32)
        self._nonce = secrets.token_urlsafe(32)
        self._once = threading.Lock()
        self.redirect = ""
        self.ended = threading.Event()
        self.tokens: dict[str, Any] = {}
        self.failure: RiseCliError | None = None

    def address(self, port: int) -> str:
        """Return the address to open, which comes back to `port` of loopback."""
        self.redirect = f"http://127.0.0.1:{port}{CALLBACK}"
        query = {
            "response_type": "code",
            "client_id": self._provider.client_id,
            "redirect_uri": self.redirect,
            "scope": self._provider.scopes,
            "state": self._state,
            "nonce": self._nonce,
            "code_challenge": challenge(self._verifier),
            "code_challenge_method": "S256",
        }
        joint = "&" if "?" in self._provider.authorization_endpoint else "?"
        return f"{self._provider.authorization_endpoint}{joint}{urlencode(query)}"

    def come_back(self, query: str) -> tuple[HTTPStatus, str, str]:
        """Take what a browser brings; return status, title and text of the page it is shown.

        Only the first one with our state counts. No code of anybody else's is redeemed.
        """
        given = parse_qs(query, keep_blank_values=True)
        state = given.get("state", [])
        known = len(state) == 1 and hmac.compare_digest(state[0].encode(), self._state.encode())
        if not known or any(len(values) != 1 for values in given.values()):
            said = "This is no answer to a sign-in that was begun here. Nothing was done with it."
            return HTTPStatus.BAD_REQUEST, "Not accepted", said
        if not self._once.acquire(blocking=False):
            return HTTPStatus.CONFLICT, "Not accepted", "This sign-in has had its answer."
        try:
            self.tokens = self._taken({name: values[0] for name, values in given.items()})
        except RiseCliError as error:
            self.failure = error
            return HTTPStatus.BAD_REQUEST, "Not signed in", "The terminal says why."
        return HTTPStatus.OK, "Signed in", "You can close this window and go on in the terminal."

    def _taken(self, given: dict[str, str]) -> dict[str, Any]:
        if "code" not in given:
            why = given.get("error") or "it sent no code"
            raise NotSignedInError(f"the identity provider refuses ({why}); {SIGN_IN}")
        fields = {
            "grant_type": "authorization_code",
            "code": given["code"],
            "redirect_uri": self.redirect,
            "client_id": self._provider.client_id,
            "code_verifier": self._verifier,
        }
        tokens = redeemed(self._web, self._provider, fields)
        try:
            nonce = str(claims(tokens["id_token"]).get("nonce"))
        except ValueError as error:
            raise NotSignedInError(f"the identity provider sent no token; {SIGN_IN}") from error
        if not hmac.compare_digest(nonce.encode(), self._nonce.encode()):
            raise NotSignedInError(f"the token belongs to another sign-in; {SIGN_IN}")
        return tokens


def browser_flow(
    web: Web,
    provider: Provider,
    say: Callable[[str], None],
    *,
    opens: bool,
    timeout_s: float = TIMEOUT_S,
) -> dict[str, Any]:
    """Return the token response once the person has signed in in a browser on this machine.

    `opens` says whether the browser is started; the address is said in any case.

    Raises:
        TimedOutError: nobody came back in time.
        NotSignedInError: the provider refuses, or answers for another sign-in.
    """
    attempt = Attempt(web, provider)
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(attempt)) as server:
        server.daemon_threads = True
        server.block_on_close = False
        serving = threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        serving.start()
        try:
            address = attempt.address(server.server_port)
            say("Opening a browser; if none shows up, open" if opens else "Open on this machine")
            say(address)
            if opens:
                webbrowser.open(address)
            if not attempt.ended.wait(timeout_s):
                raise TimedOutError(
                    "nobody signed in in the browser in time; without one on this machine use: "
                    "rise login --device"
                )
        finally:
            server.shutdown()
    if attempt.failure:
        raise attempt.failure
    return attempt.tokens


def _handler(attempt: Attempt) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = SILENT_S
        server_version = "rise"
        sys_version = ""

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if f"http://{self.headers.get('Host')}{parts.path}" != attempt.redirect:
                self._show(HTTPStatus.NOT_FOUND, "Nothing here", "Go on in the terminal.")
                return
            status, title, text = attempt.come_back(parts.query)
            self._show(status, title, text)
            if attempt.tokens or attempt.failure:
                attempt.ended.set()

        def _show(self, status: HTTPStatus, title: str, text: str) -> None:
            page = PAGE.format(title=title, text=text).encode()
            self.send_response(status)
            for name, value in {**HEADERS, "Content-Length": str(len(page))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
            """Say nothing: the query holds the code."""

    return Handler
