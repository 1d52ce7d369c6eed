"""A ValidatingAdmissionPolicy with its binding: what it says to one attempt."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from rules.expressions import Allowed, CelError, evaluate

CODES = {"Forbidden": HTTPStatus.FORBIDDEN, "Invalid": HTTPStatus.UNPROCESSABLE_ENTITY}
VARIABLE = re.compile(r"\bvariables\.(\w+)")
Object = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Attempt:
    """A request that has passed authorization, as admission sees it."""

    operation: str
    group: str
    version: str
    resource: str  # with the subresource: projects/status
    name: str
    namespace: str
    user: str
    groups: Sequence[str]
    old: Object | None
    new: Object | None
    allowed: Allowed
    namespace_labels: Mapping[str, str] = field(default_factory=dict[str, str])
    manager: str = ""  # of fields, as the request names it

    @property
    def request(self) -> dict[str, Any]:
        plain, _, subresource = self.resource.partition("/")
        return {
            "operation": self.operation,
            "resource": {"group": self.group, "version": self.version, "resource": plain},
            "subResource": subresource,
            "name": self.name,
            "namespace": self.namespace,
            "userInfo": {"username": self.user, "groups": list(self.groups)},
            "options": {"fieldManager": self.manager} if self.manager else {},
        }


@dataclass(frozen=True)
class Denial:
    """Why a policy refuses, with the status code that it answers with."""

    policy: str
    message: str
    code: int


@dataclass(frozen=True, eq=False)
class Policy:
    """What the API server reads from a policy and its binding."""

    manifest: Object
    binding: Object | None

    @property
    def name(self) -> str:
        return str(self.manifest["metadata"]["name"])

    @property
    def spec(self) -> Any:
        return self.manifest["spec"]

    def denials(self, attempt: Attempt, params: Sequence[Object]) -> list[Denial]:
        """Return every refusal, in order; `params` are the objects of the policy's paramKind."""
        if not self._bound(attempt) or not self._concerns(attempt):
            return []
        try:
            return list(self._each(attempt, params))
        except CelError as error:
            return self._in_doubt(error)

    def _bound(self, attempt: Attempt) -> bool:
        if not self.binding or "Deny" not in self.binding["spec"]["validationActions"]:
            return False
        return _selects_one(self.binding["spec"].get("matchResources", {}), attempt)

    def _in_doubt(self, error: CelError) -> list[Denial]:
        if self.spec["failurePolicy"] != "Fail":
            return []
        message = f"an expression resulted in an error: {error.text}"
        return [Denial(self.name, message, HTTPStatus.UNPROCESSABLE_ENTITY)]

    def _concerns(self, attempt: Attempt) -> bool:
        constraints = self.spec["matchConstraints"]
        return _selects_one(constraints, attempt) and any(
            _covers(rule, attempt) for rule in constraints["resourceRules"]
        )

    def _each(self, attempt: Attempt, params: Sequence[Object]) -> Iterator[Denial]:
        inputs = {"object": attempt.new, "oldObject": attempt.old, "request": attempt.request}
        for each in self._params(params) if "paramKind" in self.spec else [None]:
            evaluation = Evaluation(self.spec, {**inputs, "params": each}, attempt)
            if self._conditions_hold(evaluation):
                yield from self._refused(evaluation)

    def _params(self, params: Sequence[Object]) -> list[Object]:
        """Return those that the binding chooses."""
        assert self.binding
        reference = self.binding["spec"]["paramRef"]
        chosen = [
            each
            for each in params
            if _selects(reference["selector"], each["metadata"].get("labels", {}))
        ]
        if not chosen and reference["parameterNotFoundAction"] != "Allow":
            raise CelError("no params found for policy binding with `Deny` parameterNotFoundAction")
        return chosen

    def _conditions_hold(self, evaluation: "Evaluation") -> bool:
        """One that is false is enough to pass; only then does an error in another not matter."""
        errors: list[CelError] = []
        for condition in self.spec.get("matchConditions", ()):
            try:
                if evaluation.of(condition["expression"]) is not True:
                    return False
            except CelError as error:
                errors.append(error)
        if errors:
            raise errors[0]
        return True

    def _refused(self, evaluation: "Evaluation") -> Iterator[Denial]:
        for validation in self.spec["validations"]:
            try:
                if evaluation.of(validation["expression"]) is True:
                    continue
            except CelError as error:
                yield from self._in_doubt(error)
                continue
            code = CODES[validation.get("reason", "Invalid")]
            yield Denial(self.name, _said(validation, evaluation), code)
        for annotation in self.spec.get("auditAnnotations", ()):
            try:
                evaluation.of(annotation["valueExpression"], authorizer=False)
            except CelError as error:
                yield from self._in_doubt(error)

    def annotations(self, attempt: Attempt) -> dict[str, str]:
        """Return what the audit log is told."""
        inputs = {"object": attempt.new, "oldObject": attempt.old, "request": attempt.request}
        evaluation = Evaluation(self.spec, {**inputs, "params": None}, attempt)
        return {
            each["key"]: evaluation.of(each["valueExpression"], authorizer=False)
            for each in self.spec.get("auditAnnotations", ())
        }


