"""A registry whose credential somebody brings along: GHCR, Docker Hub, anything with a password.

Nothing is made and nothing ends here: every project that may use the registry gets what the mounted
Secret holds, and people push with an account of their own.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any, cast

import aiohttp
from pydantic import BaseModel, ConfigDict, Field

from rise_registry.configuration import RegistryConfiguration
from rise_registry.contract import (
    Action,
    Credential,
    Issued,
    NotOfferedError,
    Project,
    RegistryError,
    RegistryUnavailableError,
)

CONFIGURATION = ".dockerconfigjson"
TIMEOUT = aiohttp.ClientTimeout(total=10, sock_connect=5)


class StaticOptions(BaseModel):
    """Where the credential is, and below which path the images."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    credential: Annotated[
        Path,
        Field(
            description="Folder of the mounted Secret: with `.dockerconfigjson`, or with "
            "`username` and `password`"
        ),
    ]
    prefix: Annotated[
        str,
        Field(
            pattern=r"^([a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*/)*$",
            max_length=128,
            description="Stands between the host and a project's name, like `acme/`",
        ),
    ] = ""
    api: Annotated[
        str,
        Field(
            pattern=r"^(https?://[^\s/@]+)?$",
            description="Where the registry answers, when not at the host that images are named "
            "after: https://registry-1.docker.io for docker.io",
        ),
    ] = ""


class Static:
    """One credential for all; projects differ by their paths alone."""

    Options = StaticOptions
    keeps_credentials = False

    def __init__(self, configuration: RegistryConfiguration, options: StaticOptions) -> None:
        """Take what there is to know; the credential is read whenever it is needed."""
        self.name = configuration.name
        self.host = configuration.host
        self.options = options
        self._api = options.api or configuration.url

    def repository(self, project: str) -> str:
        """Return host, prefix and the project's name."""
        return f"{self.host}/{self.options.prefix}{project}"

    async def check(self) -> None:
        """Read the credential, and ask for `/v2/`; whether it is taken is seen by the first pull.

        Raises:
            RegistryUnavailableError: no answer, or none of a registry.
            RegistryError: the credential cannot be read.
        """
        await asyncio.to_thread(self._read)
        try:
            async with (
                aiohttp.ClientSession(timeout=TIMEOUT) as session,
                session.get(f"{self._api}/v2/", allow_redirects=False) as answer,
            ):
                status = answer.status
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise RegistryUnavailableError(
                f"registry {self.name} at {self._api} does not answer "
                f"({str(error) or type(error).__name__}): check that it runs and that its address "
                "in the configuration is right"
            ) from error
        if status not in {HTTPStatus.OK, HTTPStatus.UNAUTHORIZED}:
            raise RegistryUnavailableError(
                f"registry {self.name} at {self._api} answers {status} to /v2/: check that its "
                "address in the configuration is that of a registry"
            )

    async def ensure_repository(self, project: Project) -> None:
        """Do nothing: whoever pushes first makes the repository, if the registry lets them."""

    async def mint_pull(self, project: Project, credential_id: str) -> Credential:
        """Return what the Secret holds now, for the project's path.

        Raises:
            RegistryError: it cannot be read.
        """
        username, password = await asyncio.to_thread(self._read)
        return Credential(
            id=credential_id,
            registry=self.host,
            username=username,
            password=password,
            repositories=(self.repository(project.name),),
            actions=frozenset({Action.PULL}),
            issued_at=datetime.now(UTC),
            expires_at=None,
        )

    async def mint_push(self, project: Project, person: str) -> Credential:
        """Refuse: the credential is for pulling."""
        raise NotOfferedError(
            f"registry {self.name} hands out no push credentials: push with an account of "
            f"{person}'s own to {self.repository(project.name)}"
        )

    async def revoke(self, project: Project, keep: Collection[str] = ()) -> None:
        """Do nothing: it ends where it was made."""

    async def delete_repository(self, project: Project) -> None:
        """Do nothing: the images belong to whoever pushed them."""

    async def inventory(self) -> Sequence[Issued]:
        """Return nothing: nothing is made here."""
        return ()

    async def close(self) -> None:
        """Return: connections live as long as a call."""

    def _read(self) -> tuple[str, str]:
        """Return user name and password; no message repeats what a file holds."""
        folder = self.options.credential
        try:
            if (folder / CONFIGURATION).exists():
                return self._configured((folder / CONFIGURATION).read_text())
            username = (folder / "username").read_text().strip()
            password = (folder / "password").read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            said = error.strerror if isinstance(error, OSError) else "it is no text"
            raise RegistryError(
                f"registry {self.name}: the credential in {folder} cannot be read ({said}): mount "
                f"a Secret with {CONFIGURATION}, or with username and password"
            ) from None
        return self._usable(username, password)

    def _configured(self, text: str) -> tuple[str, str]:
        where = f"registry {self.name}: {self.options.credential / CONFIGURATION}"
        try:
            entry = cast("dict[str, Any]", json.loads(text)["auths"][self.host])
            if "auth" in entry and not entry.get("password"):
                decoded = base64.b64decode(entry["auth"], validate=True).decode()
                username, _, password = decoded.partition(":")
            else:
                username, password = str(entry["username"]), str(entry["password"])
        except KeyError:
            raise RegistryError(
                f"{where} has no entry with a password for {self.host} in `auths`: add one"
            ) from None
        except (ValueError, TypeError, binascii.Error):
            raise RegistryError(f"{where} is no Docker configuration: write it anew") from None
        return self._usable(username, password)

    def _usable(self, username: str, password: str) -> tuple[str, str]:
        if not username or not password or ":" in username:
            raise RegistryError(
                f"registry {self.name}: the credential in {self.options.credential} needs a user "
                "name without colon and a password"
            )
        return username, password
