"""Objects read by this process: what is asked again and again, without a kubectl each time."""

import json
from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from typing import Any

import pytest
from fixtures.people import Shell
from kubernetes import client, config

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


def _path(plural: str, namespace: str) -> str:
    inside = f"/namespaces/{namespace}" if namespace else ""
    return f"{GROUPS[plural]}{inside}/{plural}"


def _read(shell: Shell, path: str) -> dict[str, Any]:
    api = _connected(shell.env["RISE_ADMIN_KUBECONFIG"])
    answer: Any = api.rest_client.pool_manager.request("GET", api.configuration.host + path)
    if answer.status == HTTPStatus.NOT_FOUND:
        return {}
    if answer.status != HTTPStatus.OK:
        pytest.fail(f"GET {path}: {answer.status} {answer.data.decode()}")
    body: dict[str, Any] = json.loads(answer.data)
    return body
