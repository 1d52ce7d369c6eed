"""Signing in in a browser on this machine: what comes back, and what is not let in."""

import base64
import hashlib
import http.client
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import replies
from fixtures.loopback import Loopback

from rise_cli import browser
from rise_cli.browser import browser_flow
from rise_cli.errors import NotSignedInError, RiseCliError, TimedOutError, UnreachableError
from rise_cli.oidc import Provider
from rise_cli.web import Web

Query = dict[str, str]


@dataclass
class SignIn:
    """A sign-in that waits for a browser, in a thread of its own."""

    dex: Loopback
    said: list[str] = field(default_factory=list[str])
    tokens: dict[str, Any] = field(default_factory=dict[str, Any])
    failed: list[RiseCliError] = field(default_factory=list[RiseCliError])
    begun: threading.Event = field(default_factory=threading.Event)
    timeout_s: float = 60.0

    def say(self, line: str) -> None:
        """Keep what the person is told; the second line is the address."""
        self.said.append(line)
        if len(self.said) > 1:
            self.begun.set()

    def run(self) -> None:
        """Sign in."""
        url = self.dex.url
        provider = Provider(url, "rise-cli", "openid", f"{url}/token", "", f"{url}/auth")
        try:
            self.tokens = browser_flow(
                Web(), provider, self.say, opens=False, timeout_s=self.timeout_s
            )
        except RiseCliError as error:
            self.failed.append(error)

    @property
    def asked(self) -> Query:
        """What the provider is asked for."""
        assert self.begun.wait(60)
        return dict(parse_qsl(urlsplit(self.said[1]).query))

    def visit(
        self, path: str, query: Query | str = "", host: str = "", method: str = "GET"
    ) -> tuple[int, str]:
        """Open an address of the waiting server; return status and page."""
        place = urlsplit(self.asked["redirect_uri"])
        connection = http.client.HTTPConnection("127.0.0.1", place.port or 0, timeout=60)
        text = query if isinstance(query, str) else urlencode(query)
        connection.request(method, f"{path}?{text}", headers={"Host": host or place.netloc})
        answer = connection.getresponse()
        page = answer.read().decode()
        connection.close()
        return answer.status, page

    def answer(self, **changes: str) -> tuple[int, str]:
        """Come back from the provider, with what `changes` says."""
        return self.visit("/callback", {"code": "c-1", "state": self.asked["state"], **changes})


@pytest.fixture
def sign_in(loopback: Loopback) -> Iterator[SignIn]:
    """Return a sign-in that has begun; at its end it is over."""
    begun = SignIn(loopback)
    loopback.call("POST", "/token", lambda _: (200, {"id_token": signed(begun.asked["nonce"])}))
    thread = threading.Thread(target=begun.run)
    thread.start()
    yield begun
    if not begun.tokens and not begun.failed:
        begun.answer()
    thread.join(60)
    assert not thread.is_alive()


def signed(nonce: str) -> str:
    """Return what looks like an ID token for a sign-in with `nonce`."""
    head, payload, tail = replies.token().split(".")
    said = json.loads(base64.urlsafe_b64decode(payload + "==")) | {"nonce": nonce}
    body = base64.urlsafe_b64encode(json.dumps(said).encode()).rstrip(b"=").decode()
    return f"{head}.{body}.{tail}"


def ended(sign_in: SignIn) -> None:
    """Wait until the sign-in has succeeded or failed."""
    for _ in range(1200):
        if sign_in.tokens or sign_in.failed:
            return
        threading.Event().wait(0.05)
    pytest.fail("the sign-in does not end")


def test_a_person_signs_in(sign_in: SignIn) -> None:
    asked = sign_in.asked
    assert asked["code_challenge_method"] == "S256"
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/callback", asked["redirect_uri"])
    status, page = sign_in.answer()
    assert (status, "Signed in" in page) == (200, True)
    ended(sign_in)
    assert sign_in.tokens["id_token"]
    (redeemed,) = sign_in.dex.asked("POST", "/token")
    digest = hashlib.sha256(redeemed.form["code_verifier"].encode()).digest()
    assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == asked["code_challenge"]
    assert redeemed.form["code"] == "c-1"
    assert redeemed.form["redirect_uri"] == asked["redirect_uri"]


@pytest.mark.row(85)
@pytest.mark.parametrize(
    "query",
    [
        pytest.param("code=evil&state={state}x", id="another state"),
        pytest.param("code=evil&state={state:.20}", id="a part of it"),
        pytest.param("code=evil&state=", id="an empty state"),
        pytest.param("code=evil", id="no state"),
        pytest.param("error=access_denied", id="a refusal without state"),
        pytest.param("code=evil&state={state}&state=x", id="two states"),
        pytest.param("code=evil&code=c-1&state={state}", id="two codes"),
        pytest.param("code=evil&state=%C3%A4", id="a state beyond ASCII"),
    ],
)
def test_a_foreign_answer_is_not_redeemed_and_ends_nothing(query: str, sign_in: SignIn) -> None:
    status, page = sign_in.visit("/callback", query.format(state=sign_in.asked["state"]))
    assert (status, "Not accepted" in page) == (400, True)
    assert sign_in.dex.asked("POST", "/token") == []
    assert sign_in.answer()[0] == 200
    ended(sign_in)
    assert [one.form["code"] for one in sign_in.dex.asked("POST", "/token")] == ["c-1"]


