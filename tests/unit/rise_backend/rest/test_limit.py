"""How much REST reads, whatever a request says of its length."""

from collections.abc import MutableMapping
from http import HTTPStatus
from typing import Any

import pytest
from fastapi import FastAPI

from rise_backend.rest import problems
from rise_backend.rest.limit import MAX_BODY_BYTES, BodyLimit
from rise_backend.rest.signin_models import Login


def _app() -> FastAPI:
    app = FastAPI()
    problems.install(app)

    @app.post("/login")
    async def login(given: Login) -> str:
        return given.email

    del login
    return app


async def _code(parts: list[bytes], said: int | None) -> tuple[int, bytes]:
    """Send a body in parts; return the answer's code and content type."""
    left, sent = list(parts), list[MutableMapping[str, Any]]()

    async def receive() -> MutableMapping[str, Any]:
        if not left:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": left.pop(0), "more_body": bool(left)}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    length = [(b"content-length", str(said).encode())] if said is not None else []
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/login",
        "raw_path": b"/login",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json"), *length],
    }
    await BodyLimit(_app())(scope, receive, send)
    return sent[0]["status"], dict(sent[0]["headers"])[b"content-type"]


GOOD = b'{"email": "a@b.c", "password": "x"}'


@pytest.mark.parametrize(
    ("parts", "said", "code"),
    [
        pytest.param([GOOD], len(GOOD), HTTPStatus.OK, id="short"),
        pytest.param([GOOD[:9], GOOD[9:]], None, HTTPStatus.OK, id="in parts"),
        pytest.param([GOOD, b" " * (MAX_BODY_BYTES - len(GOOD))], None, HTTPStatus.OK, id="full"),
        pytest.param([GOOD, b" " * MAX_BODY_BYTES], None, 413, id="too long, in parts"),
        pytest.param([], MAX_BODY_BYTES + 1, 413, id="too long by its own word"),
        pytest.param([b"{"], 1, 400, id="no JSON"),
        pytest.param([b"{}"], 2, 422, id="no sign-in"),
    ],
)
async def test_a_body(parts: list[bytes], said: int | None, code: int) -> None:
    found, kind = await _code(parts, said)
    assert found == code
    expected = b"application/json" if code == HTTPStatus.OK else b"application/problem+json"
    assert kind == expected
