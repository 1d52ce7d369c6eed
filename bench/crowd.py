"""Many Projects that nobody reconciles: created by an administrator, with roles where asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any

import aiohttp

from rise_crds.api import API_VERSION, GROUP, USER_PREFIX
from rise_operator.project.desired import OWNER_VERBS

PROJECTS = f"/apis/{API_VERSION}/projects"
RBAC = "rbac.authorization.k8s.io"
AT_ONCE = 16


def project(name: str, user: str) -> dict[str, Any]:
    """Return a Project of `user`, about as large as people's are."""
    spec = {"owner": {"user": user}, "description": f"{name}: one of many " * 12}
    metadata = {"name": name, "labels": {"bench": "crowd"}}
    return {"apiVersion": API_VERSION, "kind": "Project", "metadata": metadata, "spec": spec}


def rights(name: str, user: str) -> list[dict[str, Any]]:
    """Return the role on one Project and its binding, as the operator makes them."""
    full = f"rise:project:{name}:owner"
    rule = {
        "apiGroups": [GROUP],
        "resources": ["projects"],
        "resourceNames": [name],
        "verbs": list(OWNER_VERBS),
    }
    return role(full, [rule], user)


def role(name: str, rules: list[dict[str, Any]], user: str) -> list[dict[str, Any]]:
    """Return a cluster-wide role and its binding to one person."""
    head = {"apiVersion": f"{RBAC}/v1", "metadata": {"name": name}}
    subject = {"apiGroup": RBAC, "kind": "User", "name": USER_PREFIX + user}
    reference = {"apiGroup": RBAC, "kind": "ClusterRole", "name": name}
    binding = {"kind": "ClusterRoleBinding", "roleRef": reference, "subjects": [subject]}
    return [{**head, "kind": "ClusterRole", "rules": rules}, {**head, **binding}]


def auditor(user: str) -> list[dict[str, Any]]:
    """Return what lets a person list every Project."""
    rule = {"apiGroups": [GROUP], "resources": ["projects"], "verbs": ["get", "list", "watch"]}
    return role("bench:auditor", [rule], user)


async def created(session: aiohttp.ClientSession, manifests: Sequence[dict[str, Any]]) -> None:
    """Create everything, some at a time.

    Raises:
        aiohttp.ClientError: the API server refused.
    """
    left = iter(manifests)
    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(_create(session, left))


async def _create(session: aiohttp.ClientSession, manifests: Iterator[dict[str, Any]]) -> None:
    paths = {
        "Project": PROJECTS,
        "Team": f"/apis/{API_VERSION}/teams",
        "ClusterRole": f"/apis/{RBAC}/v1/clusterroles",
        "ClusterRoleBinding": f"/apis/{RBAC}/v1/clusterrolebindings",
    }
    for manifest in manifests:
        async with session.post(paths[manifest["kind"]], json=manifest) as answer:
            await answer.read()
