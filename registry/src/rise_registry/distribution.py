"""The CNCF distribution registry, which believes the tokens that Rise's own server signs.

https://distribution.github.io/distribution/spec/auth/token/
"""

import asyncio
import secrets
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from rise_registry import distribution_images as images
from rise_registry import distribution_owners as owners
from rise_registry import distribution_storage as storage
from rise_registry.configuration import RegistryConfiguration
from rise_registry.contract import (
    Action,
    Credential,
    Issued,
    Project,
    RepositoryConflictError,
)
from rise_registry.distribution_http import Connection, Place
from rise_registry.signing import Authority, Signer
from rise_registry.statements import Kind, Statement, stated

SIGNING = Path("/etc/rise/registry-signing")  # a Secret as cert-manager writes it
OWN_TOKEN_S = 240  # a clock two minutes ahead still takes what this program signs for itself
LEEWAY_S = 60  # for how long the registry takes a token after its end


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
    storage: Annotated[
        Path | None,
        Field(
            description="Root directory of the registry's storage, where it keeps images in files "
            "that the operator can reach: a deleted project's name is then free again"
        ),
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
    keeps_credentials = False

    def __init__(self, configuration: RegistryConfiguration, options: DistributionOptions) -> None:
        """Take the address and the keys' places; the first connection is made by `check`."""
        self.name = configuration.name
        self.host = configuration.host
        self.options = options
        self.service = options.service or configuration.host
        self.signer = Signer(options.certificate, options.key)
        self.authority = Authority(options.authority)
        place = Place(
            name=configuration.name,
            url=configuration.url,
            ca=options.ca,
            signer=self.signer,
            issuer=options.issuer,
            service=self.service,
            token_seconds=max(options.token_seconds, OWN_TOKEN_S),
        )
        self.connection = Connection(place)

    def repository(self, project: str) -> str:
        """Return host, port and the project's name."""
        return f"{self.host}/{project}"

    async def mint_pull(self, project: Project, credential_id: str) -> Credential:
        """Sign a pull credential; it counts once the Project's status names its id."""
        now = _this_second()
        statement = Statement(
            kind=Kind.PULL,
            registry=self.name,
            id=credential_id,
            expires_at=now + timedelta(seconds=self.options.pull_seconds),
            project=project.name,
            project_uid=project.uid,
            actions=frozenset({Action.PULL}),
        )
        return self._credential(statement, now)

    async def mint_push(self, project: Project, person: str) -> Credential:
        """Sign a login of `person` for one project; the right itself is asked at each token."""
        return self.login(person, project)

    def login(
        self,
        person: str,
        project: Project | None = None,
        actions: frozenset[Action] = frozenset(Action),
    ) -> Credential:
        """Sign a login of `person`: for one project, or for each that is theirs.

        Raises:
            RegistryError: the signing key cannot be used.
        """
        now = _this_second()
        statement = Statement(
            kind=Kind.PUSH,
            registry=self.name,
            id=secrets.token_hex(8),
            expires_at=now + timedelta(seconds=self.options.push_seconds),
            person=person,
            project=project.name if project else "",
            project_uid=project.uid if project else "",
            actions=actions,
        )
        return self._credential(statement, now)

    def _credential(self, statement: Statement, now: datetime) -> Credential:
        repositories = (self.repository(statement.project),) if statement.project else ()
        return Credential(
            id=statement.id,
            registry=self.host,
            username=statement.username,
            password=stated(statement, self.signer, now),
            repositories=repositories,
            actions=statement.actions,
            issued_at=now,
            expires_at=statement.expires_at,
        )

    async def ensure_repository(self, project: Project) -> None:
        """Mark the name as this project's; repositories themselves begin with their first push.

        What a deleted project's last pushes left is removed first. May be called again at any
        time, also for a project that has images.

        Raises:
            RepositoryConflictError: there are images under the name that are not this project's;
                with `retry_after_s`, when the name is free as soon as what was handed out for the
                earlier project has ended.
        """
        mark = await owners.read(self.connection, project.name)
        if mark and mark.uid == project.uid and not mark.deleted:
            return
        if mark and mark.deleted:
            self._rest(project, mark)
            await self._clear(project)
        if await self._remains(project):
            raise RepositoryConflictError(
                f"{self.repository(project.name)} has images of an earlier project: an "
                "administrator removes them from the registry's storage, or choose another "
                "name for the project"
            )
        await owners.write(self.connection, project.name, owners.Mark(project.uid))

    async def revoke(self, project: Project, keep: Collection[str] = ()) -> None:
        """Do nothing: a credential counts only while the Project's status names it."""

    async def delete_repository(self, project: Project) -> None:
        """Remove the project's images; those of an earlier project of the name stay.

        What is left without `storage` (a name in the catalogue, manifests without a tag) keeps the
        name from the next project.
        """
        mark = await owners.read(self.connection, project.name)
        if mark is None or mark.uid != project.uid:
            return
        if not mark.deleted:  # first, so that what is interrupted here goes on in `ensure`
            await owners.write(self.connection, project.name, owners.ended(project.uid))
        await self._clear(project)

    def _rest(self, project: Project, mark: owners.Mark) -> None:
        """Refuse a name while tokens of its earlier project may still push under it.

        Also where nothing was ever pushed: nobody counts who holds a token.
        """
        if not mark.deleted or mark.uid == project.uid:
            return
        free = mark.deleted + timedelta(seconds=self.options.token_seconds + LEEWAY_S)
        left = (free - datetime.now(UTC)).total_seconds()
        if left > 0:
            raise RepositoryConflictError(
                f"{self.repository(project.name)} was an earlier project's until a moment ago, and "
                f"tokens for it last until {free:%H:%M:%S} UTC: it is this project's then",
                retry_after_s=left,
            )

    async def _clear(self, project: Project) -> None:
        """Remove what stands under the name, as far as the registry lets us."""
        place = self.options.storage
        if place:
            links = await asyncio.to_thread(storage.links, place, project.name)
            await images.forget(self.connection, project.name, links)
            await asyncio.to_thread(storage.remove, place, project.name)
        else:
            async for repository in images.repositories(self.connection, project.name):
                await images.empty(self.connection, repository)

    async def _remains(self, project: Project) -> bool:
        async for _ in images.repositories(self.connection, project.name):
            return True
        place = self.options.storage
        return bool(place) and await asyncio.to_thread(storage.holds, place, project.name)

    async def inventory(self) -> Sequence[Issued]:
        """Return nothing: the registry keeps no credentials."""
        return ()

    async def close(self) -> None:
        """Give the connections back."""
        await self.connection.close()

    async def check(self) -> None:
        """Ask for `/v2/`, the protocol's version check, with a token of ours.

        Raises:
            RegistryUnavailableError: no answer in five seconds, or one besides 200.
            RegistryError: the signing key cannot be used, or the registry does not take it.
        """
        self.signer.check()
        answer = await self.connection.ask("GET", "/v2/")
        if answer.status != HTTPStatus.OK:
            raise self.connection.unexpected(answer, "/v2/")


def _this_second() -> datetime:
    """Return the time as statements say it: what is promised has not ended a moment earlier."""
    return datetime.now(UTC).replace(microsecond=0)
