"""The CNCF distribution registry, which believes the tokens that Rise's own server signs.

https://distribution.github.io/distribution/spec/auth/token/
"""

import asyncio
import secrets
import ssl
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field

from rise_registry.configuration import RegistryConfiguration
from rise_registry.contract import (
    Action,
    Credential,
    Issued,
    Project,
    RegistryUnavailableError,
)
from rise_registry.signing import Authority, Signer
from rise_registry.statements import Kind, Statement, stated

SIGNING = Path("/etc/rise/registry-signing")  # a Secret as cert-manager writes it
TIMEOUT_S = 5.0
ALIVE = {HTTPStatus.OK, HTTPStatus.UNAUTHORIZED}  # the latter asks for a token: it is there


class DistributionOptions(BaseModel):
    """What a self-hosted registry needs: keys, and how long things last."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    certificate: Annotated[
        Path,
        Field(
            description="File with the signing certificate (PEM) of this program: common name "
            "rise-operator or rise-backend, issued by `authority`"
        ),
    ] = SIGNING / "tls.crt"
    key: Annotated[Path, Field(description="File with the certificate's EC P-256 key (PEM)")] = (
        SIGNING / "tls.key"
    )
    authority: Annotated[
        Path,
        Field(
            description="File with the CA's certificate (PEM), the one in the registry's "
            "`rootcertbundle`"
        ),
    ] = SIGNING / "ca.crt"
    service: Annotated[
        str, Field(description="`service` of the registry's token settings; its host when empty")
    ] = ""
    issuer: Annotated[str, Field(description="`issuer` of the registry's token settings")] = "rise"
    ca: Annotated[
        Path | None, Field(description="File with the CA of the registry's own TLS (PEM)")
    ] = None
    token_seconds: Annotated[
        int,
        Field(
            ge=1,
            le=300,
            description="How long a token lasts; the registry allows 60 s more",
        ),
    ] = 240
    pull_seconds: Annotated[
        int, Field(ge=2, le=30 * 86400, description="How long a project's pull credential lasts")
    ] = 86400
    push_seconds: Annotated[
        int, Field(ge=1, le=86400, description="How long a person's push login lasts")
    ] = 1800


class Distribution:
    """One registry at one address; a project's images live below its name."""

    Options = DistributionOptions

    def __init__(self, configuration: RegistryConfiguration, options: DistributionOptions) -> None:
        """Take the address and the keys' places; the first connection is made by `check`."""
        self.name = configuration.name
        self.host = configuration.host
        self.options = options
        self.service = options.service or configuration.host
        self.signer = Signer(options.certificate, options.key)
        self.authority = Authority(options.authority)
        self._url = configuration.url

    def repository(self, project: str) -> str:
        """Return host, port and the project's name."""
        return f"{self.host}/{project}"

    async def mint_pull(self, project: Project, credential_id: str) -> Credential:
        """Sign a pull credential; it counts once the Project's status names its id."""
        now = datetime.now(UTC)
        statement = Statement(
            kind=Kind.PULL,
            registry=self.name,
            id=credential_id,
            expires_at=now + timedelta(seconds=self.options.pull_seconds),
            project=project.name,
            project_uid=project.uid,
        )
        return self._credential(statement, {Action.PULL}, now)

    async def mint_push(self, project: Project, person: str) -> Credential:
        """Sign a login of `person` for one project; the right itself is asked at each token."""
        return self.login(person, project)

    def login(self, person: str, project: Project | None = None) -> Credential:
        """Sign a login of `person`: for one project, or for each that is theirs.

        Raises:
            RegistryError: the signing key cannot be used.
        """
        now = datetime.now(UTC)
        statement = Statement(
            kind=Kind.PUSH,
            registry=self.name,
            id=secrets.token_hex(8),
            expires_at=now + timedelta(seconds=self.options.push_seconds),
            person=person,
            project=project.name if project else "",
            project_uid=project.uid if project else "",
        )
        return self._credential(statement, {Action.PULL, Action.PUSH}, now)

    def _credential(self, statement: Statement, actions: set[Action], now: datetime) -> Credential:
        repositories = (self.repository(statement.project),) if statement.project else ()
        return Credential(
            id=statement.id,
            registry=self.host,
            username=statement.username,
            password=stated(statement, self.signer, now),
            repositories=repositories,
            actions=frozenset(actions),
            issued_at=now,
            expires_at=statement.expires_at,
        )

    async def ensure_repository(self, project: Project) -> None:
        """Do nothing: a repository begins with its first push."""

    async def revoke(self, project: Project, keep: Collection[str] = ()) -> None:
        """Do nothing: a credential counts only while the Project's status names it."""

    async def delete_repository(self, project: Project) -> None:
        """Do nothing yet."""

    async def inventory(self) -> Sequence[Issued]:
        """Return nothing: the registry keeps no credentials."""
        return ()

    async def close(self) -> None:
        """Return: connections live as long as a call."""

    async def check(self) -> None:
        """Ask for `/v2/`, the protocol's version check.

        Raises:
            RegistryUnavailableError: no answer in five seconds, or one besides 200 and 401.
            RegistryError: the signing key cannot be used.
        """
        self.signer.check()
        try:
            async with asyncio.timeout(TIMEOUT_S):  # looking the name up included
                status = await asyncio.to_thread(self._version_check)
        except (OSError, HTTPException) as error:
            raise RegistryUnavailableError(
                f"registry {self.name} at {self._url} does not answer "
                f"({error or type(error).__name__}): check that it runs "
                "and that its address in the configuration is right"
            ) from error
        if status not in ALIVE:
            raise RegistryUnavailableError(
                f"registry {self.name} at {self._url} answers {status} to /v2/: "
                "check that its address in the configuration is that of a registry"
            )

    def _version_check(self) -> int:
        parts = urlsplit(self._url)
        host, port = parts.hostname or "", parts.port
        connection = (
            HTTPSConnection(host, port, timeout=TIMEOUT_S, context=self._trust())
            if parts.scheme == "https"
            else HTTPConnection(host, port, timeout=TIMEOUT_S)
        )
        try:
            connection.request("GET", "/v2/")
            return connection.getresponse().status
        finally:
            connection.close()

    def _trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.options.ca)
