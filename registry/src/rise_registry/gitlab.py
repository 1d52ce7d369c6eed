"""GitLab's container registry: a project of a group for each of ours, deploy tokens for its images.

    whose images     the UID in the description of GitLab's project
    pull             a deploy token with `read_registry`; GitLab ends tokens at midnight UTC
    push             one with `write_registry` too; ended by us when its minutes are over, by
                     GitLab at the midnight after
    what it is       its name says (kept.py)

https://docs.gitlab.com/api/deploy_tokens/ and https://docs.gitlab.com/api/projects/
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncGenerator, Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from rise_registry import kept
from rise_registry.configuration import RegistryConfiguration
from rise_registry.contract import (
    Action,
    Credential,
    Issued,
    Project,
    RepositoryConflictError,
)
from rise_registry.remote import API, MISSING, PAGE, Entry, Requests, secret, segment

MARK = "rise.dev/uid="
MOVED = frozenset({HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.FOUND})
TAKEN = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT})
NOT_AT_ONCE = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND})
PERSON_MAX = 120
LATER_S = 60.0
BY_ID = {"order_by": "id", "sort": "asc"}
AT_ONCE = 4  # projects whose tokens are listed
SIZE = {"per_page": PAGE}
PLACE = ("id", "path", "path_with_namespace")
PATH = r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?"


class GitLabOptions(BaseModel):
    """Where GitLab's API is, which group is Rise's, and how long credentials last."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    api: Annotated[
        str, Field(pattern=r"^https?://[^\s/@?#]+$", description="Like https://gitlab.com")
    ]
    group: Annotated[
        str,
        Field(
            pattern=rf"^{PATH}(/{PATH})*$",
            max_length=200,
            description="Full path of the group that Rise makes projects in, and nobody else",
        ),
    ]
    token: Annotated[
        Path,
        Field(description="File with an access token of scope `api` and role Owner in the group"),
    ]
    ca: Annotated[Path | None, Field(description="CA of the API; the system's when absent")] = None
    pull_days: Annotated[
        int, Field(ge=1, le=90, description="A pull credential lives so long, until midnight UTC")
    ] = 2
    push_seconds: Annotated[
        int, Field(ge=60, le=3600, description="How long a push credential is meant to work")
    ] = 1800


