"""A registry in this process's memory: a whole provider, in a package of its own."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel, ConfigDict

from rise_registry.configuration import RegistryConfiguration
from rise_registry.contract import (
    Action,
    Credential,
    Issued,
    Project,
    RegistryUnavailableError,
    RepositoryConflictError,
)


class MemoryOptions(BaseModel):
    """One switch: whether it answers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    answers: bool = True


@dataclass
class Memory:
    """What it keeps dies with it."""

    Options = MemoryOptions

    configuration: RegistryConfiguration
    options: MemoryOptions
    owners: dict[str, str] = field(default_factory=dict[str, str])
    kept: dict[tuple[str, str], Credential] = field(
        default_factory=dict[tuple[str, str], Credential]
    )

    def repository(self, project: str) -> str:
        """Return host and name."""
        return f"{self.configuration.host}/{project}"

    async def check(self) -> None:
        """Say whether it answers."""
        if not self.options.answers:
            raise RegistryUnavailableError(
                f"registry {self.configuration.name} is switched off: check that `answers` is true"
            )

    async def ensure_repository(self, project: Project) -> None:
        """Write down whose the name is."""
        await self.check()
        if self.owners.setdefault(project.name, project.uid) != project.uid:
            raise RepositoryConflictError(f"{project.name} is another project's: delete that")

    async def mint_pull(self, project: Project, credential_id: str) -> Credential:
        """Keep a credential for a day."""
        return await self._minted(project, credential_id, {Action.PULL}, timedelta(days=1))

    async def mint_push(self, project: Project, person: str) -> Credential:
        """Keep one for ten minutes; the person stands in its user name."""
        both, life = {Action.PULL, Action.PUSH}, timedelta(minutes=10)
        return await self._minted(project, secrets.token_hex(8), both, life, person)

    async def _minted(
        self,
        project: Project,
        credential_id: str,
        actions: set[Action],
        life: timedelta,
        person: str = "robot",
    ) -> Credential:
        await self.check()
        now = datetime.now(UTC)
        made = Credential(
            id=credential_id,
            registry=self.configuration.host,
            username=f"{person}+{project.name}",
            password=secrets.token_urlsafe(),
            repositories=(self.repository(project.name),),
            actions=frozenset(actions),
            issued_at=now,
            expires_at=now + life,
        )
        self.kept[project.uid, credential_id] = made
        return made

    async def revoke(self, project: Project, keep: Collection[str] = ()) -> None:
        """Forget credentials."""
        await self.check()
        for uid, name in list(self.kept):
            goes = name not in keep and (not keep or not self._pushes(uid, name))
            if uid == project.uid and goes:
                del self.kept[uid, name]

    def _pushes(self, uid: str, name: str) -> bool:
        return Action.PUSH in self.kept[uid, name].actions

    async def delete_repository(self, project: Project) -> None:
        """Forget whose the name is."""
        await self.check()
        if self.owners.get(project.name) == project.uid:
            del self.owners[project.name]

    async def inventory(self) -> Sequence[Issued]:
        """Return what is kept, push credentials aside: none outlives the process."""
        await self.check()
        return [
            Issued(uid, name, each.expires_at)
            for (uid, name), each in self.kept.items()
            if not self._pushes(uid, name)
        ]

    async def close(self) -> None:
        """Do nothing."""
