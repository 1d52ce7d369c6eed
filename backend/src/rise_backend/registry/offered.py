"""The registries of this installation, and which Projects have a place in one of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import msgspec

from rise_backend.errors import BackendError
from rise_registry.configuration import RegistryConfiguration, load
from rise_registry.contract import RegistryError, RegistryProvider
from rise_registry.distribution import Distribution


class _Metadata(msgspec.Struct, rename="camel"):
    name: str = ""
    uid: str = ""
    deletion_timestamp: str | None = None


class _Owner(msgspec.Struct):
    user: str | None = None
    team: str | None = None

    def __str__(self) -> str:
        return f"user:{self.user}" if self.user else f"team:{self.team}"


class _Spec(msgspec.Struct):
    owner: _Owner = msgspec.field(default_factory=_Owner)
    registry: str | None = None
    suspend: bool = False


class _Record(msgspec.Struct, rename="camel"):
    id: str
    expires_at: datetime | None = None


class _Published(msgspec.Struct):
    repository: str = ""
    credentials: list[_Record] = []


class _Status(msgspec.Struct):
    registry: _Published | None = None


class Place(msgspec.Struct):
    """The part of a Project that says where its images live, and who may pull them."""

    metadata: _Metadata
    spec: _Spec = msgspec.field(default_factory=_Spec)
    status: _Status = msgspec.field(default_factory=_Status)

    @property
    def uid(self) -> str:
        """The Project's UID."""
        return self.metadata.uid

    def counts(self, credential: str, now: datetime) -> bool:
        """Say whether the pull credential with this id counts."""
        records = self.status.registry.credentials if self.status.registry else []
        return any(
            record.id == credential and record.expires_at is not None and record.expires_at > now
            for record in records
        )


def place(raw: bytes) -> Place:
    """Return what a Project as the API server wrote it says of its images."""
    return msgspec.json.decode(raw, type=Place)


@dataclass(frozen=True)
class Offer:
    """One registry."""

    configuration: RegistryConfiguration
    provider: RegistryProvider

    @property
    def hosted(self) -> Distribution | None:
        """The provider, where this backend is the registry's token server."""
        return self.provider if isinstance(self.provider, Distribution) else None


class Offers:
    """Every registry, by name, by the service of its tokens and by host."""

    def __init__(self, configurations: Iterable[RegistryConfiguration], default: str) -> None:
        """Make the providers; nothing speaks to a registry.

        Raises:
            BackendError: the configuration makes no sense.
        """
        chosen = list(configurations)
        try:
            providers = load(chosen)
        except RegistryError as error:
            raise BackendError(str(error)) from error
        self.default = default
        self.all = [Offer(each, providers[each.name]) for each in chosen]
        self._named = {offer.configuration.name: offer for offer in self.all}
        self._services: dict[str, Offer] = {}
        for offer in self.all:
            if offer.hosted and self._services.setdefault(offer.hosted.service, offer) != offer:
                raise BackendError(
                    f"registry {offer.configuration.name}: another one has the service "
                    f"{offer.hosted.service}, too: give each its own"
                )

    def at(self, host: str) -> Offer | None:
        """Return the registry at `host`."""
        return next((each for each in self.all if each.configuration.host == host), None)

    def serving(self, service: str) -> Offer | None:
        """Return the registry whose tokens are for `service`."""
        return self._services.get(service)

    def of(self, project: Place) -> Offer | None:
        """Return the registry where the operator has said that a Project's images live.

        None: nobody may have credentials for them, or it is none of ours.
        """
        name, said = project.spec.registry or self.default, project.status.registry
        offer = self._named.get(name)
        if offer is None or said is None:
            return None
        if project.metadata.deletion_timestamp or project.spec.suspend:
            return None
        if not offer.configuration.allows(str(project.spec.owner)):
            return None
        expected = offer.provider.repository(project.metadata.name)
        return offer if said.repository == expected else None
