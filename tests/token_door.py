"""A platform's token server and registry, as clients without a will of their own ask them."""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import jwt
from oci import Registry, Scope
from shop import Shop
from web import Answer, TokenOf, Web

PATH = "/registry/token"
FORM = ("Content-Type", "application/x-www-form-urlencoded")


@dataclass(frozen=True)
class Login:
    """A user name and a password for a registry."""

    username: str
    password: str


def scope(repository: str, actions: str = "pull") -> str:
    """Return how a client asks for something of a repository."""
    return f"repository:{repository}:{actions}"


def access(answer: Answer) -> dict[str, list[str]]:
    """Return what the token of an answer opens: actions by repository."""
    assert answer.code == HTTPStatus.OK, (answer.code, answer.body)
    claims: dict[str, Any] = jwt.decode(answer.json["token"], options={"verify_signature": False})
    return {each["name"]: each["actions"] for each in claims["access"]}


@dataclass(frozen=True)
class Door:
    """The backend `web`, where tokens of the registry at `host` are made."""

    web: Web
    host: str

    def get(self, login: Login | None, *scopes: str) -> Answer:
        """Ask as docker does."""
        query = urlencode([("service", self.host), *(("scope", each) for each in scopes)])
        headers: list[tuple[str, str]] = []
        if login:
            pair = base64.b64encode(f"{login.username}:{login.password}".encode()).decode()
            headers = [("Authorization", f"Basic {pair}")]
        return self.web.get(f"{PATH}?{query}", "", *headers)

    def post(self, login: Login, *scopes: str, **more: str) -> Answer:
        """Ask as containerd does first."""
        given = {"grant_type": "password", "service": self.host, "scope": " ".join(scopes)}
        form = {**given, "username": login.username, "password": login.password, **more}
        return self.web.ask("POST", PATH, headers=[FORM], body=urlencode(form).encode())

    def opened(self, login: Login, *scopes: str) -> dict[str, list[str]]:
        """Return what somebody gets of `scopes`."""
        return access(self.get(login, *scopes))

    def registry(self, login: Login, *, post: bool = False) -> Registry:
        """Return the registry, asked with tokens for `login`."""
        ask = self.post if post else self.get

        def token(scopes: Sequence[Scope]) -> str:
            answer = ask(login, *(scope(*each) for each in scopes))
            assert answer.code == HTTPStatus.OK, answer.body
            return str(answer.json["token"])

        return self.bearing(token)

    def bearing(self, token: Callable[[Sequence[Scope]], str]) -> Registry:
        """Return the registry, asked with whatever `token` gives."""
        return Registry(self.host, token, self.web.trust)

    def login(self, project: str, session: str, *actions: str) -> Login:
        """Return a person's new login to a project."""
        given = {"actions": list(actions)} if actions else {}
        answer = self.web.send("POST", f"/projects/{project}/registry/login", given, session)
        assert answer.code == HTTPStatus.CREATED, answer.body
        return Login(answer.json["username"], answer.json["password"])


def robot_of(shop: Shop) -> Login:
    """Return what a project's pods pull with."""
    config = json.loads(base64.b64decode(shop.secret()["data"][".dockerconfigjson"]))
    (entry,) = config["auths"].values()
    return Login(entry["username"], entry["password"])


def person(name: str, token_of: TokenOf) -> Login:
    """Return somebody's session as a login."""
    return Login(f"{name}@example.com", token_of(name))
