"""What every server's configuration is made from: the layout, ports, programs and certificates."""

import json
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rise_local.certificates import Authority
from rise_local.home import Home, write_private
from rise_local.ports import LOOPBACK


@dataclass(frozen=True)
class Site:
    """One platform on one machine, before anything runs."""

    home: Home
    ports: Mapping[str, int]
    programs: Mapping[str, Path]
    authority: Authority

    @property
    def ca(self) -> Path:
        """The certificate that people and programs trust."""
        return self.authority.ca.certificate

    @property
    def tokens(self) -> Authority:
        """Who signs tokens of the registry: no server's certificate may, so a CA of its own."""
        return Authority(self.authority.directory / "registry-tokens", "Rise registry tokens CA")

    @property
    def issuer(self) -> str:
        """Dex, byte-equal wherever it is compared."""
        return self.url("dex")

    @property
    def registry(self) -> str:
        """The OCI registry."""
        return self.url("registry")

    @property
    def backend(self) -> str:
        """The backend: where people's tools go."""
        return self.url("backend")

    def url(self, name: str, scheme: str = "https") -> str:
        """Return the URL of the port called `name`."""
        return f"{scheme}://{self.address(name)}"

    def address(self, name: str) -> str:
        """Return host:port of the port called `name`."""
        return f"{LOOPBACK}:{self.ports[name]}"

    def write(self, name: str, text: str) -> Path:
        """Write a server's configuration file and return where it lies."""
        path = self.home.etc / name
        write_private(path, text)
        return path


def secret(home: Home, name: str) -> str:
    """Return the random value called `name`, made on first use."""
    kept: dict[str, str] = {}
    with suppress(FileNotFoundError, ValueError):
        kept = json.loads(home.secrets.read_text())
    if name not in kept:
        kept[name] = secrets.token_urlsafe(32)
        write_private(home.secrets, json.dumps(kept, indent=2, sort_keys=True) + "\n")
    return kept[name]
