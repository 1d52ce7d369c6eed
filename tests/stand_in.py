"""A stand-in for a product's HTTP API: stateful, and strict about what the product publishes.

It is no GitLab and no Harbor. Requests and its own answers are held to the recorded part of the
published description (tests/descriptions/): what does not fit is a problem that the test reports.
"""

import json
import re
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import jsonschema_rs
from trouble import served

DESCRIPTIONS = Path(__file__).parent / "descriptions"


@dataclass(frozen=True)
class Call:
    """A request: parts of the path by their names in the description, query and body."""

    path: Mapping[str, str]
    query: Mapping[str, Any]
    body: Any
    headers: Mapping[str, str]


Answer = tuple[int, Any]


class StandIn:
    """The server's side: operations by name, like `GET /projects/{id}`, answered one at a time."""

    def __init__(
        self, description: str, operations: Mapping[str, Callable[[Call], Answer]]
    ) -> None:
        """Answer the operations of tests/descriptions/<description>.json."""
        self.described: dict[str, Any] = json.loads((DESCRIPTIONS / description).read_text())
        self.operations = operations
        self.url = ""
        self.problems: list[str] = []
        self._left: int | None = None  # how many requests are answered before one fails
        self.loses: str | None = None  # the operation that is done, but whose answer gets lost
        self._routes = {
            name: re.compile("^" + re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(name)) + "$")
            for name in self.described["operations"]
        }
        self._one = threading.Lock()

    def fail_at(self, number: int | None) -> None:
        """Fail one request, after `number` that are answered; none if None."""
        self._left = number

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Return status and JSON; status 0: the connection breaks."""
        with self._one:
            return self._answer(method, target, headers, body)

    def _answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        parts = urlsplit(target)
        found = [
            (name, each.match(f"{method} {parts.path}")) for name, each in self._routes.items()
        ]
        matched = [(name, each) for name, each in found if each]
        if not matched:
            return self._problem(f"{method} {parts.path} is not described")
        name, match = matched[0]
        if self._left == 0:
            self._left = None
            return 503, {"message": "down"}
        self._left = None if self._left is None else self._left - 1
        call = Call(
            {key: unquote(value) for key, value in match.groupdict().items()},
            {key: _typed(value) for key, value in parse_qsl(parts.query)},
            json.loads(body) if body else None,
            headers,
        )
        described = self.described["operations"][name]
        query = {
            "type": "object",
            "additionalProperties": False,
            "properties": described.get("query", {}),
        }
        if wrong := self._wrong(query, call.query) or self._wrong(
            described.get("body", {"type": "null"}), call.body
        ):
            return self._problem(f"{name}: {wrong}")
        status, said = self.operations[name](call)
        schema = described["answers"].get(str(status))
        if schema is None and status not in {401, 403}:
            return self._problem(f"{name}: {status} is not described")
        if schema is not None and (wrong := self._wrong(schema, said)):
            return self._problem(f"{name}: our answer: {wrong}")
        return (0, None) if self.loses == name else (status, said)

    def _wrong(self, schema: Any, said: Any) -> str:
        whole = {**schema, "definitions": self.described.get("definitions", {})}
        return "; ".join(
            each.message for each in jsonschema_rs.validator_for(whole).iter_errors(said)
        )

    def _problem(self, text: str) -> Answer:
        self.problems.append(text)
        return 400, {"message": text}


def _typed(value: str) -> Any:
    if value in {"true", "false"}:
        return value == "true"
    return int(value) if value.isdigit() else value


@contextmanager
def serving(stand_in: StandIn) -> Generator[None]:
    """Serve it at a free port of this machine, and set its `url`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, said = stand_in.answer(self.command, self.path, dict(self.headers), body)
            if status == 0:
                self.close_connection = True
                return
            sent = b"" if said is None else json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
            """Say nothing."""

    with served(Handler) as stand_in.url:
        yield
