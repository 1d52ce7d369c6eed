"""A project's images in a distribution registry: which there are, and their removal by its API.

The API lists what a tag leads to and nothing else, and does not forget a repository's name;
`distribution_storage` knows more.
"""

from collections.abc import AsyncGenerator, Iterable
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from rise_registry.contract import RegistryError
from rise_registry.distribution_http import CATALOGUE, Access, Connection
from rise_registry.distribution_storage import Link
from rise_registry.transport import Answer

OCI, DOCKER = "application/vnd.oci.image", "application/vnd.docker.distribution.manifest"
MANIFESTS = f"{OCI}.index.v1+json, {OCI}.manifest.v1+json, {DOCKER}.list.v2+json, {DOCKER}.v2+json"
BEFORE_ALL = "/-"  # no repository is called so; sorts before all that lie below, digits too
DEPTH_MAX = 8  # of indexes in indexes: nothing more honest is that deep


async def repositories(connection: Connection, project: str) -> AsyncGenerator[str]:
    """Yield the repositories of `project`, in the registry's order.

    The catalogue is in the order of paths, by component or by character: both keep together what
    lies below `project`, so two requests are enough, however many repositories there are.

    Raises:
        RegistryUnavailableError: no answer, or none of a registry.
        RegistryError: the registry does not take our token.
    """
    last, seen = project + BEFORE_ALL, set[str]()
    while True:
        path = f"/v2/_catalog?last={quote(last, safe='')}"
        answer = await connection.ask("GET", path, [CATALOGUE])
        page = _names(connection, answer, path, "repositories")
        new = [name for name in page if name not in seen]
        for name in new:
            if name != project and not name.startswith(f"{project}/"):
                return
            seen.add(name)
            yield name
        if "link" not in answer.headers or not page:
            return
        # `last` alone would leave out what lies below it and begins with a digit; a page that
        # brings nothing new, since the registry gives single ones, is gone past all the same.
        last = page[-1] + BEFORE_ALL if new else page[-1]


async def empty(connection: Connection, repository: str) -> None:
    """Remove what the tags of `repository` lead to: layers, then manifests, the tag's own last.

    So what an interruption leaves still has its tag, and the next call finds it.

    Raises:
        RegistryUnavailableError: no answer, or none of a registry.
        RegistryError: the registry does not take our token, or does not allow deletions.
    """
    for tag in await _tags(connection, repository):
        await _remove(connection, repository, tag, DEPTH_MAX)


async def forget(connection: Connection, project: str, links: Iterable[Link]) -> None:
    """Remove the tags of `project`, and then `links`, which are all that its repositories have.

    A registry that remembers what it has seen (`cache.blobdescriptor`) forgets only what it is
    told to delete: it would give away what is gone from its disk.

    Raises:
        RegistryUnavailableError: no answer, or none of a registry.
        RegistryError: the registry does not take our token, or does not allow deletions.
    """
    async for repository in repositories(connection, project):
        for tag in await _tags(connection, repository):
            await _delete(connection, repository, "manifests", tag)
    for link in links:
        await _delete(connection, link.repository, link.kind, link.digest)


async def _tags(connection: Connection, repository: str) -> list[str]:
    path = f"/v2/{repository}/tags/list"
    answer = await connection.ask("GET", path, [Access(repository, {"pull"})])
    if answer.status == HTTPStatus.NOT_FOUND and "NAME_UNKNOWN" in answer.codes():
        return []
    return _names(connection, answer, path, "tags")


async def _remove(connection: Connection, repository: str, reference: str, depth: int) -> None:
    path = f"/v2/{repository}/manifests/{reference}"
    headers = {"Accept": MANIFESTS}
    answer = await connection.ask("GET", path, [Access(repository, {"pull"})], headers=headers)
    if answer.status == HTTPStatus.NOT_FOUND and answer.codes():
        # A tag whose manifest is gone, or a manifest that another tag led to.
        if ":" not in reference:
            await _delete(connection, repository, "manifests", reference)
        return
    if answer.status != HTTPStatus.OK:
        raise connection.unexpected(answer, path)
    manifest = answer.json()
    if depth > 0:
        for child in _digests(manifest, "manifests"):
            await _remove(connection, repository, child, depth - 1)
    for blob in _digests(manifest, "layers", "config"):
        await _delete(connection, repository, "blobs", blob)
    digest = answer.headers.get("docker-content-digest", reference)
    await _delete(connection, repository, "manifests", digest)


async def _delete(connection: Connection, repository: str, kind: str, reference: str) -> None:
    path = f"/v2/{repository}/{kind}/{reference}"
    answer = await connection.ask("DELETE", path, [Access(repository, {"delete"})])
    if answer.status == HTTPStatus.METHOD_NOT_ALLOWED:
        raise RegistryError(
            f"registry {connection.place.name} does not allow deletions: set "
            "`storage.delete.enabled: true` in its configuration, and start it again"
        )
    gone = answer.status == HTTPStatus.NOT_FOUND and answer.codes()
    if answer.status != HTTPStatus.ACCEPTED and not gone:
        raise connection.unexpected(answer, path)


def _names(connection: Connection, answer: Answer, path: str, key: str) -> list[str]:
    found: object = answer.json().get(key) if answer.status == HTTPStatus.OK else None
    if answer.status == HTTPStatus.OK and found is None:
        return []  # a repository without tags says null
    if not isinstance(found, list):
        raise connection.unexpected(answer, path)
    return [str(name) for name in found]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - JSON


def _digests(manifest: dict[str, Any], *keys: str) -> list[str]:
    """Return the digests of the descriptors, one or a list, that stand under `keys`."""
    found: list[Any] = []
    for key in keys:
        value = manifest.get(key)
        found += value if isinstance(value, list) else [value]
    return [str(each["digest"]) for each in found if isinstance(each, dict) and "digest" in each]  # pyright: ignore[reportUnknownArgumentType] - JSON
