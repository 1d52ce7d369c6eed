"""The Secret that images are pulled with: what it should be, and which credential one holds."""

import base64
import hashlib
import json
from datetime import UTC
from typing import Any

from rise_crds.api import LABEL_PROJECT, LABEL_PROJECT_UID, PULL_SECRET, namespace_name
from rise_crds.v1alpha1.project import Project
from rise_operator.manifest import Manifest
from rise_registry.contract import Credential

TYPE = "kubernetes.io/dockerconfigjson"
DATA = ".dockerconfigjson"
# Which credential it holds, until when, and what its content should come to.
ID = "internal.rise.dev/credential"
EXPIRES = "internal.rise.dev/credential-expires-at"
DIGEST = "internal.rise.dev/credential-digest"


def pull_secret(project: Project, credential: Credential) -> Manifest:
    """Return the Secret of `project` that holds `credential`."""
    content = _docker_config(credential)
    expires_at = credential.expires_at
    annotations = {ID: credential.id, DIGEST: _digest(content)}
    if expires_at is not None:
        annotations[EXPIRES] = expires_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": PULL_SECRET,
            "namespace": namespace_name(project.metadata.name),
            "labels": {
                LABEL_PROJECT: project.metadata.name,
                LABEL_PROJECT_UID: project.metadata.uid,
            },
            "annotations": annotations,
        },
        "type": TYPE,
        "data": {DATA: content},
    }


def held(secret: dict[str, Any], project: Project) -> str:
    """Return the id of the credential that `secret` holds; "" when it is not as it was written."""
    metadata = secret["metadata"]
    annotations: dict[str, str] = metadata.get("annotations") or {}
    labels: dict[str, str] = metadata.get("labels") or {}
    content: str = (secret.get("data") or {}).get(DATA, "")
    intact = (
        secret.get("type") == TYPE
        and annotations.get(DIGEST) == _digest(content)
        and labels.get(LABEL_PROJECT_UID) == project.metadata.uid
        and "deletionTimestamp" not in metadata
    )
    return annotations.get(ID, "") if intact else ""


def _docker_config(credential: Credential) -> str:
    """Return what Docker's configuration file would hold; containerd reads each of the fields."""
    pair = f"{credential.username}:{credential.password}".encode()
    entry = {
        "username": credential.username,
        "password": credential.password,
        "auth": base64.b64encode(pair).decode(),
    }
    text = json.dumps({"auths": {credential.registry: entry}}, separators=(",", ":"))
    return base64.b64encode(text.encode()).decode()


def _digest(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()
