"""What a server answers `rise` with: rows as REST spells them, objects as Kubernetes does."""

import base64
import json
import time
from typing import Any

from rise_cli.session import Session

ALICE = "alice@example.com"
PROJECTS = "/apis/rise.dev/v1alpha1/projects"
TEAMS = "/apis/rise.dev/v1alpha1/teams"


def token(subject: str = "u-alice", lasts_s: float = 1800) -> str:
    """Return something that looks like an ID token; nobody here verifies it."""
    parts = ({"alg": "none"}, {"sub": subject, "exp": int(time.time() + lasts_s)})
    head, payload = (
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts
    )
    return f"{head}.{payload}.c2ln"


def session(server: str, *, lasts_s: float = 1800, refresh_token: str = "") -> Session:
    """Return alice's session at `server`; with a refresh token it can be renewed there."""
    return Session(
        server=server,
        caFile="",
        user=ALICE,
        token=token(lasts_s=lasts_s),
        expiresAt=time.time() + lasts_s,
        issuer=server,
        clientId="rise-cli",
        tokenEndpoint=f"{server}/token",
        refreshToken=refresh_token,
    )


def row(name: str, **changes: Any) -> dict[str, Any]:
    """Return a project as REST shows it."""
    return {
        "name": name,
        "uid": f"uid-of-{name}",
        "owner": {"user": ALICE},
        "description": "",
        "sourceUrl": None,
        "namespace": f"rise-{name}",
        "ready": True,
        "reason": "Reconciled",
        "message": "",
        "suspended": False,
        "deleting": False,
        "createdAt": "2026-01-02T03:04:05Z",
        "members": [],
        "transferTo": None,
        "registry": None,
        "deletionPolicy": "Delete",
        "deletionProtection": False,
        "conditions": [],
        **changes,
    }


def resource(name: str, *conditions: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    """Return an object of the Kubernetes API."""
    return {
        "metadata": {
            "name": name,
            "uid": f"uid-of-{name}",
            "generation": 2,
            "resourceVersion": "7",
            **metadata,
        },
        "spec": {"owner": {"user": ALICE}},
        "status": {"conditions": list(conditions)},
    }


def condition(
    kind: str, status: str = "True", reason: str = "Reconciled", message: str = "", at: int = 2
) -> dict[str, Any]:
    """Return a condition as it was seen for generation `at`."""
    return {
        "type": kind,
        "status": status,
        "reason": reason,
        "message": message,
        "observedGeneration": at,
    }


def page(*rows: dict[str, Any], following: str | None = None) -> tuple[int, object]:
    """Return a page of a list."""
    return 200, {"items": list(rows), "next": following}


def problem(status: int, detail: str) -> tuple[int, object]:
    """Return a refusal of REST."""
    return status, {"status": status, "title": "No", "detail": detail}


def refusal(code: int, message: str) -> tuple[int, object]:
    """Return a refusal of the Kubernetes API."""
    return code, {"kind": "Status", "status": "Failure", "code": code, "message": message}


# What the API server says of a JSON Patch with a test that fails: not which.
OVERTAKEN = (
    422,
    {
        "kind": "Status",
        "status": "Failure",
        "reason": "Invalid",
        "code": 422,
        "message": "the server rejected our request due to an error in our request",
        "details": {},
    },
)
