"""Folders that are registries for an operator of the tests' own (see `keeper/rise_keeper.py`)."""

import json
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shop import Shop

PACKAGE = Path(__file__).parent / "keeper"


@dataclass(frozen=True)
class Kept:
    """One registry, looked at and disturbed from outside."""

    name: str
    folder: Path

    def configuration(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "provider": "keeper",
            "url": f"https://{self.name}.test",
            "options": {"folder": str(self.folder)},
        }

    def ids(self, uid: str) -> set[str]:
        """Return which credentials of a project it keeps."""
        return {path.name.partition(".")[2] for path in self.folder.glob(f"{uid}.*")}

    def add(self, uid: str, id_: str) -> None:
        """Have it keep a credential that nobody knows of."""
        (self.folder / f"{uid}.{id_}").touch()

    def removed(self, uid: str) -> bool:
        """Tell whether the images of a project were removed."""
        return (self.folder / f"removed.{uid}").exists()

    def asked(self, what: str) -> int:
        """Return how often it was asked so."""
        path = self.folder / "asked"
        return path.read_text().splitlines().count(what) if path.exists() else 0

    @contextmanager
    def behaving(self, how: str) -> Generator[None]:
        """Have it behave like this for a while (AWAY, WIDE, MUTE)."""
        (self.folder / how).touch()
        try:
            yield
        finally:
            (self.folder / how).unlink()


def kept(name: str, root: Path) -> Kept:
    """Return a new, empty registry."""
    folder = root / name
    folder.mkdir()
    return Kept(name, folder)


def configured(registries: Sequence[Kept]) -> str:
    """Return RISE_OPERATOR_REGISTRIES."""
    return json.dumps([each.configuration() for each in registries])


def settled(shop: Shop, registry: Kept) -> bool:
    """Tell whether status, Secret and registry say the same."""
    secret, ids = shop.secret(), shop.ids()
    holds = secret.get("metadata", {}).get("annotations", {}).get("internal.rise.dev/credential")
    said = shop.valid().get("status") == "True"
    return bool(ids) and holds == ids[0] and said and registry.ids(shop.uid()) == set(ids)
