"""What every registry provider offers, what it hands out, and how it fails.

A provider is a class, found through the entry-point group `rise.registries`. It does I/O and
decides nothing: who may have what, and when, is for the operator (ensure, pull, revoke, delete)
and the backend (push). Both make it from the same configuration, each with its own account.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class RegistryError(Exception):
    """A registry cannot be used; the message says what to do, trying again does not help."""


class RegistryUnavailableError(RegistryError):
    """The registry did not answer, or not as a registry: try again later."""

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        """Say what is wrong, and how long the registry asked to be left alone (seconds)."""
        super().__init__(message)
        self.retry_after_s = retry_after_s


class RepositoryConflictError(RegistryError):
    """There are images under the project's name that are not this project's."""

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        """Say what is in the way, and when it ends by itself (seconds); None: never does."""
        super().__init__(message)
        self.retry_after_s = retry_after_s


class NotOfferedError(RegistryError):
    """The registry has nothing like this to give; the message says what people do instead."""


class Action(StrEnum):
    """What a credential may do; `delete` is nobody's."""

    PULL = "pull"
    PUSH = "push"


@dataclass(frozen=True)
class Project:
    """Whose images: the name alone may have been somebody else's before."""

    name: str
    uid: str


@dataclass(frozen=True)
class Credential:
    """A user name and a password for exactly one project's repositories."""

    id: str  # no secret: stands in the Project's status
    registry: str  # host, and port if any: the key in `auths` of a Docker configuration
    username: str
    password: str = field(repr=False)
    repositories: tuple[str, ...]  # host and path; everything below each
    actions: frozenset[Action]
    issued_at: datetime
    expires_at: datetime | None  # None only where the registry knows no end (`static`)


@dataclass(frozen=True)
class Issued:
    """A credential that the registry itself keeps, as it lists it."""

    project_uid: str
    id: str
    expires_at: datetime | None


class RegistryProvider(Protocol):
    """Somewhere images live.

    The class has an attribute `Options`, a pydantic model: the shape of `options` in its
    configuration. It is made as `Provider(configuration, options)`, without I/O: programs start
    while a registry is away. Every call may be repeated, and may run twice at once.

    It may have an attribute `keeps_credentials`: where that is False there is nothing to revoke
    and nothing to list, and nobody calls `revoke` and `inventory`.

    Every coroutine raises RegistryUnavailableError when trying again may help, and RegistryError
    when it cannot; cancelling one leaves nothing half-made that the next call does not mend.
    """

    def repository(self, project: str) -> str:
        """Return where the images of `project` live: host and path, without scheme and tag.

        Two projects never share one, and neither lies below the other's.
        """
        ...

    async def check(self) -> None:
        """Return when the registry answers and takes the account."""
        ...

    async def ensure_repository(self, project: Project) -> None:
        """Return when images of `project` have a place, which nobody else's images are in.

        The provider tells a project's own images from an earlier project's by the UID, so this may
        be called before every opening, also for a project that has images.

        Raises:
            RepositoryConflictError: an earlier project of the name left images there, or what was
                handed out for it has not ended (`retry_after_s`).
        """
        ...

    async def mint_pull(self, project: Project, credential_id: str) -> Credential:
        """Return a new credential that pulls from the project's repositories and does no more.

        The same `credential_id` (16 hex digits, chosen by the caller) may come twice, when the
        first answer was lost: the credential of the first call is then replaced or forgotten.
        """
        ...

    async def mint_push(self, project: Project, person: str) -> Credential:
        """Return a credential of minutes that pushes to and pulls from the project's repositories.

        `person` is the e-mail address of whom it is for: it stands in the registry's own records.

        Raises:
            NotOfferedError: people bring their own.
        """
        ...

    async def revoke(self, project: Project, keep: Collection[str] = ()) -> None:
        """End every pull credential of `project` but those whose id is in `keep`.

        A push credential ends too when `keep` is empty, or when its minutes are over.
        """
        ...

    async def delete_repository(self, project: Project) -> None:
        """Remove the images of `project`; return also when there are none.

        Images of an earlier project of the name are not touched: a project that was refused by
        `ensure_repository` has none.
        """
        ...

    async def inventory(self) -> Sequence[Issued]:
        """Return every credential that the registry keeps for Rise; none where it keeps none.

        A push credential is among them once its minutes are over: nothing else ends it then.
        """
        ...

    async def close(self) -> None:
        """Give connections back."""
        ...
