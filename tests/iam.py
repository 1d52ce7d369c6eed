"""A strict evaluator of IAM policy documents: what it does not know it refuses to judge.

moto keeps policies and asks none of them, and its own evaluator reads a pattern as a regular
expression, knows few conditions and takes an unknown one for true. Rules:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

Context = Mapping[str, str]


def permitted(
    session_policy: str, resource_policy: str | None, action: str, resource: str, context: Context
) -> bool:
    """Tell whether a role session may: its policy allows it, and neither document denies it.

    The role's own policy is taken to allow everything: the session's is the bound.
    """
    session = _verdicts(json.loads(session_policy), action, resource, context)
    of_resource: set[str] = set()
    if resource_policy is not None:
        document = json.loads(resource_policy)
        for statement in _listed(document["Statement"]):
            statement.setdefault("Resource", resource)  # a repository's policy names none
            principal = statement.pop("Principal")
            assert principal == "*", f"not judged: principal {principal}"
        of_resource = _verdicts(document, action, resource, context)
    return "Allow" in session and "Deny" not in session | of_resource


def _verdicts(document: Any, action: str, resource: str, context: Context) -> set[str]:
    assert set(document) <= {"Version", "Statement", "Id"}, f"not judged: {set(document)}"
    return {
        str(statement["Effect"])
        for statement in _listed(document["Statement"])
        if _concerns(statement, action, resource, context)
    }


def _concerns(statement: dict[str, Any], action: str, resource: str, context: Context) -> bool:
    known = {"Sid", "Effect", "Action", "Resource", "Condition"}
    assert set(statement) <= known, f"not judged: {set(statement) - known}"
    return (
        _any_like(_listed(statement["Action"]), action)
        and _any_like(_listed(statement["Resource"]), resource)
        and all(
            _holds(operator, context.get(key), _listed(values))
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        )
    )


def _holds(operator: str, value: str | None, expected: Iterable[str]) -> bool:
    if operator == "StringNotLike":
        return value is None or not _any_like(expected, value)
    if value is None:
        return False
    return any(OPERATORS[operator](value, each) for each in expected)


def _like(value: str, pattern: str) -> bool:
    parts = (re.escape(each) for each in re.split(r"([*?])", pattern))
    read = "".join(parts).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(read, value, re.DOTALL) is not None


OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "StringLike": _like,
    "DateLessThan": lambda value, bound: _time(value) < _time(bound),
    "DateLessThanEquals": lambda value, bound: _time(value) <= _time(bound),
}


def _any_like(patterns: Iterable[str], value: str) -> bool:
    return any(_like(value, each) for each in patterns)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [value]  # pyright: ignore[reportUnknownArgumentType] - JSON
