"""A token server without servers: keys of a test's CA, Projects as the API server wrote them."""

import json
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import tokens
from signing import signing_keys

from rise_backend.errors import UnavailableError
from rise_backend.gateway.upstream import Caller
from rise_backend.identity.keys import Keys
from rise_backend.identity.verifier import Verifier
from rise_backend.metrics import Metrics
from rise_backend.registry.callers import Callers
from rise_backend.registry.grants import Grants
from rise_backend.registry.offered import Offers, Place, place
from rise_backend.registry.rights import Rights
from rise_backend.registry.server import TokenServer
from rise_registry.configuration import RegistryConfiguration
from rise_registry.contract import Action
from rise_registry.signing import Signer
from rise_registry.statements import SIGNED_BY, Kind, Statement, stated

HOST, OTHER = "registry.test:5000", "second.test:5000"
ID = "00112233445566ff"
PROGRAMS = {"rise-operator": "operator", "rise-backend": "backend"}


def later(seconds: float = 3600) -> datetime:
    """Return a moment from now."""
    return datetime.now(UTC) + timedelta(seconds=seconds)


def offers(folder: Path, **more: Any) -> Offers:
    """Return two self-hosted registries of one CA: `local`, the default, and `second`."""
    keys = signing_keys(folder, "backend")
    signing_keys(folder, "operator")
    return Offers(
        (
            RegistryConfiguration(
                name=name, provider="distribution", url=f"https://{host}", options=keys, **more
            )
            for name, host in (("local", HOST), ("second", OTHER))
        ),
        "local",
    )


def pull(**differs: Any) -> Statement:
    """Return what shop's pull credential says."""
    said = Statement(
        kind=Kind.PULL,
        registry="local",
        id=ID,
        expires_at=later(),
        project="shop",
        project_uid="uid-shop",
        actions=frozenset({Action.PULL}),
    )
    return replace(said, **differs)


def login(**differs: Any) -> Statement:
    """Return what alice's login says, to every project that is hers."""
    said = Statement(
        kind=Kind.PUSH,
        registry="local",
        id="8899aabbccddeeff",
        expires_at=later(),
        person="alice@example.com",
    )
    return replace(said, **differs)


def password(statement: Statement, folder: Path) -> str:
    """Return `statement` as whose it is signs it, with the keys in `folder`."""
    program = PROGRAMS[SIGNED_BY[statement.kind]]
    signer = Signer(folder / f"{program}.crt", folder / f"{program}.key")
    return stated(statement, signer, datetime.now(UTC))


def project(
    name: str = "shop",
    *,
    ids: Mapping[str, datetime] | None = None,
    repository: str | None = None,
    status: Mapping[str, Any] | None = None,
    spec: Mapping[str, Any] | None = None,
    **metadata: Any,
) -> Place:
    """Return a Project with a place at `local`, whose credential `ID` counts."""
    records = {ID: later()} if ids is None else ids
    published = {
        "provider": "distribution",
        "repository": f"{HOST}/{name}" if repository is None else repository,
        "credentials": [
            {"id": each, "expiresAt": end.isoformat()} for each, end in records.items()
        ],
    }
    return place(
        json.dumps(
            {
                "metadata": {"name": name, "uid": f"uid-{name}", **metadata},
                "spec": {"owner": {"user": "alice@example.com"}, **(spec or {})},
                "status": {"registry": published} if status is None else status,
            }
        ).encode()
    )


class Known(Rights):
    """Knows the Projects it is given, and who may do what: `(e-mail, action, project)`."""

    def __init__(
        self, projects: Collection[Place], allowed: Collection[tuple[str, str, str]] = ()
    ) -> None:
        self.projects = {each.metadata.name: each for each in projects}
        self.allowed = set(allowed)
        self.asked: list[tuple[str, str, str]] = []
        self.away = ""

    def place(self, project: str) -> Place | None:
        if self.away:
            raise UnavailableError(self.away)
        return self.projects.get(project)

    async def may(self, caller: Caller, action: Action, project: str) -> bool:
        question = (caller.identity.user, str(action), project)
        self.asked.append(question)
        if self.away:
            raise UnavailableError(self.away)
        return question in self.allowed


async def published_keys() -> dict[str, Any]:
    """Return the identity provider's keys."""
    return tokens.PUBLISHED


async def no_groups(_person: str) -> tuple[str, ...]:
    """Say that nobody was seen with a group."""
    return ()


def callers() -> Callers:
    """Return who knows the identity provider of the tests."""
    return Callers(Verifier(tokens.ISSUER, Keys(published_keys)), no_groups)


def server(registries: Offers, rights: Rights, metrics: Metrics | None = None) -> TokenServer:
    """Return a token server that nobody listens for."""
    grants = Grants(registries, rights)
    return TokenServer(registries, callers(), grants, metrics or Metrics(), ())
