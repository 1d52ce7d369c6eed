"""Which registries an installation offers: from settings to providers."""

from collections import Counter
from collections.abc import Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Annotated, Any, Protocol
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from rise_registry.contract import RegistryError, RegistryProvider

GROUP = "rise.registries"
OWNER_PATTERN = r"^(user:[^\s@]+@[^\s@]+|team:[a-z]([-a-z0-9]*[a-z0-9])?)$"


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
    owners: Annotated[
        tuple[Annotated[str, Field(pattern=OWNER_PATTERN)], ...] | None,
        Field(
            description="Whose projects may use it, as `user:EMAIL` or `team:NAME`; everybody's "
            "when absent"
        ),
    ] = None
    options: Annotated[
        dict[str, Any],
        Field(description="What this provider needs besides; see the page of the provider"),
    ] = Field(default_factory=dict[str, Any], repr=False)

    @property
    def host(self) -> str:
        """Host, and port if any: how image names begin and Docker configurations call it."""
        return urlsplit(self.url).netloc

    def allows(self, owner: str) -> bool:
        """Tell whether projects of `owner` (`user:EMAIL` or `team:NAME`) may use it."""
        return self.owners is None or owner in self.owners


class ProviderClass(Protocol):
    """What an entry point of the group names."""

    Options: type[BaseModel]

    def __call__(
        self, configuration: RegistryConfiguration, options: BaseModel, /
    ) -> RegistryProvider:
        """Make a provider, without I/O."""
        ...


def load(configurations: Iterable[RegistryConfiguration]) -> dict[str, RegistryProvider]:
    """Return a provider for each configuration, by name, without speaking to a registry.

    Raises:
        RegistryError: a name stands twice, a provider is not installed, or its options are wrong
            (the message does not repeat them). One that is installed but broken fails with its
            own traceback.
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
    provider: ProviderClass = installed[configuration.provider].load()
    try:
        options = provider.Options.model_validate(configuration.options)
    except ValidationError as error:
        raise RegistryError(f"registry {configuration.name}: {_mistakes(error)}") from None
    return provider(configuration, options)


def _mistakes(error: ValidationError) -> str:
    """Return each mistake with where it is, without the values: one may be a secret."""
    found = error.errors(include_input=False, include_url=False, include_context=False)
    return "; ".join(
        f"{'.'.join(map(str, ('options', *each['loc'])))}: {each['msg']}" for each in found
    )
