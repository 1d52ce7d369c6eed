"""Objects by requests of this process: what is done again and again, without many a kubectl."""

from __future__ import annotations

import json
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest
from kubernetes import client, config
from urllib3 import Retry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fixtures.people import Shell

RISE, CORE, RBAC = "/apis/rise.dev/v1alpha1", "/api/v1", "/apis/rbac.authorization.k8s.io/v1"
GROUPS: Mapping[str, str] = {
    "projects": RISE,
    "teams": RISE,
    "namespaces": CORE,
    "secrets": CORE,
    "serviceaccounts": CORE,
    "events": CORE,
    "clusterroles": RBAC,
    "clusterrolebindings": RBAC,
    "rolebindings": RBAC,
}
MERGE = {"Content-Type": "application/merge-patch+json"}
# An API server that was ended by a test comes back within seconds.
PATIENT = Retry(connect=8, read=0, backoff_factor=0.1, backoff_max=2)


@cache
def _connected(kubeconfig: str) -> client.ApiClient:
    return config.new_client_from_config(kubeconfig)


def found(shell: Shell, plural: str, name: str, namespace: str = "") -> dict[str, Any]:
    """Return one object as an administrator sees it; {} when there is none."""
    return _read(shell, f"{_path(plural, namespace)}/{name}")


def listed(shell: Shell, plural: str, namespace: str = "") -> list[dict[str, Any]]:
    """Return all objects of one kind, or those of one namespace; each without its kind."""
    items: list[dict[str, Any]] = _read(shell, _path(plural, namespace)).get("items", [])
    return items


def delete(shell: Shell, plural: str, name: str) -> None:
    """Ask for a Project's or Team's end as an administrator, who may be refused; do not wait."""
    _answer(shell, "DELETE", f"{_path(plural)}/{name}")


def annotate(shell: Shell, plural: str, name: str, key: str, value: str) -> None:
    """Annotate a Project or Team as an administrator."""
    patch = {"metadata": {"annotations": {key: value}}}
    code, body = _answer(shell, "PATCH", f"{_path(plural)}/{name}", json.dumps(patch))
    assert code == HTTPStatus.OK, body


def _path(plural: str, namespace: str = "") -> str:
    inside = f"/namespaces/{namespace}" if namespace else ""
    return f"{GROUPS[plural]}{inside}/{plural}"


def _read(shell: Shell, path: str) -> dict[str, Any]:
    """Return what is at `path`; {} when there is nothing."""
    code, body = _answer(shell, "GET", path)
    if code == HTTPStatus.NOT_FOUND:
        return {}
    if code != HTTPStatus.OK:
        pytest.fail(f"GET {path}: {code} {body.decode()}")
    read: dict[str, Any] = json.loads(body)
    return read


def _answer(shell: Shell, method: str, path: str, patch: str | None = None) -> tuple[int, bytes]:
    api = _connected(shell.env["RISE_ADMIN_KUBECONFIG"])
    answer: Any = api.rest_client.pool_manager.request(
        method, api.configuration.host + path, body=patch, headers=MERGE, retries=PATIENT
    )
    return answer.status, answer.data
