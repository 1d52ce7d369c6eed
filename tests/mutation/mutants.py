"""Every policy that differs from one of the chart in one thing: an expression, a rule, a word."""

import copy
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from mutation import expressions
from rules.expressions import compiles
from rules.policy import Object

CLAIMS = frozenset({"true", "false"})  # an API server takes none where a sentence is expected
NO_SUCH = {"matchLabels": {"no": "such"}}
Edit = Callable[[Any], None]


@dataclass(frozen=True)
class Mutant:
    """A policy and its binding with one change."""

    policy: str
    place: str
    change: str
    manifest: Object
    binding: Object | None

    @property
    def title(self) -> str:
        return f"{self.policy}: {self.place}: {self.change}"


def mutants(manifest: Object, binding: Object) -> Iterator[Mutant]:
    """Yield each change once; what does not compile is none."""
    seen: list[tuple[Object, Object | None]] = [(manifest, binding)]
    titles: Counter[tuple[str, str]] = Counter()
    for place, change, policy, bound in _every(manifest, binding):
        if (policy, bound) in seen:
            continue
        seen.append((policy, bound))
        titles[place, change] += 1
        nth = f" ({titles[place, change]})" if titles[place, change] > 1 else ""
        yield Mutant(manifest["metadata"]["name"], place, f"{change}{nth}", policy, bound)


Changed = Iterator[tuple[str, str, Object, Object | None]]


def _every(manifest: Object, binding: Object) -> Changed:
    for place, change, edit in _edits(manifest["spec"]):
        policy = copy.deepcopy(manifest)
        edit(policy["spec"])
        yield place, change, policy, binding
    for change, bound in _bindings(binding):
        yield "binding", change, manifest, bound


def _bindings(binding: Object) -> Iterator[tuple[str, Object | None]]:
    yield "is missing", None
    for action in binding["spec"]["validationActions"]:
        left = [each for each in binding["spec"]["validationActions"] if each != action]
        changed = copy.deepcopy(binding)
        changed["spec"]["validationActions"] = left or ["Warn"]
        yield f"without {action}", changed
    if "paramRef" in binding["spec"]:
        changed = copy.deepcopy(binding)
        changed["spec"]["paramRef"]["parameterNotFoundAction"] = "Deny"
        yield "no team refuses", changed
        changed = copy.deepcopy(binding)
        changed["spec"]["paramRef"]["selector"] = NO_SUCH
        yield "only some teams", changed
    changed = copy.deepcopy(binding)
    changed["spec"]["matchResources"] = {"objectSelector": NO_SUCH}
    yield "only some objects", changed


def _edits(spec: Any) -> Iterator[tuple[str, str, Edit]]:
    yield "failurePolicy", "Ignore", lambda it: it.update(failurePolicy="Ignore")
    yield from _constraints(spec["matchConstraints"])
    for key in ("matchConditions", "variables", "validations", "auditAnnotations"):
        for index, each in enumerate(spec.get(key, ())):
            yield from _each_expression(key, index, each)


def _each_expression(key: str, index: int, each: Object) -> Iterator[tuple[str, str, Edit]]:
    place = f"{key}[{each.get('name', each.get('key', index))}]"
    if key != "variables":
        yield place, "is missing", _removed(key, index)
    for field in ("expression", "messageExpression", "valueExpression"):
        for change, text in expressions.mutants(each[field]) if field in each else ():
            if compiles(text) and (field == "expression" or text not in CLAIMS):
                where = place if field == "expression" else f"{place} {field}"
                yield where, change, _set(key, index, field, text)
    if each.get("reason"):
        yield place, "without its reason", _set(key, index, "reason", "Invalid")
    if each.get("message"):
        yield place, "another message", _set(key, index, "message", "refused")


def _removed(key: str, index: int) -> Edit:
    return lambda spec: spec[key].pop(index)


def _set(key: str, index: int, field: str, value: str) -> Edit:
    return lambda spec: spec[key][index].update({field: value})


def _constraints(constraints: Any) -> Iterator[tuple[str, str, Edit]]:
    place = "matchConstraints"
    for key in {"namespaceSelector", "matchPolicy"} & constraints.keys():
        yield place, f"without {key}", _dropped(key)
    yield place, "matchPolicy Exact", _constrained(matchPolicy="Exact")
    yield place, "only some objects", _constrained(objectSelector=NO_SUCH)
    rules: Sequence[Any] = constraints["resourceRules"]
    for index, rule in enumerate(rules):
        for key in ("apiGroups", "apiVersions", "operations", "resources"):
            for value in rule[key]:
                yield place, f"rule {index} without {key} {value}", _without(index, key, value)
        if "scope" in rule:
            yield place, f"rule {index} Namespaced", _scope(index)


def _dropped(key: str) -> Edit:
    return lambda spec: spec["matchConstraints"].pop(key)


def _constrained(**constraint: Any) -> Edit:
    return lambda spec: spec["matchConstraints"].update(constraint)


def _without(index: int, key: str, value: str) -> Edit:
    def edit(spec: Any) -> None:
        rule = spec["matchConstraints"]["resourceRules"][index]
        rule[key] = [each for each in rule[key] if each != value] or ["none"]

    return edit


def _scope(index: int) -> Edit:
    return lambda spec: spec["matchConstraints"]["resourceRules"][index].update(scope="Namespaced")
