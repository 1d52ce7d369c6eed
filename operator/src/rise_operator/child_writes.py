"""How one child is written and deleted, whatever somebody has done to it meanwhile."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from rise_operator.engine.cache import name_of
from rise_operator.engine.refusals import Forbidden, Invalid, NotFound
from rise_operator.engine.resource import NAMESPACES, SECRETS, SERVICE_ACCOUNTS
from rise_operator.errors import NotReady

if TYPE_CHECKING:
    from rise_operator.children import Child
    from rise_operator.engine.cache import Name
    from rise_operator.engine.client import Client
    from rise_operator.engine.resource import Resource
    from rise_operator.manifest import Manifest

# Inside the API server a new RoleBinding takes a moment to be seen by the authorizer.
_PATIENCE_S = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8)

_log = logging.getLogger(__name__)


async def apply(
    client: Client, resource: Resource, manifest: Manifest, known: Child | None
) -> dict[str, Any]:
    """Bring one child to what `manifest` says; return what the API server made of it.

    Raises:
        NotReady: its namespace is on its way out.
        Conflict: another object has the name by now.
        ApiError: the API server refused, or did not answer.
    """
    if resource is NAMESPACES:
        return await _namespace(client, manifest, known)
    if resource is SERVICE_ACCOUNTS:
        manifest = await _beside_others(client, manifest)
    if resource.namespaced:
        return await _inside(client, resource, manifest)
    return await _replacing(client, resource, manifest)


async def delete(client: Client, resource: Resource, name: Name, child: Child) -> None:
    """Delete exactly `child`, unless it is on its way out already.

    Raises:
        ApiError: the API server refused, or did not answer.
    """
    if child.deleting:
        return
    try:
        await client.delete(resource, name.name, child.uid, name.namespace)
    except NotFound:
        _log.debug("%s %s is gone already", resource.kind, name.name)


async def _namespace(client: Client, manifest: Manifest, known: Child | None) -> dict[str, Any]:
    """Make a namespace, or write the very one that is known: no other is ever adopted."""
    if known is None:
        return await client.create(NAMESPACES, manifest)
    metadata = {**manifest["metadata"], "uid": known.uid}
    return await client.apply(NAMESPACES, {**manifest, "metadata": metadata})


async def _inside(client: Client, resource: Resource, manifest: Manifest) -> dict[str, Any]:
    for pause in _PATIENCE_S:
        try:
            return await _replacing(client, resource, manifest)
        except Forbidden as error:
            if "NamespaceTerminating" in error.causes:
                raise NotReady(str(error), retry_s=1.0) from error
            await asyncio.sleep(pause)
    return await _replacing(client, resource, manifest)


async def _beside_others(client: Client, manifest: Manifest) -> Manifest:
    """Return `manifest` with the image pull Secrets that others have put there.

    To the API server the list is one value: whoever writes it writes all of it.
    """
    name = name_of(manifest)
    try:
        found = await client.get(SERVICE_ACCOUNTS, name.name, name.namespace)
    except NotFound:
        return manifest
    ours = manifest["imagePullSecrets"]
    theirs = [each for each in found.get("imagePullSecrets") or [] if each not in ours]
    if not theirs:
        return manifest
    version = {"resourceVersion": found["metadata"]["resourceVersion"]}
    metadata = {**manifest["metadata"], **version}  # refused when they change it meanwhile
    return {**manifest, "metadata": metadata, "imagePullSecrets": [*ours, *theirs]}


async def _replacing(client: Client, resource: Resource, manifest: Manifest) -> dict[str, Any]:
    """Apply; a binding to another role is deleted first, because roleRef cannot be changed.

    So is a Secret of another type, or one that somebody has made immutable. Nothing is deleted
    for any other refusal: what stands there may be all that somebody has.
    """
    try:
        return await client.apply(resource, manifest)
    except Invalid:
        if resource is not SECRETS and not resource.kind.endswith("Binding"):
            raise
        name = name_of(manifest)
        try:  # perhaps without our label, and so not in the cache
            found = await client.get(resource, name.name, name.namespace)
        except NotFound:
            found = None
        if found is None or not _stands_in_the_way(found, manifest):
            raise
        await client.delete(resource, name.name, found["metadata"]["uid"], name.namespace)
        return await client.apply(resource, manifest)


def _stands_in_the_way(found: dict[str, Any], manifest: Manifest) -> bool:
    """Return whether `found` can never become what `manifest` says."""
    if found.get("immutable"):
        return True
    return any(found.get(key) != manifest[key] for key in ("roleRef", "type") if key in manifest)
