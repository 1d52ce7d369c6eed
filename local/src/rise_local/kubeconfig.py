"""Kubeconfig files: who, where, trusted by what."""

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from rise_local.certificates import Pair
from rise_local.home import write_private


def certificate_kubeconfig(path: Path, server: str, ca: Path, client: Pair) -> bool:
    """Write a kubeconfig for the holder of a client certificate; return whether it changed."""
    user = {
        "client-certificate-data": _base64(client.certificate),
        "client-key-data": _base64(client.key),
    }
    return _write(path, server, _base64(ca), user, path.name)


def token_kubeconfig(path: Path, server: str, ca_data: str, token: str) -> bool:
    """Write a kubeconfig for the holder of a bearer token; return whether it changed."""
    return _write(path, server, ca_data, {"token": token}, path.name)


def exec_kubeconfig(path: Path, server: str, ca: Path, program: Path) -> bool:
    """Write the kubeconfig of whoever is signed in with `rise`; return whether it changed."""
    plugin = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": str(program),
        "args": ["kube-credential"],
        "interactiveMode": "Never",
    }
    return _write(path, server, _base64(ca), {"exec": plugin}, "rise")


def token_of(path: Path) -> str:
    """Return the bearer token in the kubeconfig at `path`; empty when there is none."""
    if not path.is_file():
        return ""
    document = yaml.safe_load(path.read_text())
    return str(document["users"][0]["user"].get("token", ""))


def endpoint_in(path: Path) -> tuple[str, str]:
    """Return the server of the kubeconfig's only cluster, and its CA as the file has it."""
    cluster = yaml.safe_load(path.read_text())["clusters"][0]["cluster"]
    return cluster["server"], cluster.get("certificate-authority-data", "")


def _base64(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()


def _write(path: Path, server: str, ca_data: str, user: Mapping[str, Any], name: str) -> bool:
    cluster = {"server": server} | ({"certificate-authority-data": ca_data} if ca_data else {})
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "rise",
        "clusters": [{"name": "rise", "cluster": cluster}],
        "users": [{"name": name, "user": dict(user)}],
        "contexts": [{"name": "rise", "context": {"cluster": "rise", "user": name}}],
    }
    return write_private(path, yaml.safe_dump(document, sort_keys=False))
