"""What the operator remembers of the objects that it writes: a version and a fingerprint.

The fingerprint covers exactly the fields that manifests hold, on both sides: what others add
elsewhere (labels of their own, say) is theirs and is left alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rise_crds.api import (
    GROUP,
    LABEL_PROJECT,
    LABEL_PROJECT_UID,
    LABEL_TEAM,
    LABEL_TEAM_UID,
    PULL_SECRET,
)
from rise_operator import gateway_groups
from rise_operator.engine.cache import Name, digest, version_of

NAMESPACE_PREFIX = "rise-"
PROJECT_ROLE, TEAM_ROLE = "rise:project:", "rise:team:"

_LABELS = (LABEL_PROJECT, LABEL_PROJECT_UID, LABEL_TEAM, LABEL_TEAM_UID)
_OWNED: dict[str, tuple[str, ...]] = {
    "Namespace": (),
    "ClusterRole": ("rules",),
    "ClusterRoleBinding": ("roleRef", "subjects"),
    "RoleBinding": ("roleRef", "subjects"),
    "ServiceAccount": ("automountServiceAccountToken", "imagePullSecrets"),
}
# The namespace's own account is Kubernetes': whether its token is mounted is not for us to say.
_OWNED_OF_DEFAULT = ("imagePullSecrets",)
# Rights first, then what they pointed to.
_PRUNED = ("ClusterRoleBinding", "RoleBinding", "ClusterRole")
_PRUNED_INSIDE = "rise:ns:"


@dataclass(frozen=True, slots=True)
class Child:
    """One object that the operator writes, or that has a name which it would write."""

    version: int
    uid: str
    digest: bytes
    parents: frozenset[str]  # UIDs: by label and by ownerReference
    deleting: bool

    def belongs_to(self, uid: str) -> bool:
        """Tell whether it is the child of the object with this UID: the name alone says nothing."""
        return uid in self.parents


def child(kind: str, obj: dict[str, Any]) -> Child | None:
    """Return what to remember of `obj`; None when its name is none of ours."""
    metadata = obj["metadata"]
    if not _is_ours_by_name(kind, Name(metadata.get("namespace", ""), metadata["name"])):
        return None
    return Child(
        version=version_of(obj),
        uid=metadata["uid"],
        digest=fingerprint(kind, obj),
        parents=_parents(kind, metadata),
        deleting="deletionTimestamp" in metadata,
    )


def fingerprint(kind: str, obj: dict[str, Any]) -> bytes:
    """Return the digest of the fields of `obj` that the operator owns."""
    metadata = obj["metadata"]
    labels: dict[str, str] = metadata.get("labels") or {}
    return digest(
        [
            {key: labels[key] for key in _LABELS if key in labels},
            _references(metadata),
            [_ours(field, obj.get(field)) for field in _owned(kind, metadata["name"])],
        ]
    )


def _owned(kind: str, name: str) -> tuple[str, ...]:
    is_default = kind == "ServiceAccount" and name == "default"
    return _OWNED_OF_DEFAULT if is_default else _OWNED[kind]


def _ours(field: str, value: Any) -> Any:
    if field == "imagePullSecrets":  # others may stand beside it
        return [each for each in value or [] if each == {"name": PULL_SECRET}]
    return value


def parent_of(name: Name) -> tuple[str, str] | None:
    """Return (kind, name) of the object that the child called `name` belongs to, by its name."""
    if name.namespace:
        return "Project", name.namespace.removeprefix(NAMESPACE_PREFIX)
    for prefix, kind in ((PROJECT_ROLE, "Project"), (TEAM_ROLE, "Team")):
        if name.name.startswith(prefix):
            return kind, name.name.removeprefix(prefix).rpartition(":")[0]
    if name.name.startswith(NAMESPACE_PREFIX):
        return "Project", name.name.removeprefix(NAMESPACE_PREFIX)
    return None


def withdrawal_order(child: tuple[str, Name]) -> tuple[int, Name]:
    """Return what sorts children in the order in which they are taken away."""
    kind, name = child
    return (_PRUNED.index(kind) if kind in _PRUNED else len(_PRUNED), name)


def is_prunable(kind: str, name: Name) -> bool:
    """Tell whether a child is one of those that come and go with the spec."""
    return kind in _PRUNED and (not name.namespace or name.name.startswith(_PRUNED_INSIDE))


def _is_ours_by_name(kind: str, name: Name) -> bool:
    if kind == "Namespace":
        return name.name.startswith(NAMESPACE_PREFIX)
    if name.namespace:
        return name.namespace.startswith(NAMESPACE_PREFIX)
    return name.name.startswith((PROJECT_ROLE, TEAM_ROLE)) or name.name == gateway_groups.NAME


def _parents(kind: str, metadata: dict[str, Any]) -> frozenset[str]:
    labels: dict[str, str] = metadata.get("labels") or {}
    labelled = (labels.get(key) for key in (LABEL_PROJECT_UID, LABEL_TEAM_UID))
    # a namespace has no ownerReference of ours: it may outlive its project
    referred = [] if kind == "Namespace" else [each["uid"] for each in _references(metadata)]
    return frozenset(uid for uid in (*labelled, *referred) if uid)


def _references(metadata: dict[str, Any]) -> list[dict[str, Any]]:
    references: list[dict[str, Any]] = metadata.get("ownerReferences") or []
    return [each for each in references if each["apiVersion"].startswith(f"{GROUP}/")]
