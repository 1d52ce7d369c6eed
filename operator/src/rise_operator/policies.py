"""Which admission policies must be there: without them, Rise's rules of ownership do not hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rise_operator.engine.cache import Cache, Name, version_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from rise_operator.engine.cache import Change

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
_NARROWING = ("objectSelector", "excludeResourceRules")  # the chart's match every object


@dataclass(frozen=True, slots=True)
class Rule:
    """A policy or a binding: whether it does what one of that name has to do."""

    version: int
    effective: bool


class Policies:
    """The policies and bindings of the chart, as the API server has them."""

    def __init__(self) -> None:
        """Begin with none."""
        self.policies: Cache[Rule] = Cache(_policy, _ignore)
        self.bindings: Cache[Rule] = Cache(_binding, _ignore)

    def problems(self) -> list[str]:
        """Return what is wrong, for people to read; nothing when all of them are in force."""
        absent = self._named(lambda rule: rule is None)
        idle = self._named(lambda rule: rule is not None and not rule.effective)
        return [f"missing: {each} (an administrator installs the chart)" for each in absent] + [
            f"without effect: {each} (an administrator deletes it and installs the chart)"
            for each in idle  # installing alone would keep what somebody has added
        ]

    def _named(self, claim: Callable[[Rule | None], bool]) -> list[str]:
        return [
            f"{what} {name}"
            for what, cache in (("policy", self.policies), ("policy binding", self.bindings))
            for name in REQUIRED
            if claim(cache.get(Name("", name)))
        ]


def _policy(obj: dict[str, Any]) -> Rule | None:
    if obj["metadata"]["name"] not in REQUIRED:
        return None
    spec = obj["spec"]
    matches: dict[str, Any] = spec.get("matchConstraints") or {}
    narrowed = any(matches.get(field) for field in _NARROWING)
    demands = _expressions(spec, "validations")
    effective = (
        spec.get("failurePolicy", "Fail") == "Fail"
        and bool(matches.get("resourceRules"))
        and not narrowed
        and bool(demands - {"true"})
        and "false" not in _expressions(spec, "matchConditions")
    )
    return Rule(version_of(obj), effective)


def _binding(obj: dict[str, Any]) -> Rule | None:
    name = obj["metadata"]["name"]
    if name not in REQUIRED:
        return None
    spec = obj["spec"]
    parameters: dict[str, Any] = spec.get("paramRef") or {}
    effective = (
        spec.get("policyName") == name
        and "Deny" in (spec.get("validationActions") or [])
        and not spec.get("matchResources")
        and not (parameters.get("name") or parameters.get("selector"))
    )
    return Rule(version_of(obj), effective)


def _expressions(spec: dict[str, Any], field: str) -> set[str]:
    entries: list[dict[str, str]] = spec.get(field) or []
    return {entry["expression"].strip() for entry in entries}


def _ignore(_change: Change[Rule]) -> None:
    """Nobody waits for a policy: /readyz and reconciles look when they need to."""