@pytest.mark.parametrize(
    ("path", "host", "method", "status"),
    [
        pytest.param("/", "", "GET", 404, id="the root"),
        pytest.param("/favicon.ico", "", "GET", 404, id="what browsers ask for besides"),
        pytest.param("/callback/", "", "GET", 404, id="a longer path"),
        pytest.param("/callback", "evil.test", "GET", 404, id="a name bound to this machine"),
        pytest.param("/callback", "", "POST", 501, id="a form"),
    ],
)
def test_nothing_else_is_served(
    path: str, host: str, method: str, status: int, sign_in: SignIn
) -> None:
    query = {"code": "c-1", "state": sign_in.asked["state"]}
    assert sign_in.visit(path, query, host, method)[0] == status
    assert sign_in.dex.asked("POST", "/token") == []


def test_one_answer_counts(sign_in: SignIn) -> None:
    redeeming, go_on = threading.Event(), threading.Event()

    def slowly(_: object) -> tuple[int, object]:
        redeeming.set()
        go_on.wait(60)
        return 200, {"id_token": signed(sign_in.asked["nonce"])}

    sign_in.dex.call("POST", "/token", slowly)
    first = threading.Thread(target=sign_in.answer)
    first.start()
    assert redeeming.wait(60)
    status, page = sign_in.answer(code="c-2")
    assert (status, "has had its answer" in page) == (409, True)
    go_on.set()
    first.join(60)
    ended(sign_in)
    assert [one.form["code"] for one in sign_in.dex.asked("POST", "/token")] == ["c-1"]


@pytest.mark.parametrize(
    ("reply", "brings", "error", "says"),
    [
        pytest.param(
            (200, {}), {"error": "access_denied", "code": "c"}, NotSignedInError, "refuses",
            id="an answer without a token",
        ),
        pytest.param(
            (400, {"error": "invalid_grant"}), {}, NotSignedInError, "invalid_grant",
            id="the code is not taken",
        ),
        pytest.param((503, b"away"), {}, UnreachableError, "503", id="the provider is away"),
        pytest.param(
            (200, {"id_token": "garbage"}), {}, NotSignedInError, "no token", id="no token"
        ),
        pytest.param(
            (200, {"id_token": signed("another")}), {}, NotSignedInError, "another sign-in",
            id="the token of another sign-in",
        ),
        pytest.param(
            (200, {"id_token": replies.token()}), {}, NotSignedInError, "another sign-in",
            id="a token without nonce",
        ),
    ],
)  # fmt: skip
def test_what_ends_it(
    reply: tuple[int, object],
    brings: Query,
    error: type[RiseCliError],
    says: str,
    sign_in: SignIn,
) -> None:
    sign_in.dex.on("POST", "/token", reply)
    status, page = sign_in.answer(**brings)
    assert (status, "The terminal says why" in page) == (400, True)
    ended(sign_in)
    assert isinstance(sign_in.failed[0], error)
    assert re.search(says, str(sign_in.failed[0]))


def test_the_person_says_no(sign_in: SignIn) -> None:
    query = {"error": "access_denied", "state": sign_in.asked["state"]}
    assert sign_in.visit("/callback", query)[0] == 400
    ended(sign_in)
    assert "access_denied" in str(sign_in.failed[0])
    assert sign_in.dex.asked("POST", "/token") == []


def test_nobody_comes_back(loopback: Loopback) -> None:
    late = SignIn(loopback, timeout_s=0.05)
    late.run()
    assert isinstance(late.failed[0], TimedOutError)
    assert "rise login --device" in str(late.failed[0])


@pytest.mark.parametrize(
    ("settings", "at_terminal", "usable"),
    [
        pytest.param({"DISPLAY": ":0"}, True, True, id="a desktop"),
        pytest.param({"WAYLAND_DISPLAY": "wayland-0"}, True, True, id="a newer desktop"),
        pytest.param({"DISPLAY": ":0"}, False, False, id="a script on a desktop"),
        pytest.param({}, True, False, id="a server's console"),
        pytest.param({"DISPLAY": ":10", "SSH_CONNECTION": "x"}, True, False, id="over SSH"),
    ],
)
def test_where_a_browser_is_opened(
    settings: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    *,
    at_terminal: bool,
    usable: bool,
) -> None:
    for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY", "SSH_CONNECTION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(browser.sys, "platform", "linux")
    monkeypatch.setattr(browser.sys.stderr, "isatty", lambda: at_terminal)
    assert browser.usable() is usable
