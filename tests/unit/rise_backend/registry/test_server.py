"""Requests at `/registry/token`, from bytes to bytes: answers, refusals, what is written down."""

import base64
import json
import logging
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest
import token_server
from signing import signing_keys
from token_server import HOST, Known, login, password, project, pull

from rise_backend.metrics import Metrics
from rise_backend.registry import asked as asking
from rise_backend.registry.offered import Offers
from rise_backend.registry.server import TokenServer

ALICE = "alice@example.com"
WEB = "repository:shop/web:pull,push"
FORM = (b"content-type", b"application/x-www-form-urlencoded")


@dataclass
class Said:
    """What came back."""

    code: int = 0
    headers: dict[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> str:
        (only,) = self.json["errors"]
        assert only["message"]
        return str(only["code"])

    @property
    def access(self) -> Any:
        return jwt.decode(self.json["token"], options={"verify_signature": False})["access"]


@dataclass
class Door:
    """A token server, asked without a wire."""

    server: TokenServer
    rights: Known
    metrics: Metrics

    async def ask(
        self,
        method: str = "GET",
        query: str = "",
        headers: list[tuple[bytes, bytes]] | None = None,
        body: bytes = b"",
        client: str = "192.0.2.1",
    ) -> Said:
        said, parts = Said(), [body[:1000], body[1000:]]

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                said.code = message["status"]
                said.headers = {k.decode(): v.decode() for k, v in message["headers"]}
            else:
                said.body += message["body"]

        scope = {
            "type": "http",
            "method": method,
            "path": "/registry/token",
            "query_string": query.encode(),
            "headers": headers or [],
            "client": (client, 1),
        }
        await self.server(scope, receive, send)
        return said

    async def get(self, user: str, secret: str, *scopes: str, **more: str) -> Said:
        named = base64.b64encode(f"{user}:{secret}".encode())
        query = urlencode([("service", HOST), *(("scope", each) for each in scopes)])
        return await self.ask("GET", query, [(b"authorization", b"Basic " + named)], **more)  # pyright: ignore[reportArgumentType]

    async def post(self, **fields: str) -> Said:
        return await self.ask("POST", "", [FORM], urlencode({"service": HOST, **fields}).encode())

    def counted(self, outcome: str) -> float:
        line = f'rise_backend_registry_tokens_total{{outcome="{outcome}"}} '
        found = [each for each in self.metrics.text().decode().splitlines() if line in each]
        return float(found[0].rpartition(" ")[2]) if found else 0.0


@pytest.fixture
def door(registries: Offers) -> Door:
    """A token server that knows of shop, which is alice's."""
    rights = Known([project()], [(ALICE, "pull", "shop"), (ALICE, "push", "shop")])
    metrics = Metrics()
    return Door(token_server.server(registries, rights, metrics), rights, metrics)


async def test_nobody_is_asked_who_they_are(door: Door) -> None:
    said = await door.ask(query=f"service={HOST}&scope={WEB}")
    assert (said.code, said.error) == (HTTPStatus.UNAUTHORIZED, "UNAUTHORIZED")
    assert said.headers["www-authenticate"] == 'Basic realm="Rise", charset="UTF-8"'
    assert said.headers["cache-control"] == "no-store"
    assert "rise registry login" in said.body.decode()


@pytest.mark.row(116, via="unit")
async def test_get_and_post_answer_alike(door: Door, keys: Path) -> None:
    secret = password(login(), keys)
    got = await door.get(ALICE, secret, WEB)
    posted = await door.post(grant_type="password", username=ALICE, password=secret, scope=WEB)
    refreshed = await door.post(grant_type="refresh_token", refresh_token=secret, scope=WEB)
    for said in (got, posted, refreshed):
        assert said.code == HTTPStatus.OK
        assert said.headers["cache-control"] == "no-store"
        assert said.json["token"] == said.json["access_token"]
        assert said.access == [
            {"type": "repository", "name": "shop/web", "actions": ["pull", "push"]}
        ]
    assert "scope" not in got.json
    assert posted.json["scope"] == refreshed.json["scope"] == WEB
    assert not any("refresh_token" in said.json for said in (got, posted, refreshed))
    assert door.counted("granted") == 3


async def test_a_refresh_token_is_what_was_presented(door: Door, keys: Path) -> None:
    secret = password(pull(), keys)
    fields = {"grant_type": "password", "username": "robot+shop", "password": secret}
    said = await door.post(**fields, access_type="offline")
    assert said.json["refresh_token"] == secret
    again = await door.post(grant_type="refresh_token", refresh_token=secret, scope=WEB)
    assert [each["actions"] for each in again.access] == [["pull"]]


@pytest.mark.parametrize("scope", ["repository:other/web:pull", "registry:catalog:*", "x", ""])
async def test_nothing_is_a_token_for_nothing(door: Door, keys: Path, scope: str) -> None:
    said = await door.get("robot+shop", password(pull(), keys), scope)
    assert (said.code, said.access) == (HTTPStatus.OK, [])
    assert door.counted("nothing") == (1 if scope else 0)
    assert door.counted("granted") == (0 if scope else 1)  # a login without a scope is none


async def test_a_wrong_password_is_refused_and_never_told_why(door: Door, keys: Path) -> None:
    bodies: set[bytes] = set()
    for wrong in ("x", "a.b.c", password(pull(registry="second"), keys)):
        said = await door.get("robot+shop", wrong, WEB)
        assert (said.code, said.error) == (HTTPStatus.UNAUTHORIZED, "UNAUTHORIZED")
        assert said.headers["www-authenticate"].startswith("Basic ")
        bodies.add(said.body)
    assert len(bodies) == 1
    assert door.counted("refused") == 3


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"])
async def test_other_methods(door: Door, method: str) -> None:
    said = await door.ask(method, f"service={HOST}")
    assert (said.code, said.headers["allow"]) == (HTTPStatus.METHOD_NOT_ALLOWED, "GET, POST")
    assert said.error == "UNSUPPORTED"


@pytest.mark.parametrize(
    "query",
    ["", "service=", "service=other:5000", f"service={HOST}/", f"service={HOST.upper()}", "x=y"],
)
async def test_another_service(door: Door, keys: Path, query: str) -> None:
    named = base64.b64encode(f"robot+shop:{password(pull(), keys)}".encode())
    said = await door.ask(query=query, headers=[(b"authorization", b"Basic " + named)])
    assert (said.code, said.error) == (HTTPStatus.BAD_REQUEST, "UNSUPPORTED")


async def test_a_form_that_is_too_long(door: Door) -> None:
    said = await door.ask("POST", "", [FORM], b"x" * (asking.MAX_FORM_BYTES + 1))
    assert said.code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert said.error == "UNSUPPORTED"
    assert door.counted("invalid") == 1


@pytest.mark.parametrize("who", [("robot+shop", pull()), (ALICE, login())])
async def test_while_nothing_can_be_decided(door: Door, keys: Path, who: Any) -> None:
    user, statement = who
    door.rights.away = "projects and teams cannot be watched right now: try again in a moment"
    said = await door.get(user, password(statement, keys), WEB)
    assert (said.code, said.error) == (HTTPStatus.SERVICE_UNAVAILABLE, "UNAVAILABLE")
    assert int(said.headers["retry-after"]) >= 1
    assert "token" not in said.json
    assert door.counted("unavailable") == 1


async def test_without_a_key_to_sign_with(tmp_path: Path) -> None:
    rights = Known([project()])
    door = Door(token_server.server(token_server.offers(tmp_path), rights), rights, Metrics())
    secret = password(pull(), tmp_path)
    kept = (tmp_path / "backend.key").read_bytes()
    (tmp_path / "backend.key").unlink()
    said = await door.get("robot+shop", secret, WEB)
    assert (said.code, said.error) == (HTTPStatus.SERVICE_UNAVAILABLE, "UNAVAILABLE")
    assert str(tmp_path) not in said.body.decode()
    (tmp_path / "backend.key").write_bytes(kept)
    assert (await door.get("robot+shop", secret, WEB)).code == HTTPStatus.OK


async def test_whoever_fails_too_often_waits(door: Door, keys: Path) -> None:
    codes = [(await door.get("robot+shop", "x", WEB)).code for _ in range(40)]
    assert codes[0] == HTTPStatus.UNAUTHORIZED
    assert codes[-1] == HTTPStatus.TOO_MANY_REQUESTS
    said = await door.get("robot+shop", "x", WEB)
    assert said.error == "TOOMANYREQUESTS"
    assert int(said.headers["retry-after"]) >= 1
    assert door.counted("limited") > 0
    right = await door.get("robot+shop", password(pull(), keys), WEB)
    assert right.code == HTTPStatus.OK  # nobody is locked out by another's failures


async def test_an_address_fails_for_every_name(door: Door) -> None:
    codes = [(await door.get(f"robot+shop{number}", "x", WEB)).code for number in range(120)]
    assert codes[0] == HTTPStatus.UNAUTHORIZED
    assert codes[-1] == HTTPStatus.TOO_MANY_REQUESTS
    elsewhere = await door.get("robot+another", "x", WEB, client="198.51.100.1")
    assert elsewhere.code == HTTPStatus.UNAUTHORIZED


async def test_what_is_written_down(
    door: Door, keys: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    secret, wrong = password(pull(), keys), password(pull(registry="second"), keys)
    said = await door.get("robot+shop", secret, WEB)
    await door.get("robot+shop", wrong, WEB)
    granted, refused = (vars(record) for record in caplog.records)
    jti = jwt.decode(said.json["token"], options={"verify_signature": False})["jti"]
    assert {name: granted[name] for name in ("user", "caller", "registry", "jti")} == {
        "user": "robot+shop",
        "caller": "robot",
        "registry": "local",
        "jti": jti,
    }
    assert granted["granted"] == ["repository:shop/web:pull"]
    assert granted["asked"] == refused["asked"] == [WEB]
    assert granted["credential"] == token_server.ID
    assert (refused["user"], refused["address"]) == ("robot+shop", "192.0.2.1")
    written = str([granted, refused])
    for hidden in (secret, wrong, said.json["token"]):
        assert hidden.rpartition(".")[2] not in written


async def test_another_cas_keys_are_no_ones(door: Door, tmp_path: Path) -> None:
    signing_keys(tmp_path, "backend")
    said = await door.get(ALICE, password(login(), tmp_path), WEB)
    assert said.code == HTTPStatus.UNAUTHORIZED
