"""What can be configured: read once from the environment, then passed on as a value."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_core import from_json
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from rise_crds.policies import COPY, COPY_KEY
from rise_registry import configuration
from rise_registry.configuration import RegistryConfiguration
from rise_registry.contract import RegistryError

PREFIX = "RISE_OPERATOR_"
PORTS = range(1 << 16)


class Settings(BaseSettings):
    """The operator's settings; `KUBECONFIG` says where the cluster is, unless it runs in a pod."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, hide_input_in_errors=True)

    database_url: Annotated[
        SecretStr,
        Field(
            min_length=1,
            description="PostgreSQL, as the role rise_operator: postgresql://USER@HOST/DATABASE.",
        ),
    ]
    listen: Annotated[
        str, Field(description="HOST:PORT of /livez, /readyz and /metrics (plain HTTP).")
    ] = "127.0.0.1:8080"
    registries: Annotated[
        tuple[RegistryConfiguration, ...],
        NoDecode,
        Field(
            description="Registries that projects may choose, as JSON: "
            '[{"name": "local", "provider": "distribution", "url": "http://127.0.0.1:5000"}].'
        ),
    ] = ()
    default_registry: Annotated[
        str, Field(description="Name of the registry of projects that choose none.")
    ] = ""
    resync_seconds: Annotated[
        int, Field(ge=10, description="How often everything is looked at without a reason.")
    ] = 600
    sweep_seconds: Annotated[
        int,
        Field(
            ge=1,
            le=600,
            description="How often the pull Secret of a project is looked at without a reason.",
        ),
    ] = 540
    inventory_seconds: Annotated[
        int,
        Field(
            ge=1,
            description="How often credentials that registries keep are compared with projects.",
        ),
    ] = 3600
    rotations: Annotated[
        int,
        Field(
            ge=1,
            description="How many times people may have one project's pull credential made anew "
            "within the next setting's time; the next one waits.",
        ),
    ] = 5
    rotation_seconds: Annotated[
        float, Field(gt=0, description="The time in which those rotations are counted.")
    ] = 600
    workers: Annotated[
        int, Field(ge=1, le=256, description="How many projects are reconciled at the same time.")
    ] = 32
    leader_election: Annotated[
        bool, Field(description="Work only while holding the Lease rise-system/rise-operator.")
    ] = True
    policies: Annotated[
        Path,
        Field(
            description="File with the admission policies as the chart renders them, key "
            f"{COPY_KEY} of the ConfigMap {COPY}: the installed ones have to be like it."
        ),
    ] = Path("/etc/rise/policies") / COPY_KEY
    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR"], Field(description="The least that is logged.")
    ] = "INFO"

    @field_validator("database_url")
    @classmethod
    def _is_address(cls, value: SecretStr) -> SecretStr:
        try:
            conninfo_to_dict(value.get_secret_value())
        except ProgrammingError:  # its text repeats the value
            raise ValueError("must be like postgresql://USER@HOST/DATABASE") from None
        return value

    @field_validator("listen")
    @classmethod
    def _host_and_port(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        if not host or not port.isdecimal() or int(port) not in PORTS:
            raise ValueError("must be HOST:PORT, like 127.0.0.1:8080 or [::]:8080")
        return value

    @field_validator("registries", mode="before")
    @classmethod
    def _decoded(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return from_json(value)
        except ValueError as error:
            raise ValueError(f"must be a JSON list of registries ({error})") from error

    @field_validator("registries")
    @classmethod
    def _installed(
        cls, value: tuple[RegistryConfiguration, ...]
    ) -> tuple[RegistryConfiguration, ...]:
        try:
            configuration.load(value)
        except RegistryError as error:
            raise ValueError(str(error)) from error
        return value

    @field_validator("default_registry")
    @classmethod
    def _configured(cls, value: str, info: ValidationInfo) -> str:
        # without `registries` in what was read before, they are what is wrong
        known = [each.name for each in info.data.get("registries", ())]
        if value and "registries" in info.data and value not in known:
            raise ValueError(f"is not configured; there are: {', '.join(sorted(known)) or 'none'}")
        return value

    @property
    def address(self) -> tuple[str, int]:
        """Where to listen."""
        host, _, port = self.listen.rpartition(":")
        return host.strip("[]"), int(port)


def load() -> Settings:
    """Return the settings in the environment.

    Raises:
        SystemExit: one is missing or wrong; the message names the variables.
    """
    values: dict[str, Any] = {}
    try:
        return Settings(**values)
    except ValidationError as error:
        for each in error.errors():
            name, *inner = [str(part) for part in each["loc"]]
            where = "".join(f"[{part}]" for part in inner)
            sys.stderr.write(f"error: {PREFIX}{name.upper()}{where}: {each['msg']}\n")
        sys.stderr.write("`rise-operator --help` explains every variable\n")
        raise SystemExit(2) from error


def documentation() -> str:
    """Return what `--help` says: every variable, what it means, its default."""
    return "\n".join(["Environment variables:", *_documented()])


def _documented() -> Iterator[str]:
    yield "  KUBECONFIG\n      The cluster; in a pod the ServiceAccount is used without it."
    for name, field in Settings.model_fields.items():
        default = "required" if field.is_required() else f"default: {_shown(field.default)}"
        yield f"  {PREFIX}{name.upper()}\n      {field.description} ({default})"


def _shown(default: Any) -> str:
    if isinstance(default, bool):
        return str(default).lower()
    return str(default) if default not in {"", ()} else "none"
