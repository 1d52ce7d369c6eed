"""The rules of ownership: which ones there have to be, and whether two copies of one say the same.

An installed policy is compared with the one that the chart rendered, field by field of `spec`,
after both are brought to one form: what the API server fills in by itself is filled in, what is
empty is left out, lists are sorted (none of these has an order that matters). Everything else
counts, fields that we do not know included: one that a later Kubernetes brings may narrow a policy.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from rise_crds.documents import documents

REQUIRED = (
    "first-apply.rise.dev",
    "namespaces.rise.dev",
    "operator-fence.rise.dev",
    "projects.live-membership.rise.dev",
    "projects.ownership.rise.dev",
    "secrets.rise.dev",
    "subresources.rise.dev",
    "teams.ownership.rise.dev",
)
POLICY, BINDING = "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"
COPY = "rise-policies"  # the ConfigMap of the chart, and the key in it
COPY_KEY = "policies.yaml"

Digests = Mapping[str, str]  # field of `spec` → SHA-256 of its normal form

_OWNERSHIP = ("projects.ownership.rise.dev", "teams.ownership.rise.dev")
_CALLED = {POLICY: "policy", BINDING: "policy binding"}
_WHO = re.compile(r"request\.userInfo\.username (?:in \[([^]]*)\]|[!=]= '([^']*)')")
_WHICH_GROUPS = re.compile(r"request\.userInfo\.groups\.exists\(g, g in \[([^]]*)\]\)")
_QUOTED = re.compile(r"'([^']*)'")


class UnusableCopyError(ValueError):
    """Our own copy of the policies is none: the message says why."""


@dataclass(frozen=True, order=True)
class Key:
    """One policy or binding."""

    kind: str
    name: str

    def __str__(self) -> str:
        """Return how people are told of it."""
        return f"{_CALLED[self.kind]} {self.name}"


KEYS = tuple(Key(kind, name) for kind in (POLICY, BINDING) for name in REQUIRED)


@dataclass(frozen=True, order=True)
class Exempt:
    """Somebody whom the rules of ownership do not bind."""

    kind: str  # user or group
    name: str
    why: str  # administrator, operator, control-plane


@dataclass(frozen=True)
class Installed:
    """What counts of a policy or binding."""

    digests: Digests
    exempt: frozenset[Exempt] = frozenset()


def installed(key: Key, spec: Mapping[str, Any]) -> Installed:
    """Return what counts of the policy or binding called `key`."""
    names = exempt(spec) if key.kind == POLICY and key.name in _OWNERSHIP else frozenset[Exempt]()
    return Installed(digests(key.kind, spec), names)


def digests(kind: str, spec: Mapping[str, Any]) -> Digests:
    """Return a fingerprint for each field of a policy's or binding's `spec`."""
    normal = _without_empty(_with_defaults(spec) if kind == POLICY else spec)
    return {field: _digest(value) for field, value in sorted(normal.items())}


def read_copy(text: str) -> dict[Key, Digests]:
    """Return what our own copy, YAML as the chart renders it, says of every policy and binding.

    Raises:
        UnusableCopyError: it is no YAML, or one of them is not in it.
    """
    try:
        found = {
            Key(each["kind"], each["metadata"]["name"]): digests(each["kind"], each["spec"])
            for each in documents(text)
        }
    except (yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise UnusableCopyError(f"it is no YAML of policies ({type(error).__name__})") from error
    lacking = [str(key) for key in KEYS if key not in found]
    if lacking:
        raise UnusableCopyError(f"it lacks {', '.join(lacking)}")
    return {key: found[key] for key in KEYS}


def differences(own: Mapping[Key, Digests], found: Mapping[Key, Installed]) -> list[str]:
    """Return what is wrong with the installed policies and bindings, and who mends it."""
    missing = [key for key in own if key not in found]
    edited = {
        key: _fields(own[key], found[key].digests)
        for key in own
        if key in found and own[key] != found[key].digests
    }
    return [f"missing: {key} (an administrator installs the chart)" for key in missing] + [
        # installing alone would keep what somebody has added
        f"edited: {key}, in {', '.join(fields)} "
        "(an administrator deletes it and installs the chart)"
        for key, fields in edited.items()
    ]


def exempt(spec: Mapping[str, Any]) -> frozenset[Exempt]:
    """Return whom a policy lets through by name: by its match conditions, or as administrators."""
    conditions = [
        (each["name"].removeprefix("not-"), each["expression"])
        for each in spec.get("matchConditions") or ()
    ]
    variables = [
        (each["name"], each["expression"])
        for each in spec.get("variables") or ()
        if each["name"] == "administrator"
    ]
    return frozenset(
        Exempt(kind, name, why)
        for why, expression in (*conditions, *variables)
        for kind, name in _named(expression)
    )


def _named(expression: str) -> Iterator[tuple[str, str]]:
    for listed, single in _WHO.findall(expression):
        yield from (("user", name) for name in _QUOTED.findall(listed))
        if single:
            yield "user", single
    for listed in _WHICH_GROUPS.findall(expression):
        yield from (("group", name) for name in _QUOTED.findall(listed))


def _fields(one: Digests, other: Digests) -> list[str]:
    fields = sorted({*one, *other})
    return [f"spec.{field}" for field in fields if one.get(field) != other.get(field)]


def _with_defaults(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Return a policy's spec with what the API server fills in."""
    matches = dict(spec.get("matchConstraints") or {})
    for rules in ("resourceRules", "excludeResourceRules"):
        if rules in matches:
            matches[rules] = [{"scope": "*", **rule} for rule in matches[rules]]
    return {
        "failurePolicy": "Fail",
        **spec,
        "matchConstraints": {"matchPolicy": "Equivalent", **matches},
    }


def _without_empty(value: Any) -> Any:
    if isinstance(value, Mapping):
        inner = {key: _without_empty(each) for key, each in value.items()}
        return {key: each for key, each in inner.items() if each not in (None, "", [], {})}
    if isinstance(value, list):
        return _in_order(_without_empty(each) for each in value)
    return value


def _in_order(values: Iterable[Any]) -> list[Any]:
    return sorted(values, key=_text)


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _digest(value: Any) -> str:
    return hashlib.sha256(_text(value).encode()).hexdigest()
