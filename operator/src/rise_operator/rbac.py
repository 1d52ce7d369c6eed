"""Roles and bindings as manifests: what a Project and a Team have in common.

A binding is written only when somebody is to hold it: an empty `subjects` list does not survive
the API server's answer, and a binding that is missing grants just as little.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rise_crds.api import API_VERSION, GROUP, IDP_GROUP_PREFIX, USER_PREFIX
from rise_operator.manifest import Manifest

RBAC_GROUP = "rbac.authorization.k8s.io"
RBAC_VERSION = f"{RBAC_GROUP}/v1"

Subject = dict[str, str]


@dataclass(frozen=True)
class People:
    """Whom a role is bound to: e-mail addresses and groups of the identity provider."""

    emails: frozenset[str] = frozenset()
    idp_groups: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        """Tell whether there is anybody."""
        return bool(self.emails or self.idp_groups)

    def __or__(self, other: "People") -> "People":
        """Return the people of both."""
        return People(self.emails | other.emails, self.idp_groups | other.idp_groups)

    def subjects(self) -> list[Subject]:
        """Return the RBAC subjects: groups, then users, each sorted by name."""
        groups = [("Group", IDP_GROUP_PREFIX + group) for group in sorted(self.idp_groups)]
        users = [("User", USER_PREFIX + email) for email in sorted(self.emails)]
        return [
            {"apiGroup": RBAC_GROUP, "kind": kind, "name": name} for kind, name in groups + users
        ]


@dataclass(frozen=True)
class Parent:
    """The Project or Team that roles belong to."""

    kind: str
    plural: str
    name: str
    uid: str
    labels: tuple[tuple[str, str], ...]

    def role_name(self, role: str) -> str:
        """Return the name that the role and its binding share."""
        return f"rise:{self.kind.lower()}:{self.name}:{role}"

    def reference(self) -> dict[str, Any]:
        """Return the ownerReference: the parent controls the child and never waits for it."""
        return {
            "apiVersion": API_VERSION,
            "kind": self.kind,
            "name": self.name,
            "uid": self.uid,
            "controller": True,
            "blockOwnerDeletion": False,
        }


def role(parent: Parent, name: str, verbs: Iterable[str]) -> Manifest:
    """Return the ClusterRole `name` of `parent`: `verbs` on that one object and on nothing else."""
    rule = {
        "apiGroups": [GROUP],
        "resources": [parent.plural],
        "resourceNames": [parent.name],
        "verbs": list(verbs),
    }
    return {**_cluster_scoped(parent, "ClusterRole", name), "rules": [rule]}


def binding(parent: Parent, name: str, people: People) -> Manifest:
    """Return the ClusterRoleBinding that gives the role of the same name to `people`."""
    return {
        **_cluster_scoped(parent, "ClusterRoleBinding", name),
        "roleRef": role_reference(parent.role_name(name)),
        "subjects": people.subjects(),
    }


def grant(parent: Parent, name: str, verbs: Iterable[str], people: People) -> list[Manifest]:
    """Return the role and, if anybody is to hold it, its binding."""
    return [role(parent, name, verbs), *([binding(parent, name, people)] if people else [])]


def role_reference(name: str) -> dict[str, str]:
    """Return the roleRef to the ClusterRole `name`."""
    return {"apiGroup": RBAC_GROUP, "kind": "ClusterRole", "name": name}


def _cluster_scoped(parent: Parent, kind: str, name: str) -> Manifest:
    return {
        "apiVersion": RBAC_VERSION,
        "kind": kind,
        "metadata": {
            "name": parent.role_name(name),
            "labels": dict(parent.labels),
            "ownerReferences": [parent.reference()],
        },
    }


def grants_nothing_new(wanted: Manifest, there: Manifest) -> bool:
    """Tell whether writing `wanted` over the object `there` gives nobody a right more.

    Shape: a binding to the same role with no other subjects; a role each of whose rules is within
    a rule that is there. Namespaces and accounts grant nothing by themselves.
    """
    if wanted["kind"] == "ClusterRole":
        return all(
            any(_is_within(rule, other) for other in there.get("rules") or ())
            for rule in wanted["rules"]
        )
    if "roleRef" not in wanted:
        return True
    held: list[Subject] = there.get("subjects") or []
    return wanted["roleRef"] == there["roleRef"] and all(
        subject in held for subject in wanted["subjects"]
    )


def _is_within(rule: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Tell whether `other` grants all of `rule`; without names a rule is for every object."""
    fields = ("apiGroups", "resources", "verbs")
    if not all(set(rule.get(field, ())) <= set(other.get(field, ())) for field in fields):
        return False
    names = set(other.get("resourceNames", ()))
    return not names or (bool(rule.get("resourceNames")) and set(rule["resourceNames"]) <= names)
