"""Which registries an installation offers: from settings to providers."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from rise_registry.contract import RegistryError, RegistryProvider

GROUP = "rise.registries"


def _address(url: str) -> str:
    """Return scheme, host and port; the messages do not repeat a URL that may hold a password."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ValueError(f"the address of a registry must be a URL: {error}") from error
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("the address of a registry starts with http:// or https:// and a host")
    beside = (parts.path.rstrip("/"), parts.query, parts.fragment, parts.username, parts.password)
    if any(beside) or port == 0:
        raise ValueError(
            "the address of a registry is scheme, host and port alone, "
            "like https://registry.example.com:5000"
        )
    return f"{parts.scheme}://{parts.netloc}"


class RegistryConfiguration(BaseModel):
    """One registry, as the operator and the backend read it from their settings."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    name: Annotated[
        str,
        Field(
            pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
            max_length=63,
            description="What projects write into spec.registry",
        ),
    ]
    provider: Annotated[str, Field(min_length=1, description="An entry point of rise.registries")]
    url: Annotated[
        str, AfterValidator(_address), Field(description="Scheme, host and port, without a path")
    ]


def load(configurations: Iterable[RegistryConfiguration]) -> dict[str, RegistryProvider]:
    """Return a provider for each configuration, by name, without speaking to a registry.

    Raises:
        RegistryError: a name stands twice, or a provider is not installed. One that is
            installed but broken fails with its own traceback.
    """
    chosen = list(configurations)
    counted = Counter(each.name for each in chosen)
    twice = sorted(name for name, count in counted.items() if count > 1)
    if twice:
        raise RegistryError(f"registry {', '.join(twice)} is configured more than once: rename one")
    installed = {point.name: point for point in entry_points(group=GROUP)}
    return {each.name: _provider(each, installed) for each in chosen}


def _provider(
    configuration: RegistryConfiguration, installed: Mapping[str, EntryPoint]
) -> RegistryProvider:
    if configuration.provider not in installed:
        raise RegistryError(
            f"registry {configuration.name}: unknown provider {configuration.provider!r}; "
            f"installed: {', '.join(sorted(installed)) or 'none'}"
        )
    provider: Callable[[RegistryConfiguration], RegistryProvider] = installed[
        configuration.provider
    ].load()
    return provider(configuration)
