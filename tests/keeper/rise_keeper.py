"""A provider that Rise does not bring along: a folder is its registry, files are its credentials.

An operator finds it when this folder is on its PYTHONPATH. What stands in the folder says how it
behaves, so that a test makes it fail from outside.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

from pydantic import BaseModel

from rise_registry.configuration import RegistryConfiguration
from rise_registry.contract import (
    Action,
    Credential,
    Issued,
    NotOfferedError,
    Project,
    RegistryUnavailableError,
)

AWAY, WIDE, MUTE = "away", "wide", "mute"  # files: it does not answer, gives too much, lists junk


class Options(BaseModel):
    folder: Path
    life_seconds: int = 86400


class Keeper:
    """Keeps each credential as the file UID.ID, and each removal of images as removed.UID."""

    Options = Options

    def __init__(self, configuration: RegistryConfiguration, options: Options) -> None:
        self.host, self.folder = configuration.host, options.folder
        self.life = timedelta(seconds=options.life_seconds)

    def repository(self, project: str) -> str:
        return f"{self.host}/{project}"

    async def check(self) -> None:
        self._answer("check")

    async def ensure_repository(self, project: Project) -> None:
        self._answer(f"ensure {project.uid}")

    async def mint_pull(self, project: Project, credential_id: str) -> Credential:
        self._answer(f"mint {project.uid}")
        (self.folder / f"{project.uid}.{credential_id}").touch()
        now = datetime.now(UTC)
        wide = (self.folder / WIDE).exists()
        return Credential(
            id=credential_id,
            registry=self.host,
            username=f"robot-{project.name}",
            password=f"password-of-{credential_id}",
            repositories=(self.host if wide else self.repository(project.name),),
            actions=frozenset({Action.PULL}),
            issued_at=now,
            expires_at=now + self.life,
        )

    async def mint_push(self, project: Project, person: str) -> NoReturn:
        raise NotOfferedError(f"{person} brings an own login for {project.name}")

    async def revoke(self, project: Project, keep: Collection[str] = ()) -> None:
        self._answer(f"revoke {project.uid}")
        for path in self.folder.glob(f"{project.uid}.*"):
            if path.name.partition(".")[2] not in keep:
                path.unlink(missing_ok=True)

    async def delete_repository(self, project: Project) -> None:
        self._answer(f"remove {project.uid}")
        (self.folder / f"removed.{project.uid}").touch()

    async def inventory(self) -> Sequence[Any]:
        self._answer("inventory")
        if (self.folder / MUTE).exists():
            return ["junk"]
        names = [path.name.partition(".") for path in self.folder.glob("*-*-*-*-*.*")]
        return [Issued(uid, id_, None) for uid, _, id_ in names if uid != "removed"]

    async def close(self) -> None:
        """Nothing is open."""

    def _answer(self, what: str) -> None:
        """Write down what was asked.

        Raises:
            RegistryUnavailableError: it is away.
        """
        with (self.folder / "asked").open("a") as asked:
            asked.write(f"{what}\n")
        if (self.folder / AWAY).exists():
            raise RegistryUnavailableError(f"the keeper at {self.host} is away")
