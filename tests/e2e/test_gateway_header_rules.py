"""The rules on headers, framing and upgrades, line by line: bytes that no client would send.

Each request asks the API server who is asking, as mallory; the answer is hers, or a refusal.
"""

import base64
import json
import re
from dataclasses import dataclass
from http import HTTPStatus

import pytest
from fixtures.people import Shell, project
from watching import watch
from web import TokenOf, Web

from rise_backend.app import REQUEST_ID

pytestmark = pytest.mark.e2e
REVIEWS = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
REVIEW = json.dumps({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"})
LONG = "apiserver_longrunning_requests{"
HERSELF = "rise:mallory@example.com"
BAD, UNKNOWN, NO_UPGRADE, TOO_LARGE = "400", "401", "501", "413"
STATUS = re.compile(rb"^HTTP/1.1 (?!100)([0-9]{3})", re.MULTILINE)


@dataclass(frozen=True)
class Case:
    """Lines of a head (TOKEN: hers), and what comes of it; without body, hers is sent as usual."""

    lines: str
    outcome: str
    body: str | None = None


CASES = {
    # Impersonate-* and X-Remote-* are refused, names compared in lower case with - for _
    "impersonation in any case": Case("iMpErSoNaTe-UsEr: system:admin", BAD),
    "impersonation with underscores": Case("Impersonate_User: system:admin", BAD),
    "impersonation with both": Case("IMPERSONATE_EXTRA-Scopes%2fx: y", BAD),
    "an impersonated group": Case("Impersonate-Group: system:masters", BAD),
    "an impersonated uid": Case("impersonate-uid: 0", BAD),
    "impersonation of nobody": Case("Impersonate-User:", BAD),
    "impersonation in words to come": Case("Impersonate-Whatever: x", BAD),
    "impersonation of herself": Case(f"Impersonate-User: {HERSELF}", BAD),
    "impersonation after a space": Case("X: a\r\n Impersonate-User: system:admin", BAD),
    "impersonation after a tab": Case("X: a\r\n\tImpersonate-User: system:admin", BAD),
    "impersonation before a space": Case("Impersonate-User : system:admin", BAD),
    "impersonation after a bare CR": Case("X: a\rImpersonate-User: system:admin", BAD),
    "impersonation after a bare LF": Case("X: a\nImpersonate-User: system:admin", BAD),
    "impersonation after a NUL": Case("X: a\0Impersonate-User: system:admin", BAD),
    "a front proxy's user": Case("X-Remote-User: system:admin", BAD),
    "a front proxy's group": Case("X_REMOTE_GROUP: system:masters", BAD),
    "a front proxy's extra": Case("x-remote-extra-scopes: x", BAD),
    # Connection and all that it lists, Upgrade, Proxy-*, TE, Forwarded, X-Forwarded-*: dropped
    "Connection names the token": Case("Connection: close, Authorization", HERSELF),
    "Connection names what is added": Case("Connection: close, Impersonate-User", HERSELF),
    "Connection names the type": Case("Connection: Content-Type", HERSELF),
    "TE": Case("TE: trailers, deflate", HERSELF),
    "Keep-Alive": Case("Keep-Alive: timeout=999", HERSELF),
    "Proxy-Authorization": Case("Proxy-Authorization: Bearer TOKEN", HERSELF),
    "Proxy-Connection": Case("Proxy-Connection: Impersonate-User", HERSELF),
    "Forwarded": Case("Forwarded: for=127.0.0.1;host=kubernetes", HERSELF),
    "X-Forwarded-*": Case(
        "X-Forwarded-User: a\r\nX-Forwarded-For: ::1\r\nX-Forwarded-Uri: /", HERSELF
    ),
    "Via": Case("Via: 1.1 kubernetes", HERSELF),
    # an allow list: what is not on it means nothing
    "cookies": Case("Cookie: token=TOKEN; user=system:admin", HERSELF),
    "a method in a header": Case("X-HTTP-Method-Override: DELETE", HERSELF),
    "a path in a header": Case("X-Original-URL: /api/v1/secrets\r\nX-Rewrite-URL: /", HERSELF),
    "another origin": Case("Origin: https://evil.example", HERSELF),
    "letters that are none": Case("X: \xff\xfe", HERSELF),
    # one token, from Authorization alone
    "another token": Case("Authorization: Bearer a.b.c", UNKNOWN),
    "the same token twice": Case("Authorization: Bearer TOKEN", UNKNOWN),
    "a password beside it": Case("Authorization: Basic YTpi", UNKNOWN),
    "an empty one beside it": Case("Authorization:", UNKNOWN),
    # either Content-Length or chunks, never both, and only what everybody reads alike
    "two lengths": Case("Content-Length: 5", BAD),
    "a length and chunks": Case("Transfer-Encoding: chunked", BAD),
    "chunks and a length": Case(
        "Transfer-Encoding: chunked\r\nContent-Length: 5", BAD, "0\r\n\r\n"
    ),
    "chunks in other letters": Case(
        "transfer-encoding: Chunked\r\ncontent-length: 5", BAD, "0\r\n\r\n"
    ),
    "chunks that are none": Case("Transfer-Encoding: xchunked", BAD, "0\r\n\r\n"),
    "chunks with a space": Case("Transfer-Encoding : chunked", BAD, "0\r\n\r\n"),
    "chunks after a tab": Case("Transfer-Encoding:\x0bchunked", BAD, "0\r\n\r\n"),
    "chunks in two layers": Case("Transfer-Encoding: chunked, identity", BAD, "0\r\n\r\n"),
    "a length with a sign": Case("Content-Length: +5", BAD, "12345"),
    "a length below zero": Case("Content-Length: -1", BAD, ""),
    "a length in other digits": Case("Content-Length: 0x5", BAD, "12345"),
    "a length beyond counting": Case("Content-Length: 99999999999999999999999", BAD, ""),
    "a list of lengths": Case("Content-Length: 5, 5", BAD, "12345"),
    "a chunk beyond counting": Case("Transfer-Encoding: chunked", BAD, "fffffffffffffffff\r\nx"),
    "a chunk that is none": Case("Transfer-Encoding: chunked", BAD, "x\r\n"),
    "a body over the limit": Case("Content-Length: 4000000", TOO_LARGE, ""),
    "a body over the limit, asked for first": Case(
        "Expect: 100-continue\r\nContent-Length: 4000000", TOO_LARGE, ""
    ),
    "impersonation after the body": Case(
        "Transfer-Encoding: chunked",
        HERSELF,
        f"{len(REVIEW):x}\r\n{REVIEW}\r\n0\r\nImpersonate-User: system:admin\r\n\r\n",
    ),
    "another token after the body": Case(
        "Transfer-Encoding: chunked\r\nTrailer: Authorization",
        HERSELF,
        f"{len(REVIEW):x};a=b\r\n{REVIEW}\r\n0\r\nAuthorization: Bearer a.b.c\r\n\r\n",
    ),
    "a body that is asked for": Case("Expect: 100-continue", HERSELF),
    "an expectation that is none": Case("Expect: the-unexpected", HERSELF),
    # what leaves HTTP is refused
    "an upgrade": Case("Connection: Upgrade\r\nUpgrade: websocket", NO_UPGRADE),
    "an upgrade to HTTP/2": Case(
        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__",
        NO_UPGRADE,
    ),
    "an upgrade that Connection does not name": Case("Upgrade: SPDY/3.1", NO_UPGRADE),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_request_is_hers_or_is_refused(door: Web, token_of: TokenOf, case: Case) -> None:
    token = token_of("mallory")
    body = REVIEW if case.body is None else case.body
    length = [f"Content-Length: {len(REVIEW)}"] if case.body is None else []
    lines = [
        f"POST {REVIEWS} HTTP/1.1",
        "Host: evil.example",
        f"Authorization: Bearer {token}",
        "Content-Type: application/json",
        *length,
        case.lines.replace("TOKEN", token),
        "Connection: close",
        "",
        body,
    ]
    received = door.raw("\r\n".join(lines).encode("latin-1"))
    codes = STATUS.findall(received)
    assert len(codes) == 1, received
    if case.outcome != HERSELF:
        assert codes[0].decode() == case.outcome, received
        return
    assert codes[0] == b"201", received
    answer = json.loads(received[received.rindex(b'{"kind"') :].split(b"\r\n")[0])
    assert answer["status"]["userInfo"]["username"] == HERSELF


@pytest.mark.parametrize("upgrade", [True, False], ids=["with an upgrade", "without"])
def test_a_token_beside_authorization_is_none(
    door: Web, token_of: TokenOf, *, upgrade: bool
) -> None:
    """kubectl in a browser has no other place for it: as a WebSocket's protocol."""
    token = base64.urlsafe_b64encode(token_of("alice").encode()).decode().rstrip("=")
    protocol = f"base64url.bearer.authorization.k8s.io.{token}, base64.binary.k8s.io"
    headers = [("Sec-WebSocket-Protocol", protocol), ("Sec-WebSocket-Version", "13")]
    if upgrade:
        headers += [("Connection", "Upgrade"), ("Upgrade", "websocket")]
    answer = door.get("/version", "", *headers)
    expected = HTTPStatus.NOT_IMPLEMENTED if upgrade else HTTPStatus.UNAUTHORIZED
    assert answer.code == expected
    assert token not in answer.body.decode()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("abc-1.2_3", True),
        ("a" * 65, False),
        ("a b", False),
        ('"<script>', False),
        ("", False),
        ("é", False),
    ],
)
def test_a_request_id_is_taken_over_if_it_is_one(
    door: Web, token_of: TokenOf, given: str, *, kept: bool
) -> None:
    answer = door.get("/version", token_of("mallory"), ("X-Request-Id", given))
    (returned,) = answer.headers.get_all("x-request-id", [])
    assert (returned == given) is kept
    assert REQUEST_ID.fullmatch(returned.encode())


def test_an_answer_says_nothing_of_the_connection_behind(door: Web, token_of: TokenOf) -> None:
    for path in ("/version", "/openapi/v2", "/api/v1/nodes", "/apis/rise.dev/v1alpha1/projects"):
        answer = door.get(path, token_of("mallory"))
        for name in ("connection", "keep-alive", "server", "set-cookie", "trailer", "upgrade"):
            assert name not in answer.headers, (path, name)


def test_a_stream_ends_behind_the_gateway_when_its_client_goes(
    alice: Shell, administrator: Shell, door: Web, token_of: TokenOf, prefix: str
) -> None:
    def watched() -> float:
        metrics = administrator.kubectl("get", "--raw", "/metrics").splitlines()
        ours = [line for line in metrics if line.startswith(LONG) and '"replicasets"' in line]
        return sum(float(line.split()[-1]) for line in ours)

    alice.apply(project(prefix, owner={"user": "alice@example.com"}))
    alice.kubectl("wait", "--for=condition=Ready", f"project/{prefix}", "--timeout=60s")
    before = watched()
    with watch(door, token_of("alice"), f"/apis/apps/v1/namespaces/rise-{prefix}/replicasets"):
        assert watched() == before + 1
    alice.until(lambda: watched() == before, "the API server's watch has ended")
