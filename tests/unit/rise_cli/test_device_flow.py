"""Signing in by the device flow (RFC 8628) at an identity provider of the test's own."""

import base64
import hashlib

import pytest
import replies
from fixtures.command_line import Rise
from fixtures.loopback import Loopback, Reply

from rise_cli import oidc
from rise_cli import session as sessions
from rise_cli.errors import NotSignedInError, RiseCliError, TimedOutError
from rise_cli.oidc import Provider, device_flow, discover
from rise_cli.web import Web

PENDING: Reply = (400, {"error": "authorization_pending"})
SLOWER: Reply = (400, {"error": "slow_down"})
CONFIGURATION = "/.well-known/openid-configuration"
DEVICE = {
    "device_code": "d-1",
    "user_code": "ABCD-EFGH",
    "verification_uri": "https://dex.test/device",
    "verification_uri_complete": "https://dex.test/device?user_code=ABCD-EFGH",
    "expires_in": 300,
    "interval": 0.01,
}


def confirmed() -> Reply:
    return 200, {"id_token": replies.token(), "refresh_token": "r-1"}


def provider(loopback: Loopback) -> Provider:
    return Provider(
        loopback.url,
        "rise-cli",
        "openid offline_access",
        f"{loopback.url}/token",
        f"{loopback.url}/device/code",
    )


@pytest.fixture
def dex(loopback: Loopback) -> Loopback:
    """Return a Rise server and its identity provider in one."""
    loopback.on(
        "GET",
        "/api/v1/config",
        (200, {"issuer": loopback.url, "clientId": "rise-cli", "scopes": ["openid", "email"]}),
    )
    loopback.on(
        "GET",
        CONFIGURATION,
        (
            200,
            {
                "issuer": loopback.url,
                "token_endpoint": f"{loopback.url}/token",
                "device_authorization_endpoint": f"{loopback.url}/device/code",
            },
        ),
    )
    loopback.on("POST", "/device/code", (200, DEVICE))
    loopback.on("GET", "/api/v1/me", (200, {"user": replies.ALICE}))
    return loopback


def test_a_person_signs_in(dex: Loopback, rise: Rise) -> None:
    dex.on("POST", "/token", PENDING, confirmed())
    ended = rise("login", "--server", f"{dex.url}/")
    assert ended.code == 0, ended.err
    assert ended.out == f"signed in to {dex.url} as {replies.ALICE}\n"
    assert "https://dex.test/device?user_code=ABCD-EFGH" in ended.err.splitlines()[0]
    assert "ABCD-EFGH" in ended.err.splitlines()[1]
    kept = sessions.load()
    assert (kept.user, kept.refreshToken, kept.server) == (replies.ALICE, "r-1", dex.url)
    assert kept.tokenEndpoint == f"{dex.url}/token"


