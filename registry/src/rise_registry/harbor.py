"""Harbor: a project of its own for each of ours, robot accounts for its images.

    whose images     a label of Harbor's project is named after the UID
    pull             a robot account of the project that may pull; Harbor counts its life in days
    push             one that may push, too; ended by us when its minutes are over, by Harbor after
                     a day
    what it is       its name says (kept.py)

https://goharbor.io/docs/latest/working-with-projects/project-configuration/create-robot-accounts/
"""

from __future__ import annotations

import asyncio
import base64
import secrets
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from rise_registry import kept
from rise_registry.configuration import RegistryConfiguration
from rise_registry.contract import Action, Credential, Issued, Project, RepositoryConflictError
from rise_registry.remote import API, MISSING, PAGE, Entry, Requests, secret, segment

MARK = "rise-"
TAKEN = frozenset({HTTPStatus.CONFLICT})
SIZE = {"page_size": PAGE}
PLACE = ("project_id", "name", "repo_count")
AT_ONCE = 4  # projects whose robots are listed
PROJECTS = "the right to list, read, create and delete projects and their repositories and labels"
ROBOTS = "the right to list, create and delete robot accounts of projects, pull and push included"


class HarborOptions(BaseModel):
    """Where Harbor's API is, how its projects are called, and how long credentials last."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    account: Annotated[
        Path,
        Field(description="Folder with the files `username` and `password` of Rise's account"),
    ]
    api: Annotated[
        str,
        Field(
            pattern=r"^(https?://[^\s/@?#]+)?$",
            description="Where the API answers, when not at the registry's own address",
        ),
    ] = ""
    ca: Annotated[Path | None, Field(description="CA of the API; the system's when absent")] = None
    prefix: Annotated[
        str,
        Field(
            pattern=r"^([a-z0-9]+([._-][a-z0-9]+)*[._-])?$",
            max_length=64,
            description="Stands before a project's name in that of Harbor's project, like `rise-`",
        ),
    ] = ""
    pull_days: Annotated[
        int, Field(ge=1, le=90, description="How long a pull credential lives")
    ] = 2
    push_seconds: Annotated[
        int, Field(ge=60, le=3600, description="How long a push credential is meant to work")
    ] = 1800


class Harbor:
    """One Harbor."""

    Options = HarborOptions

    def __init__(self, configuration: RegistryConfiguration, options: HarborOptions) -> None:
        """Take what there is to know; the account is read whenever it is needed."""
        self.name = configuration.name
        self.host = configuration.host
        self.options = options
        self._api = API(
            name=self.name,
            url=f"{options.api or configuration.url}/api/v2.0",
            headers=self._account,
            account=options.account,
            ca=options.ca,
        )

    def repository(self, project: str) -> str:
        """Return the host and the name of Harbor's project."""
        return f"{self.host}/{self._name(project)}"

    def _name(self, project: str) -> str:
        return f"{self.options.prefix}{project}"

    def _account(self) -> dict[str, str]:
        username, password = (
            secret(self.name, self.options.account / part) for part in ("username", "password")
        )
        basic = base64.b64encode(f"{username}:{password}".encode()).decode()
        return {"Authorization": f"Basic {basic}", "X-Is-Resource-Name": "true"}

    async def check(self) -> None:
        """Read the first project."""
        harbor = await self._api.requests()
        query = {"page": 1, "page_size": 1}
        (await harbor.ask("GET", "/projects", PROJECTS, query=query)).entries(*PLACE)

    async def ensure_repository(self, project: Project) -> None:
        """Make a private project with our label; an empty one without any was half-made."""
        harbor = await self._api.requests()
        found = await self._found(harbor, project) or await self._made(harbor, project)
        owners = await self._owners(harbor, found)
        if not owners and not found["repo_count"]:
            await self._mark(harbor, found, project)
            owners = await self._owners(harbor, found)
        if owners != [project.uid]:
            raise RepositoryConflictError(
                f"{self.repository(project.name)} is a project of Harbor's that was made for "
                "somebody else: an administrator deletes it there, or choose another name"
            )

    async def _made(self, harbor: Requests, project: Project) -> Entry:
        body = {"project_name": self._name(project.name), "metadata": {"public": "false"}}
        await harbor.ask("POST", "/projects", PROJECTS, body=body, also=TAKEN)
        place = f"/projects/{segment(self._name(project.name))}"
        return (await harbor.ask("GET", place, PROJECTS)).entry(*PLACE)

    async def _mark(self, harbor: Requests, found: Entry, project: Project) -> None:
        body = {
            "name": f"{MARK}{project.uid}",
            "description": "Whose images these are; do not remove",
            "scope": "p",
            "project_id": found["project_id"],
        }
        await harbor.ask("POST", "/labels", PROJECTS, body=body, also=TAKEN)

    async def _owners(self, harbor: Requests, found: Entry) -> list[str]:
        """Return the UIDs that the project's labels name."""
        query = {**SIZE, "scope": "p", "project_id": found["project_id"]}
        labels = harbor.pages("/labels", PROJECTS, ["name"], query)
        names = [str(each["name"]) async for each in labels]
        return [each.removeprefix(MARK) for each in names if each.startswith(MARK)]

    async def mint_pull(self, project: Project, credential_id: str) -> Credential:
        """Return a robot account that pulls from the project."""
        return await self._minted(project, Action.PULL, credential_id)

    async def mint_push(self, project: Project, person: str) -> Credential:
        """Return a robot account that pushes to it; the person stands in its description."""
        until = datetime.now(UTC).replace(microsecond=0)
        until += timedelta(seconds=self.options.push_seconds)
        return await self._minted(project, Action.PUSH, secrets.token_hex(8), until, person)

    async def _minted(
        self,
        project: Project,
        kind: Action,
        credential_id: str,
        until: datetime | None = None,
        person: str = "",
    ) -> Credential:
        actions = frozenset({Action.PULL, kind})
        access = [{"resource": "repository", "action": each} for each in sorted(actions)]
        place = {"kind": "project", "namespace": self._name(project.name), "access": access}
        body = {
            "name": kept.named(project, kind, credential_id, until),
            "description": f"Rise, for {person or 'the namespace'}",
            "level": "project",
            "duration": 1 if until else self.options.pull_days,
            "permissions": [place],
        }
        now = datetime.now(UTC)
        harbor = await self._api.requests()
        said = await harbor.ask("POST", "/robots", ROBOTS, body=body)
        made = said.entry("id", "name", "secret", "expires_at")
        there = await self._kept(harbor, await self._found(harbor, project))
        await self._end(harbor, kept.replaced(there, project, credential_id))
        return Credential(
            id=credential_id,
            registry=self.host,
            username=made["name"],
            password=made["secret"],
            repositories=(self.repository(project.name),),
            actions=actions,
            issued_at=now,
            expires_at=until or datetime.fromtimestamp(made["expires_at"], UTC),
        )

    async def revoke(self, project: Project, keep: Collection[str] = ()) -> None:
        """Delete the project's robot accounts but those of `keep`."""
        harbor = await self._api.requests()
        there = await self._kept(harbor, await self._found(harbor, project))
        await self._end(harbor, kept.ended(there, project, keep, datetime.now(UTC)))

    async def delete_repository(self, project: Project) -> None:
        """Delete robot accounts, repositories and Harbor's project, if its label is ours."""
        harbor = await self._api.requests()
        found = await self._found(harbor, project)
        if not found or await self._owners(harbor, found) != [project.uid]:
            return
        there = await self._kept(harbor, found)
        await self._end(harbor, kept.ended(there, project, (), datetime.now(UTC)))
        where = f"/projects/{segment(found['name'])}"
        listed = harbor.pages(f"{where}/repositories", PROJECTS, ["name"], SIZE)
        for name in [str(each["name"]) async for each in listed]:
            below = segment(segment(name.removeprefix(f"{found['name']}/")))  # Harbor's rule
            await harbor.ask("DELETE", f"{where}/repositories/{below}", PROJECTS, also=MISSING)
        await harbor.ask("DELETE", where, PROJECTS, also=MISSING)

    async def inventory(self) -> Sequence[Issued]:
        """Return the robot accounts of every project whose name begins with the prefix."""
        gate = asyncio.Semaphore(AT_ONCE)
        harbor = await self._api.requests()

        async def of(found: Entry) -> list[kept.Kept]:
            async with gate:
                return await self._kept(harbor, found)

        query = {**SIZE, "with_detail": "false", "sort": "project_id"}
        listed = harbor.pages("/projects", PROJECTS, ["project_id", "name"], query)
        places = [each async for each in listed if self._is_named(each)]
        found = await asyncio.gather(*(of(each) for each in places))
        return kept.listed((each for some in found for each in some), datetime.now(UTC))

    def _is_named(self, found: Entry) -> bool:
        return str(found["name"]).startswith(self.options.prefix)

    async def close(self) -> None:
        """Give the connections back."""
        await self._api.close()

    async def _found(self, harbor: Requests, project: Project) -> Entry | None:
        place = f"/projects/{segment(self._name(project.name))}"
        said = await harbor.ask("GET", place, PROJECTS, also=MISSING)
        return None if said.status in MISSING else said.entry(*PLACE)

    async def _kept(self, harbor: Requests, found: Entry | None) -> list[kept.Kept]:
        """Return what our robot accounts of Harbor's project are; their names have its before."""
        if not found:
            return []
        query = {**SIZE, "q": f"Level=project,ProjectID={found['project_id']}"}
        robots = harbor.pages("/robots", ROBOTS, ["id", "name", "expires_at"], query)
        read = [
            kept.read(
                each["id"],
                str(each["name"]).rpartition("+")[2],
                datetime.fromtimestamp(each["expires_at"], UTC) if each["expires_at"] > 0 else None,
            )
            async for each in robots
        ]
        return [each for each in read if each]

    async def _end(self, harbor: Requests, over: Iterable[kept.Kept]) -> None:
        for each in over:
            await harbor.ask("DELETE", f"/robots/{each.number}", ROBOTS, also=MISSING)
