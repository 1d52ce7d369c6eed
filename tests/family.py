"""A Team, its Project and all that the operator made for them, seen by an administrator."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import direct
import operators
from fixtures.people import Shell
from operators import Endpoint

KINDS = {
    "Namespace": "namespaces",
    "ClusterRole": "clusterroles",
    "ClusterRoleBinding": "clusterrolebindings",
    "RoleBinding": "rolebindings",
    "ServiceAccount": "serviceaccounts",
}
INSIDE = ("rolebindings", "serviceaccounts")
CLUSTER = "namespaces,clusterroles,clusterrolebindings"
NO_CONDITION = {"status": "", "reason": "", "message": ""}
OWNED = ("rules", "roleRef", "subjects", "automountServiceAccountToken")


@dataclass(frozen=True)
class Family:
    """A Project, the Team that owns it, and all that the operator made for them."""

    administrator: Shell
    name: str

    @property
    def namespace(self) -> str:
        return f"rise-{self.name}"

    def children(self) -> dict[str, Any]:
        """Return what the operator decides of each child, by kind and name."""
        return {
            f"{kind} {each['metadata']['name']}": _decided(each)
            for kind, plural in KINDS.items()
            for each in self._listed(plural)
        }

    def _listed(self, plural: str) -> list[dict[str, Any]]:
        inside = plural in INSIDE
        listed = direct.listed(self.administrator, plural, self.namespace if inside else "")
        mine = _begins_with_rise if inside else self._is_mine
        return [each for each in listed if mine(each["metadata"]["name"])]

    def _is_mine(self, name: str) -> bool:
        return name == self.namespace or f":{self.name}:" in name or name == "rise:gateway:groups"

    def touch(self, operator: Endpoint, *kinds: str) -> None:
        """Have the operator look at both once more, or at `kinds`, and wait until it has."""
        for kind in kinds or ("team", "project"):
            before = operator.reconciles(kind)
            plural, touched = f"{kind}s", "rise.dev/touched"
            direct.annotate(self.administrator, plural, self.name, touched, uuid4().hex)
            operators.until(
                lambda kind=kind, before=before: operator.reconciles(kind) > before,
                f"the operator looks at {kind} {self.name}",
            )
        operator.settle()


def _begins_with_rise(name: str) -> bool:
    return name.startswith("rise")


def _decided(obj: dict[str, Any]) -> dict[str, Any]:
    metadata = obj["metadata"]
    labels = {
        key: value
        for key, value in (metadata.get("labels") or {}).items()
        if key.startswith("internal.rise.dev/")
    }
    fields = {key: obj[key] for key in OWNED if key in obj}
    return {"labels": labels, "owners": metadata.get("ownerReferences", []), **fields}


def remove(administrator: Shell, names: Sequence[str]) -> None:
    """Delete projects and teams, whatever state they are in."""
    for kind in ("project", "team"):
        administrator.kubectl("delete", kind, *names, "--ignore-not-found", "--timeout=60s")


def condition(shell: Shell, kind: str, name: str, type_: str = "Ready") -> dict[str, Any]:
    """Return one condition; one that says nothing when there is none yet."""
    status = direct.found(shell, f"{kind}s", name).get("status", {})
    conditions: list[dict[str, Any]] = status.get("conditions", [])
    return next((each for each in conditions if each["type"] == type_), dict(NO_CONDITION))