def _said(validation: Mapping[str, str], evaluation: "Evaluation") -> str:
    if "messageExpression" in validation:
        try:
            return str(evaluation.of(validation["messageExpression"], authorizer=False))
        except CelError:
            pass
    return validation.get("message", f"failed expression: {validation['expression']}")


class Evaluation:
    """Expressions over one attempt and one parameter; variables are computed when asked for."""

    def __init__(self, spec: Any, inputs: Mapping[str, Any], attempt: Attempt) -> None:
        self._inputs = inputs
        self._allowed = attempt.allowed
        self._written = {each["name"]: each["expression"] for each in spec.get("variables", ())}
        self._known: dict[tuple[str, bool], Any] = {}

    def of(self, expression: str, *, authorizer: bool = True) -> Any:
        """Raise CelError where the API server would answer with an error."""
        variables = {
            name: self._variable(name, authorizer=authorizer)
            for name in set(VARIABLE.findall(expression))
        }
        known = {name: value for name, value in variables.items() if value is not _BROKEN}
        allowed = self._allowed if authorizer else None
        return evaluate(expression, {**self._inputs, "variables": known}, allowed=allowed)

    def _variable(self, name: str, *, authorizer: bool) -> Any:
        """Return its value; one that is broken is missing, an error for whoever reaches it."""
        key = (name, authorizer)
        if key not in self._known:
            try:
                self._known[key] = self.of(self._written[name], authorizer=authorizer)
            except (CelError, KeyError):
                self._known[key] = _BROKEN
        return self._known[key]


_BROKEN = object()


def _covers(rule: Object, attempt: Attempt) -> bool:
    wanted_scope = rule.get("scope", "*")
    scope = "Namespaced" if attempt.namespace else "Cluster"
    return (
        _among(rule["apiGroups"], attempt.group)
        and _among(rule["apiVersions"], attempt.version)
        and _among(rule["operations"], attempt.operation)
        and wanted_scope in {"*", scope}
        and any(_names(pattern, attempt.resource) for pattern in rule["resources"])
    )


def _among(listed: Sequence[str], value: str) -> bool:
    return "*" in listed or value in listed


def _names(pattern: str, resource: str) -> bool:
    wanted, _, wanted_sub = pattern.partition("/")
    plain, _, subresource = resource.partition("/")
    if pattern == "*/*":
        return True
    return wanted in {"*", plain} and wanted_sub in {subresource, "*" if subresource else ""}


def _selects_one(constraints: Object, attempt: Attempt) -> bool:
    """Tell whether the attempt's namespace, and its object before or after, are chosen."""
    of_objects = constraints.get("objectSelector", {})
    return _selects(constraints.get("namespaceSelector", {}), attempt.namespace_labels) and any(
        _selects(of_objects, each["metadata"].get("labels", {}))
        for each in (attempt.old, attempt.new)
        if each is not None
    )


def _selects(selector: Object, labels: Mapping[str, str]) -> bool:
    wanted: Mapping[str, str] = selector.get("matchLabels", {})
    return wanted.items() <= labels.items() and all(
        (each["key"] in labels) == (each["operator"] == "Exists")
        for each in selector.get("matchExpressions", ())
    )


def policies(manifests: Sequence[Object]) -> list[Policy]:
    """Return every policy among `manifests`, each with its binding."""
    bindings = {
        each["spec"]["policyName"]: each
        for each in manifests
        if each["kind"] == "ValidatingAdmissionPolicyBinding"
    }
    return [
        Policy(each, bindings.get(each["metadata"]["name"]))
        for each in manifests
        if each["kind"] == "ValidatingAdmissionPolicy"
    ]
