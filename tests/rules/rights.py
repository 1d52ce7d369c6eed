"""RBAC over manifests, in this process: who may do what."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

SUPERUSERS = "system:masters"
Object = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """A verb on something, by somebody."""

    user: str
    groups: Sequence[str]
    verb: str
    group: str
    resource: str
    name: str = ""
    namespace: str = ""


@dataclass(frozen=True)
class Rights:
    """ClusterRoles, and the bindings to them."""

    roles: Mapping[str, Object]
    bindings: Sequence[Object]

    @classmethod
    def of(cls, manifests: Iterable[Object]) -> "Rights":
        found = list(manifests)
        roles = {each["metadata"]["name"]: each for each in found if each["kind"] == "ClusterRole"}
        kinds = {"ClusterRoleBinding", "RoleBinding"}
        bound = [
            each
            for each in found
            if each["kind"] in kinds and each["roleRef"]["kind"] == "ClusterRole"
        ]
        return cls(roles, bound)

    @cached_property
    def _held(self) -> Mapping[str, Sequence[Object]]:
        """The bindings by whom they name: one subject is a user or a group."""
        held: dict[str, list[Object]] = {}
        for binding in self.bindings:
            for subject in binding["subjects"]:
                held.setdefault(_key(subject), []).append(binding)
        return held

    def allow(self, asked: Asked) -> bool:
        if SUPERUSERS in asked.groups:
            return True
        return any(
            _grants(rule, asked)
            for binding in self._of(asked)
            if binding["metadata"].get("namespace", asked.namespace) == asked.namespace
            for rule in self.roles.get(binding["roleRef"]["name"], {}).get("rules", ())
        )

    def _of(self, asked: Asked) -> Iterator[Object]:
        for key in (f"User {asked.user}", *(f"Group {group}" for group in asked.groups)):
            yield from self._held.get(key, ())


def _key(subject: Mapping[str, str]) -> str:
    if subject["kind"] == "ServiceAccount":
        return f"User system:serviceaccount:{subject['namespace']}:{subject['name']}"
    return f"{subject['kind']} {subject['name']}"


def _grants(rule: Object, asked: Asked) -> bool:
    named = rule.get("resourceNames", ())
    return (
        _among(rule["verbs"], asked.verb)
        and _among(rule.get("apiGroups", ()), asked.group)
        and _among(rule.get("resources", ()), asked.resource)
        and (not named or asked.name in named)
    )


def _among(listed: Sequence[str], value: str) -> bool:
    return "*" in listed or value in listed
