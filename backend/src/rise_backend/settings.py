"""The environment, read once: `rise-backend --help` prints every variable."""

from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

from pydantic import Field, HttpUrl, TypeAdapter, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from rise_crds.api import CLI_CLIENT_ID
from rise_crds.policies import COPY, COPY_KEY
from rise_registry.configuration import RegistryConfiguration

PREFIX = "RISE_BACKEND_"
_HTTPS = TypeAdapter(HttpUrl)


class UpstreamIdentity(StrEnum):
    """How a person's request reaches the API server."""

    TOKEN = "token"  # noqa: S105 - the name of a way, not a token
    IMPERSONATE = "impersonate"


class Settings(BaseSettings):
    """Everything that can be set, each by RISE_BACKEND_<NAME>."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    listen: str = Field(
        default="127.0.0.1:8443", description="host:port that the backend answers on"
    )
    tls_cert: Path | None = Field(
        default=None,
        description="file with the certificate chain (PEM); without it plain HTTP, which kubectl "
        "sends no token to: only behind something that ends TLS",
    )
    tls_key: Path | None = Field(default=None, description="file with the certificate's key (PEM)")
    public_url: str = Field(
        default="", description="the URL people reach the backend by, shown in its OpenAPI document"
    )
    database_url: str = Field(
        default="postgresql://rise_backend@localhost/rise",
        description="the mirror, as the role rise_backend",
        repr=False,
    )
    issuer: str = Field(
        description="URL of the identity provider (Dex), byte for byte as its tokens name it; https"
    )
    issuer_ca: Path | None = Field(
        default=None, description="file with the CA of the issuer's certificate (PEM)"
    )
    client_id: str = Field(
        default=CLI_CLIENT_ID, description="the public client that people sign in with"
    )
    upstream_identity: UpstreamIdentity = Field(
        default=UpstreamIdentity.IMPERSONATE,
        description="how a person's request reaches the API server: `token` forwards their own "
        "token, where the API server trusts the issuer; `impersonate` needs Kubernetes 1.36",
    )
    registries: tuple[RegistryConfiguration, ...] = Field(
        default=(), description='registries, as JSON: [{"name", "provider", "url"}]'
    )
    default_registry: str = Field(
        default="", description="name of the registry of a Project that names none"
    )
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = Field(
        default=(),
        description="networks whose X-Forwarded-For is believed when failed sign-ins are counted, "
        'as JSON: ["10.0.0.0/8"]',
    )
    requests_per_second: float = Field(
        default=200.0,
        gt=0,
        description="how often one person may ask the gateway, as the mean of ten seconds; beyond "
        "it the answer is 429",
    )
    policies: Path = Field(
        default=Path("/etc/rise/policies") / COPY_KEY,
        description="file with the admission policies as the chart renders them, key "
        f"{COPY_KEY} of the ConfigMap {COPY}: the installed ones have to be like it",
    )
    log_level: str = Field(default="INFO", description="DEBUG, INFO, WARNING or ERROR")

    @field_validator("issuer")
    @classmethod
    def _is_https(cls, value: str) -> str:
        if _HTTPS.validate_python(value).scheme != "https":
            raise ValueError("the issuer must be an https URL")
        return value

    @field_validator("log_level")
    @classmethod
    def _is_a_level(cls, value: str) -> str:
        if value.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
            raise ValueError("one of DEBUG, INFO, WARNING, ERROR")
        return value.upper()

    @field_validator("listen")
    @classmethod
    def _has_a_port(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        if not host or not port.isdecimal():
            raise ValueError("host:port, for example 127.0.0.1:8443")
        return value

    @property
    def host(self) -> str:
        """The address to listen on."""
        return self.listen.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """The port to listen on."""
        return int(self.listen.rpartition(":")[2])


def described() -> str:
    """Return every variable with its default and meaning, for `--help`."""
    lines: list[str] = []
    for name, field in Settings.model_fields.items():
        default = "required" if field.is_required() else f"default: {_shown(field.default)}"
        lines += [f"  {PREFIX}{name.upper()} ({default})", f"      {field.description}"]
    lines += [
        "  KUBECONFIG (default: the account of the pod)",
        "      the backend's own account at the API server",
    ]
    return "\n".join(lines)


def _shown(default: object) -> str:
    return str(default) if default not in {None, "", ()} else "none"