class GitLab:
    """One group of one GitLab."""

    Options = GitLabOptions

    def __init__(self, configuration: RegistryConfiguration, options: GitLabOptions) -> None:
        """Take what there is to know; the token is read whenever it is needed."""
        self.name = configuration.name
        self.host = configuration.host
        self.options = options
        self._owner = f"scope `api` and role Owner in the group {options.group}"
        self._api = API(
            name=self.name,
            url=f"{options.api}/api/v4",
            headers=lambda: {"PRIVATE-TOKEN": secret(self.name, options.token)},
            account=options.token,
            ca=options.ca,
        )

    def repository(self, project: str) -> str:
        """Return the host, and the path of GitLab's project."""
        return f"{self.host}/{self._path(project)}"

    def _path(self, project: str) -> str:
        return f"{self.options.group}/{project}"

    async def check(self) -> None:
        """Read the group."""
        gitlab = await self._api.requests()
        await self._group(gitlab)

    async def ensure_repository(self, project: Project) -> None:
        """Make a private project in the group, with the UID in its description."""
        gitlab = await self._api.requests()
        found = await self._found(gitlab, project) or await self._made(gitlab, project)
        if _uid(found) == project.uid and not _leaving(found):
            return
        raise RepositoryConflictError(
            f"{self.repository(project.name)} is a project of GitLab's that was made for "
            "somebody else: an administrator deletes it there, or choose another name",
            retry_after_s=LATER_S if _leaving(found) else None,
        )

    async def _made(self, gitlab: Requests, project: Project) -> Entry:
        body = {
            "name": project.name,
            "path": project.name,
            "namespace_id": (await self._group(gitlab))["id"],
            "description": f"Images of a project of Rise: {MARK}{project.uid}",
            "visibility": "private",
        }
        made = await gitlab.ask("POST", "/projects", self._owner, body=body, also=TAKEN)
        if made.status not in TAKEN:
            return made.entry(*PLACE)
        found = await self._found(gitlab, project)  # made at the same time, or the name is no good
        if found:
            return found
        raise RepositoryConflictError(
            f"GitLab does not make {self.repository(project.name)} ({made.said}): an administrator "
            "deletes what holds the name there, or choose another name"
        )

    async def mint_pull(self, project: Project, credential_id: str) -> Credential:
        """Return a deploy token that reads the project's images."""
        until = _midnight(datetime.now(UTC) + timedelta(days=self.options.pull_days))
        return await self._minted(project, Action.PULL, credential_id, until)

    async def mint_push(self, project: Project, person: str) -> Credential:
        """Return a deploy token that writes them; the person stands in its name."""
        until = datetime.now(UTC).replace(microsecond=0)
        until += timedelta(seconds=self.options.push_seconds)
        return await self._minted(project, Action.PUSH, secrets.token_hex(8), until, person)

    async def _minted(
        self,
        project: Project,
        kind: Action,
        credential_id: str,
        until: datetime,
        person: str = "",
    ) -> Credential:
        pushes = kind is Action.PUSH
        now = datetime.now(UTC)
        name = kept.named(project, kind, credential_id, until if pushes else None)
        body = {
            "name": f"{name} for {person[:PERSON_MAX]}" if person else name,
            "expires_at": f"{_midnight(until) if pushes else until:%Y-%m-%dT%H:%M:%SZ}",
            "scopes": ["read_registry", *(["write_registry"] if pushes else [])],
        }
        gitlab = await self._api.requests()
        said = await gitlab.ask("POST", self._tokens(project), self._owner, body=body)
        made = said.entry("id", "username", "token")
        there = await self._kept(gitlab, project.name)
        await self._end(gitlab, project, kept.replaced(there, project, credential_id))
        return Credential(
            id=credential_id,
            registry=self.host,
            username=made["username"],
            password=made["token"],
            repositories=(self.repository(project.name),),
            actions=frozenset({Action.PULL, kind}),
            issued_at=now,
            expires_at=until,
        )

    async def revoke(self, project: Project, keep: Collection[str] = ()) -> None:
        """Delete the project's deploy tokens but those of `keep`."""
        gitlab = await self._api.requests()
        there = await self._kept(gitlab, project.name)
        over = kept.ended(there, project, keep, datetime.now(UTC))
        await self._end(gitlab, project, over)

    async def delete_repository(self, project: Project) -> None:
        """Delete GitLab's project with images and tokens, at once where GitLab lets us.

        Where it keeps deleted projects for some days it moves them out of the way.
        """
        gitlab = await self._api.requests()
        found = await self._found(gitlab, project)
        if not found or _uid(found) != project.uid:
            return
        there = await self._kept(gitlab, project.name)
        await self._end(gitlab, project, kept.ended(there, project, (), datetime.now(UTC)))
        where = f"/projects/{found['id']}"
        if not _leaving(found):
            await gitlab.ask("DELETE", where, self._owner, also=MISSING)
        left = await gitlab.ask("GET", where, self._owner, also=MISSING)
        if left.status in MISSING:
            return
        place = left.entry(*PLACE)
        if _leaving(place):
            whole = {"permanently_remove": "true", "full_path": place["path_with_namespace"]}
            await gitlab.ask("DELETE", where, self._owner, query=whole, also=NOT_AT_ONCE)

    async def inventory(self) -> Sequence[Issued]:
        """Return the deploy tokens of every project in the group that is ours."""
        group, gate = f"/groups/{segment(self.options.group)}/projects", asyncio.Semaphore(AT_ONCE)
        gitlab = await self._api.requests()

        async def of(project: str) -> list[kept.Kept]:
            async with gate:
                return await self._kept(gitlab, project)

        places = gitlab.pages(group, self._owner, PLACE, {**SIZE, **BY_ID})
        names = [each["path"] async for each in places if _uid(each)]
        found = await asyncio.gather(*(of(each) for each in names))
        return kept.listed((each for some in found for each in some), datetime.now(UTC))

    async def close(self) -> None:
        """Give the connections back."""
        await self._api.close()

    def _tokens(self, project: Project | str) -> str:
        name = project if isinstance(project, str) else project.name
        return f"/projects/{segment(self._path(name))}/deploy_tokens"

    async def _group(self, gitlab: Requests) -> Entry:
        where = f"/groups/{segment(self.options.group)}"
        said = await gitlab.ask("GET", where, self._owner, query={"with_projects": "false"})
        return said.entry("id")

    async def _found(self, gitlab: Requests, project: Project) -> Entry | None:
        """Return GitLab's project of that path; not one that was moved away from it."""
        where = f"/projects/{segment(self._path(project.name))}"
        said = await gitlab.ask("GET", where, self._owner, also=MISSING | MOVED)
        if said.status in MISSING | MOVED:
            return None
        found = said.entry(*PLACE)
        return found if found["path_with_namespace"] == self._path(project.name) else None

    async def _kept(self, gitlab: Requests, project: str) -> list[kept.Kept]:
        active = {**SIZE, "active": "true"}
        listed = gitlab.pages(self._tokens(project), self._owner, ("id", "name"), active)
        return [each async for each in _read(listed)]

    async def _end(self, gitlab: Requests, project: Project, over: Iterable[kept.Kept]) -> None:
        for each in over:
            where = f"{self._tokens(project)}/{each.number}"
            await gitlab.ask("DELETE", where, self._owner, also=MISSING)


async def _read(listed: AsyncGenerator[Entry]) -> AsyncGenerator[kept.Kept]:
    async for each in listed:
        end = each.get("expires_at")
        found = kept.read(each["id"], each["name"], datetime.fromisoformat(end) if end else None)
        if found:
            yield found


def _midnight(moment: datetime) -> datetime:
    """Return the midnight after: GitLab knows days."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


def _uid(found: Entry) -> str:
    """Return whose project it is; empty if it is none of ours."""
    return next(iter((found.get("description") or "").partition(MARK)[2].split()), "")


def _leaving(found: Entry) -> bool:
    return bool(found.get("marked_for_deletion_on") or found.get("marked_for_deletion_at"))
