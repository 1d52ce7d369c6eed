"""Whose images stand under a project's name, written into the registry itself.

The registry keeps no owners, and a name outlives its project. So each project that was opened has
a mark: an empty index `rise-projects/owners:<project>` with the Project's UID. No project can be
called rise-…, so nobody's token opens that repository. A deleted project's mark stays and says
since when, because what its people hold goes on for minutes.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus

from rise_registry.contract import RegistryError
from rise_registry.distribution_http import Access, Connection

REPOSITORY = "rise-projects/owners"
INDEX = "application/vnd.oci.image.index.v1+json"
UID, DELETED = "dev.rise.project-uid", "dev.rise.deleted"


@dataclass(frozen=True)
class Mark:
    """Which Project has or had images under a name."""

    uid: str
    deleted: datetime | None = None

    def manifest(self) -> bytes:
        """Return it as an index without images."""
        annotations = {UID: self.uid}
        if self.deleted:
            annotations[DELETED] = self.deleted.isoformat(timespec="seconds")
        index = {
            "schemaVersion": 2,
            "mediaType": INDEX,
            "manifests": [],
            "annotations": annotations,
        }
        return json.dumps(index, sort_keys=True).encode()

    @property
    def digest(self) -> str:
        """What the registry calls it."""
        return f"sha256:{hashlib.sha256(self.manifest()).hexdigest()}"


async def read(connection: Connection, project: str) -> Mark | None:
    """Return the mark of `project`, if there ever was one.

    Raises:
        RegistryUnavailableError: no answer, or none of a registry.
        RegistryError: the registry does not take our token, or somebody else has put another thing
            in the mark's place.
    """
    path = _path(project)
    access = [Access(REPOSITORY, {"pull"})]
    answer = await connection.ask("GET", path, access, headers={"Accept": INDEX})
    if answer.status == HTTPStatus.NOT_FOUND and answer.codes() & {
        "MANIFEST_UNKNOWN",
        "NAME_UNKNOWN",
    }:
        return None
    if answer.status != HTTPStatus.OK:
        raise connection.unexpected(answer, path)
    try:
        said: dict[str, str] = answer.json()["annotations"]
        deleted = datetime.fromisoformat(said[DELETED]) if DELETED in said else None
        return Mark(said[UID], deleted)
    except (KeyError, TypeError, ValueError) as error:
        raise RegistryError(
            f"{REPOSITORY}:{project} in registry {connection.place.name} is no mark of Rise: "
            "remove that tag, and look who may push there"
        ) from error


async def write(connection: Connection, project: str, mark: Mark) -> None:
    """Say that the name `project` is `mark`'s.

    Raises:
        RegistryUnavailableError: no answer, or none of a registry.
        RegistryError: the registry does not take our token.
    """
    path = _path(project)
    access = [Access(REPOSITORY, {"pull", "push"})]
    answer = await connection.ask(
        "PUT", path, access, headers={"Content-Type": INDEX}, body=mark.manifest()
    )
    if answer.status != HTTPStatus.CREATED:
        raise connection.unexpected(answer, path)


def ended(project_uid: str) -> Mark:
    """Return the mark of a project that is deleted now."""
    return Mark(project_uid, datetime.now(UTC))


def _path(project: str) -> str:
    return f"/v2/{REPOSITORY}/manifests/{project}"
