"""One request to the API server as somebody, over connections that stay open."""

import json
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import urllib3

RISE = "/apis/rise.dev/v1alpha1"
CORE = "/api/v1"
RBAC = "/apis/rbac.authorization.k8s.io/v1"
MERGE = "application/merge-patch+json"
APPLY = "application/apply-patch+yaml"
PATIENCE_S = 60.0
PAUSE_S = 0.5
# No decision: a server that is busy, or not sure, asks to be asked again.
UNDECIDED = frozenset(
    {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)


@dataclass(frozen=True)
class Person:
    """Whom the API server takes a request from.

    The administrator asks in everybody's name; with `account`, that ServiceAccount does.
    """

    user: str = ""
    groups: tuple[str, ...] = ()
    account: str = ""
    extra: tuple[tuple[str, str], ...] = ()

    @property
    def email(self) -> str:
        return self.user.removeprefix("rise:")

    def also(self, *groups: str) -> "Person":
        return replace(self, groups=(*self.groups, *groups))

    def through(self, account: str) -> "Person":
        return replace(self, account=account)

    def headers(self) -> list[tuple[str, str]]:
        user = [("Impersonate-User", self.user)] if self.user else []
        groups = [("Impersonate-Group", group) for group in self.groups]
        return [*user, *groups, *((f"Impersonate-Extra-{key}", value) for key, value in self.extra)]


@dataclass(frozen=True)
class Request:
    """A request; what would change something is only tried (dryRun=All) unless it is `real`."""

    method: str
    path: str
    body: Any = None
    type: str = "application/json"
    query: tuple[tuple[str, str], ...] = ()
    real: bool = False

    @property
    def target(self) -> str:
        dry = () if self.method == "GET" or self.real else (("dryRun", "All"),)
        query = urlencode([*self.query, *dry])
        return self.path + (f"?{query}" if query else "")

    def sent(self) -> str:
        """Return everything that the caller says."""
        return f"{self.target} {json.dumps(self.body)}"


@dataclass(frozen=True)
class Answer:
    """What the API server said."""

    code: int
    text: str

    @property
    def accepted(self) -> bool:
        return self.code < HTTPStatus.BAD_REQUEST

    @property
    def body(self) -> Any:
        return json.loads(self.text)

    @property
    def message(self) -> str:
        """Return what kubectl would print."""
        try:
            return str(self.body.get("message", self.text))
        except ValueError:
            return self.text


class ApiServer:
    """An API server that knows an administrator by certificate and accounts by token."""

    def __init__(self, url: str, admin: urllib3.PoolManager, trust: ssl.SSLContext) -> None:
        self._url = url
        self._admin = admin
        self._bare = urllib3.PoolManager(ssl_context=trust)
        self.tokens: dict[str, str] = {}

    def ask(self, who: Person, request: Request) -> Answer:
        headers = urllib3.HTTPHeaderDict({"Content-Type": request.type})
        for key, value in who.headers():
            headers.add(key, value)
        pool = self._admin
        if who.account:
            pool = self._bare
            headers["Authorization"] = f"Bearer {self.tokens[who.account]}"
        return decided(lambda: sent(pool, self._url, request, headers), request)

    def must(self, who: Person, request: Request) -> Any:
        """Ask for what has to work, and return the object."""
        answer = self.ask(who, request)
        assert answer.accepted, f"{request.method} {request.target}: {answer.message}"
        return answer.body

    def close(self) -> None:
        self._bare.clear()


def sent(
    pool: urllib3.PoolManager, url: str, request: Request, headers: Mapping[str, str]
) -> Answer:
    """Send a request once."""
    body = None if request.body is None else json.dumps(request.body).encode()
    response = pool.request(
        request.method, url + request.target, body=body, headers=headers, retries=False
    )
    return Answer(response.status, response.data.decode())


def decided(ask: Callable[[], Answer], request: Request) -> Answer:
    """Ask until there is a decision; what changes something is asked for once."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        answer = ask()
        if answer.code not in UNDECIDED or request.real or time.monotonic() > deadline:
            return answer
        time.sleep(PAUSE_S)


def really(request: Request) -> Request:
    return replace(request, real=True)


def create(kind: str, name: str, spec: Mapping[str, Any], **metadata: Any) -> Request:
    """Create a Project or Team; `name` may end in `-` to be completed."""
    called = {"generateName": name} if name.endswith("-") else {"name": name}
    return Request("POST", f"{RISE}/{kind}", _object(kind, {**called, **metadata}, spec))


def change(kind: str, name: str, **spec: Any) -> Request:
    """Merge into spec."""
    return merge(f"{RISE}/{kind}/{name}", {"spec": spec})


def mark(kind: str, name: str, **metadata: Any) -> Request:
    """Merge into metadata."""
    return merge(f"{RISE}/{kind}/{name}", {"metadata": metadata})


def publish(kind: str, name: str, **status: Any) -> Request:
    """Merge into status."""
    return merge(f"{RISE}/{kind}/{name}/status", {"status": status})


def apply(kind: str, name: str, spec: Mapping[str, Any], *, force: bool = True) -> Request:
    """Apply on the server's side."""
    query = (("fieldManager", "kubectl"), ("force", str(force).lower()))
    body = _object(kind, {"name": name}, spec)
    return Request("PATCH", f"{RISE}/{kind}/{name}", body, APPLY, query)


def get(kind: str, name: str) -> Request:
    return Request("GET", f"{RISE}/{kind}/{name}")


def listed(kind: str, *, only: str = "") -> Request:
    return Request("GET", f"{RISE}/{kind}", query=_only(only))


def delete(kind: str, name: str, **options: str) -> Request:
    return Request("DELETE", f"{RISE}/{kind}/{name}", query=tuple(options.items()))


def delete_collection(kind: str, *, only: str = "") -> Request:
    return Request("DELETE", f"{RISE}/{kind}", query=_only(only))


def merge(path: str, body: Mapping[str, Any]) -> Request:
    return Request("PATCH", path, body, MERGE)


def post(path: str, body: Mapping[str, Any]) -> Request:
    return Request("POST", path, body)


def _only(name: str) -> tuple[tuple[str, str], ...]:
    return (("fieldSelector", f"metadata.name={name}"),) if name else ()


def _object(kind: str, metadata: Mapping[str, Any], spec: Mapping[str, Any]) -> dict[str, Any]:
    singular = kind.removesuffix("s").capitalize()
    return {
        "apiVersion": "rise.dev/v1alpha1",
        "kind": singular,
        "metadata": dict(metadata),
        "spec": dict(spec),
    }
