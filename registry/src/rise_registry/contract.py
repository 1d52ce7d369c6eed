"""What every registry provider offers, and how it fails."""

from typing import Protocol


class RegistryError(Exception):
    """A registry cannot be used; the message says what to do."""


class RegistryUnavailableError(RegistryError):
    """The registry did not answer, or not as a registry: try again later."""


class RegistryProvider(Protocol):
    """Somewhere images live; a provider does I/O and decides nothing.

    It is made from its RegistryConfiguration alone, without I/O: programs start while a registry
    is away.
    """

    def repository(self, project: str) -> str:
        """Return where the images of `project` live: host and path, without scheme and tag.

        Two projects never share one, and neither lies below the other's.
        """
        ...

    async def check(self) -> None:
        """Return when the registry answers.

        Raises:
            RegistryUnavailableError: it does not, or not as a registry.
        """
        ...
