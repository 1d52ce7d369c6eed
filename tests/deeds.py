"""What somebody does to a project's and a team's children: to them, and beside them.

NAME stands for the project's and the team's name.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from family import Family

MALLORY = {
    "kind": "User",
    "apiGroup": "rbac.authorization.k8s.io",
    "name": "rise:mallory@example.com",
}
OWNER = "rise:project:NAME:owner"
ROLE, BINDING = f"ClusterRole {OWNER}", f"ClusterRoleBinding {OWNER}"
TEAM_BINDING = "ClusterRoleBinding rise:team:NAME:owner"
GROUPS = "ClusterRole rise:gateway:groups"
NAMESPACE = "Namespace rise-NAME"
VIEWER, OPERATOR = "RoleBinding rise:ns:viewer", "RoleBinding rise:ns:operator"
ACCOUNT = "ServiceAccount rise-runtime"
INSIDE = ("RoleBinding", "ServiceAccount")
ALL = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}
UID = "/metadata/labels/internal.rise.dev~1project-uid"


@dataclass(frozen=True)
class Deed:
    """What somebody does to one child: a JSON patch, or its deletion without one."""

    sentence: str
    child: str
    patch: Sequence[Mapping[str, Any]] = ()

    def command(self, family: Family) -> list[str]:
        """Return it as arguments of kubectl."""
        kind, _, name = self.child.replace("NAME", family.name).partition(" ")
        inside = ("-n", family.namespace) if kind in INSIDE else ()
        how = ("--type=json", "-p", json.dumps(self.patch)) if self.patch else ("--wait=false",)
        return [*inside, "patch" if self.patch else "delete", kind, name, *how]


def added(path: str, value: Any) -> list[dict[str, Any]]:
    return [{"op": "add", "path": path, "value": value}]


def removed(path: str) -> list[dict[str, Any]]:
    return [{"op": "remove", "path": path}]


DEEDS = [
    Deed("the operator is shut out", OPERATOR),
    Deed("a role is deleted", ROLE),
    Deed("a binding is deleted", BINDING),
    Deed("the recipient's role is deleted", "ClusterRole rise:project:NAME:recipient"),
    Deed("a team's role is deleted", "ClusterRole rise:team:NAME:member"),
    Deed("a team's binding is deleted", TEAM_BINDING),
    Deed("the gateway's role is deleted", GROUPS),
    Deed("the developers are deleted", "RoleBinding rise:ns:developer"),
    Deed("the account is deleted", ACCOUNT),
    Deed("a role allows more", ROLE, added("/rules/0/verbs/-", "*")),
    Deed("a role allows less", ROLE, removed("/rules/0/verbs/1")),
    Deed("a role holds for every project", ROLE, removed("/rules/0/resourceNames")),
    Deed("a role gets a rule", ROLE, added("/rules/-", ALL)),
    Deed(
        "the gateway may act for a group that no team names",
        GROUPS,
        added("/rules/0/resourceNames/-", "rise:idp:admins"),
    ),
    Deed("a stranger is bound", BINDING, added("/subjects/-", MALLORY)),
    Deed("everybody is shut out", BINDING, removed("/subjects")),
    Deed("a stranger is bound inside", VIEWER, added("/subjects/-", MALLORY)),
    Deed("a stranger owns the team", TEAM_BINDING, added("/subjects/-", MALLORY)),
    Deed("the namespace loses its label", NAMESPACE, removed(UID)),
    Deed("the namespace is labelled as another project's", NAMESPACE, added(UID, "another")),
    Deed("a role loses its labels", ROLE, removed("/metadata/labels")),
    Deed("a binding inside loses its labels", VIEWER, removed("/metadata/labels")),
    Deed("a binding inside is labelled as another project's", VIEWER, added(UID, "another")),
    Deed("the account loses its labels", ACCOUNT, removed("/metadata/labels")),
    Deed("a role loses its ownerReference", ROLE, removed("/metadata/ownerReferences")),
    Deed("the account's token is mounted", ACCOUNT, added("/automountServiceAccountToken", True)),  # noqa: FBT003 - a JSON value
]


@dataclass(frozen=True)
class Addition:
    """What somebody adds, and how to see that it is there."""

    sentence: str
    deed: str
    look: str

    def command(self, words: str, family: Family) -> list[str]:
        """Return `deed` or `look` as arguments of kubectl."""
        return words.replace("NAME", family.name).split()


ADDITIONS = [
    Addition(
        "a label on a namespace",
        "label namespace rise-NAME team=shop",
        "get namespaces -l team=shop",
    ),
    Addition(
        "an annotation on a role",
        f"annotate clusterrole {OWNER} note=x",
        f"get clusterrole {OWNER} -o jsonpath={{.metadata.annotations.note}}",
    ),
    Addition(
        "a label on the account",
        "-n rise-NAME label serviceaccount rise-runtime a=b",
        "-n rise-NAME get serviceaccounts -l a=b -o name",
    ),
    Addition(
        "a label on the project",
        "label project NAME cost-center=7",
        "get projects -l cost-center=7 -o name",
    ),
    Addition(
        "something in the namespace",
        "-n rise-NAME create configmap theirs",
        "-n rise-NAME get configmap theirs --ignore-not-found",
    ),
    Addition(
        "a binding of their own",
        "-n rise-NAME create rolebinding theirs --clusterrole=view --user=x",
        "-n rise-NAME get rolebinding theirs --ignore-not-found",
    ),
    Addition(
        "a role of their own",
        "create clusterrole theirs-NAME --verb=get --resource=pods",
        "get clusterrole theirs-NAME --ignore-not-found",
    ),
]
