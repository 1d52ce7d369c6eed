"""Builders of valid objects: a test names the one knob that matters to it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from rise_crds.v1alpha1.project import Project
from rise_crds.v1alpha1.team import Team

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ALICE = "alice@example.com"
BOB = "bob@example.com"
CAROL = "carol@example.com"
DAVE = "dave@example.com"


def project(
    name: str = "shop",
    *,
    uid: str | None = None,
    generation: int = 1,
    deleting: bool = False,
    status: Mapping[str, Any] | None = None,
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
    **spec: Any,
) -> Project:
    """Return the Project `name` of alice; `spec` takes fields as a manifest spells them."""
    return Project.model_validate(
        {
            "apiVersion": "rise.dev/v1alpha1",
            "kind": "Project",
            "metadata": _metadata(name, uid, generation, labels, annotations, deleting=deleting),
            "spec": {"owner": {"user": ALICE}, **spec},
            "status": {"observedGeneration": -1, **(status or {})},
        }
    )


def team(
    name: str = "eng",
    *,
    uid: str | None = None,
    generation: int = 1,
    deleting: bool = False,
    status: Mapping[str, Any] | None = None,
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
    owners: Sequence[str] = (ALICE,),
    **spec: Any,
) -> Team:
    """Return the Team `name` that alice owns; `spec` takes fields as a manifest spells them."""
    return Team.model_validate(
        {
            "apiVersion": "rise.dev/v1alpha1",
            "kind": "Team",
            "metadata": _metadata(name, uid, generation, labels, annotations, deleting=deleting),
            "spec": {"owners": list(owners), **spec},
            "status": {"observedGeneration": -1, **(status or {})},
        }
    )


def _metadata(
    name: str,
    uid: str | None,
    generation: int,
    labels: Mapping[str, str] | None,
    annotations: Mapping[str, str] | None,
    *,
    deleting: bool,
) -> dict[str, Any]:
    metadata: dict[str, Any] = {
        "name": name,
        "uid": uid or f"uid-of-{name}",
        "generation": generation,
        "resourceVersion": "1",
        "creationTimestamp": "2026-01-01T00:00:00Z",
        "finalizers": ["rise.dev/operator"],
        "labels": dict(labels or {}),
        "annotations": dict(annotations or {}),
    }
    return metadata | ({"deletionTimestamp": "2026-01-02T00:00:00Z"} if deleting else {})