def test_the_code_is_bound_to_who_asked_for_it(dex: Loopback, rise: Rise) -> None:
    dex.on("POST", "/token", confirmed())
    rise("login", "--server", dex.url)
    (begun,), (polled,) = dex.asked("POST", "/device/code"), dex.asked("POST", "/token")
    digest = hashlib.sha256(polled.form["code_verifier"].encode()).digest()
    assert begun.form == {
        "client_id": "rise-cli",
        "scope": "openid email",
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    assert polled.form["device_code"] == "d-1"


def test_somebody_else_confirmed(dex: Loopback, rise: Rise) -> None:
    dex.on("POST", "/token", confirmed())
    ended = rise("login", "--server", dex.url, "--email", "Bob@Example.com")
    assert ended.code == 4
    assert "alice@example.com confirmed, not bob@example.com" in ended.err
    with pytest.raises(NotSignedInError):
        sessions.load()


def test_the_right_person_in_capital_letters_confirmed(dex: Loopback, rise: Rise) -> None:
    dex.on("POST", "/token", confirmed())
    assert rise("login", "--server", dex.url, "--email", "Alice@Example.com").code == 0


def test_without_a_server_the_last_one_is_meant(dex: Loopback, rise: Rise) -> None:
    replies.session(dex.url, lasts_s=-1).save()
    dex.on("POST", "/token", confirmed())
    assert rise("login").code == 0
    assert sessions.load().refreshToken == "r-1"


def test_slower_is_slower_for_good(loopback: Loopback) -> None:
    loopback.on("POST", "/device/code", (200, {**DEVICE, "interval": 5}))
    loopback.on("POST", "/token", PENDING, SLOWER, PENDING, (503, b"away"), PENDING, confirmed())
    pauses: list[float] = []
    device_flow(Web(), provider(loopback), lambda _: None, pauses.append)
    assert pauses == [1.0, 5, 10, 10, 15, 15]


@pytest.mark.parametrize(
    ("reply", "error", "says"),
    [
        pytest.param(
            (400, {"error": "access_denied"}), NotSignedInError, "access_denied", id="refused"
        ),
        pytest.param((400, {"error": "expired_token"}), TimedOutError, "in time", id="too late"),
        pytest.param((200, {}), NotSignedInError, "rise login", id="an answer without token"),
    ],
)
def test_the_provider_ends_it(
    reply: Reply, error: type[RiseCliError], says: str, loopback: Loopback
) -> None:
    loopback.on("POST", "/device/code", (200, DEVICE))
    loopback.on("POST", "/token", reply)
    with pytest.raises(error, match=says):
        device_flow(Web(), provider(loopback), lambda _: None, lambda _: None)


@pytest.mark.row(84)
def test_nobody_confirms_in_time(loopback: Loopback) -> None:
    loopback.on("POST", "/device/code", (200, {**DEVICE, "expires_in": 0.05}))
    loopback.on("POST", "/token", PENDING)
    with pytest.raises(TimedOutError, match="rise login"):
        device_flow(Web(), provider(loopback), lambda _: None)


def test_the_address_alone_will_do(loopback: Loopback) -> None:
    short = {key: value for key, value in DEVICE.items() if key != "verification_uri_complete"}
    loopback.on("POST", "/device/code", (200, short))
    loopback.on("POST", "/token", confirmed())
    said: list[str] = []
    device_flow(Web(), provider(loopback), said.append)
    assert said == ["Open https://dex.test/device", "and compare the code: ABCD-EFGH"]


@pytest.mark.parametrize("missing", ["device_code", "user_code", "verification_uri", "expires_in"])
def test_an_answer_that_lacks_something_is_said(missing: str, loopback: Loopback) -> None:
    rest = {"verification_uri", "verification_uri_complete"} if "uri" in missing else {missing}
    some = {key: value for key, value in DEVICE.items() if key not in rest}
    loopback.on("POST", "/device/code", (200, some))
    with pytest.raises(RiseCliError, match="try again"):
        device_flow(Web(), provider(loopback), lambda _: None)


@pytest.mark.parametrize(
    ("path", "reply", "says"),
    [
        pytest.param("/api/v1/config", (404, b"nothing"), "no Rise server", id="not Rise"),
        pytest.param("/api/v1/config", (200, b"<html>"), "no Rise server", id="a web page"),
        pytest.param("/api/v1/config", (200, {"issuer": 1}), "no Rise server", id="no address"),
        pytest.param(
            "/api/v1/config", (200, {"issuer": "http://dex.test"}), "not https", id="no https"
        ),
        pytest.param("/api/v1/config", (503, b"away"), "answered 503", id="away"),
        pytest.param(CONFIGURATION, (404, b"nothing"), "ask an administrator", id="no issuer"),
        pytest.param(
            CONFIGURATION, (200, {"issuer": "https://evil.test"}), "say so", id="another issuer"
        ),
    ],
)
def test_a_server_that_cannot_be_trusted(
    path: str, reply: Reply, says: str, dex: Loopback, rise: Rise
) -> None:
    dex.on("GET", path, reply)
    ended = rise("login", "--server", dex.url)
    assert ended.code == 1
    assert says in ended.err
    assert len(ended.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("endpoint", "says"),
    [
        pytest.param(None, "offers no device flow", id="there is none"),
        pytest.param("http://dex.test/device", "not https", id="it is not private"),
        pytest.param("https://[", "not https", id="it is no address"),
    ],
)
def test_a_provider_without_a_private_device_flow(
    endpoint: str | None, says: str, dex: Loopback
) -> None:
    found = {"issuer": dex.url, "token_endpoint": f"{dex.url}/token"}
    offered = {"device_authorization_endpoint": endpoint} if endpoint else {}
    dex.on("GET", CONFIGURATION, (200, found | offered))
    with pytest.raises(RiseCliError, match=says):
        discover(Web(), dex.url)


@pytest.mark.parametrize(
    ("url", "private"),
    [
        pytest.param("https://rise.example.com", True, id="TLS"),
        pytest.param("http://127.0.0.1:8080", True, id="this machine"),
        pytest.param("http://[::1]:8080", True, id="this machine by IPv6"),
        pytest.param("http://rise.example.com", False, id="everybody may listen"),
        pytest.param(
            "http://127.0.0.1.evil.test", False, id="a name that begins like this machine"
        ),
        pytest.param("ftp://rise.example.com", False, id="another protocol"),
        pytest.param("https://", False, id="nobody"),
        pytest.param("rise.example.com", False, id="no scheme"),
    ],
)
def test_tokens_go_over_private_ways_alone(url: str, *, private: bool) -> None:
    assert oidc.private(url) is private
