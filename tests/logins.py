"""Logins to the platform's registry: whose they are, what they open, a client that holds one."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from fixtures.people import Shell
from oci import Registry, Scope
from web import Answer, Web

from rise_cli.oidc import claims


def host(shell: Shell) -> str:
    """Return the registry's host, with port."""
    return shell.env["RISE_REGISTRY"].removeprefix("https://")


@dataclass(frozen=True)
class Login:
    """User name and password, as in an auth file: both in base64."""

    shell: Shell  # of whoever looks on: where the platform is
    basic: str

    @property
    def pair(self) -> tuple[str, str]:
        """User name and password."""
        name, _, password = base64.b64decode(self.basic).decode().partition(":")
        return name, password

    @property
    def backend(self) -> Web:
        """The token server."""
        return Web(self.shell.env["RISE_URL"], self.shell.env["RISE_CA_FILE"])

    def ask(self, scopes: Sequence[Scope]) -> Answer:
        """Ask the token server for `scopes`, by GET."""
        wanted = [("scope", f"repository:{name}:{actions}") for name, actions in scopes]
        query = urlencode([("service", host(self.shell)), *wanted])
        given = [("Authorization", f"Basic {self.basic}")]
        return self.backend.ask("GET", f"/registry/token?{query}", headers=given)

    def token(self, scopes: Sequence[Scope]) -> str:
        """Return a token of the registry's for whatever of `scopes` is granted."""
        answer = self.ask(scopes)
        assert answer.code == 200, answer.body
        return answer.json["token"]

    def granted(self, *repositories: str) -> dict[str, list[str]]:
        """Return what the registry would let a client do that asks to pull and push."""
        token = self.token([(each, "pull,push") for each in repositories])
        access: list[dict[str, Any]] = claims(token)["access"]
        return {each["name"]: sorted(each["actions"]) for each in access}

    @property
    def registry(self) -> Registry:
        """The platform's registry, to a client with this login."""
        return Registry(host(self.shell), self.token, self.backend.trust)


def minted(shell: Shell, project: str, *options: str) -> Login:
    """Return a new login of the shell's person for one project."""
    made = shell.json("rise", "registry", "login", project, "--print", *options)
    return _login(shell, made["username"], made["password"])


def helped(shell: Shell) -> Login:
    """Return a login as a client gets it from docker-credential-rise."""
    done = shell.run("docker-credential-rise", "get", stdin=f"https://{host(shell)}/v2/")
    made = json.loads(done.stdout)
    return _login(shell, made["Username"], made["Secret"])


def pods(administrator: Shell, project: str) -> Login:
    """Return what pods of `project` pull with, as the Secret in its namespace holds it."""
    arguments = ("-n", f"rise-{project}", "get", "secret", "rise-registry", "-o", "json")
    secret = administrator.json("kubectl", *arguments)
    held = json.loads(base64.b64decode(secret["data"][".dockerconfigjson"]))
    return Login(administrator, held["auths"][host(administrator)]["auth"])


def _login(shell: Shell, name: str, password: str) -> Login:
    return Login(shell, base64.b64encode(f"{name}:{password}".encode()).decode())
