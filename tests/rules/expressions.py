"""CEL as the API server evaluates it in a policy, in this process.

Numbers of cost and the API server's own libraries are left out but for what the policies use: the
authorizer, and `substring`. A checked authorizer is a string here (`group|resource|name|verb`),
because the library knows no types of its own; `allowed()` looks the string up.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from cel_expr_python import cel
from cel_expr_python.ext.ext_optional import ExtOptional

STRING, BOOL, DYN = cel.Type.STRING, cel.Type.BOOL, cel.Type.DYN
INPUTS = ("object", "oldObject", "request", "params", "variables")

Allowed = Callable[[str, str, str, str], bool]


@dataclass(frozen=True)
class CelError(Exception):
    """An expression that comes to nothing: the API server refuses the request."""

    text: str


class _Authorizer:
    """Whoever asks at the moment: evaluation is synchronous, so there is one at a time."""

    allowed: Allowed

    def answer(self, asked: str) -> bool:
        fields = dict(part.split("=", 1) for part in asked.split("|")[1:])
        return self.allowed(
            fields["group"], fields["resource"], fields.get("name", ""), fields["check"]
        )


AUTHORIZER = _Authorizer()


def _step(name: str) -> cel.FunctionDecl:
    def step(asked: str, value: str) -> str:
        return f"{asked}|{name}={value}"

    return _method(name, STRING, [STRING], step)


def _substring(text: str, start: int) -> str:
    return text[start:]


def _method(
    name: str, returned: cel.Type, parameters: list[cel.Type], does: Callable[..., Any]
) -> cel.FunctionDecl:
    overload = cel.Overload(
        name, return_type=returned, parameters=[STRING, *parameters], is_member=True, impl=does
    )
    return cel.FunctionDecl(name, [overload])


_METHODS = [
    *(_step(name) for name in ("group", "resource", "name", "check")),
    _method("allowed", BOOL, [], AUTHORIZER.answer),
    _method("substring", STRING, [cel.Type.INT], _substring),
]
_TYPES: dict[str, cel.Type] = dict.fromkeys(INPUTS, DYN)
_WITH = cel.NewEnv(
    variables={**_TYPES, "authorizer": STRING}, extensions=[ExtOptional()], functions=_METHODS
)
_WITHOUT = cel.NewEnv(variables=_TYPES, extensions=[ExtOptional()], functions=_METHODS)


@cache
def _compiled(expression: str, *, authorizer: bool) -> cel.Expression:
    return (_WITH if authorizer else _WITHOUT).compile(expression)


def compiles(expression: str) -> bool:
    try:
        _compiled(expression, authorizer=True)
    except (RuntimeError, ValueError):
        return False
    return True


def evaluate(expression: str, inputs: Mapping[str, Any], *, allowed: Allowed | None) -> Any:
    """Return what `expression` comes to; without `allowed` it may not ask the authorizer.

    Raises:
        CelError: it cannot be compiled, or comes to an error.
    """
    data = dict(inputs)
    if allowed:
        AUTHORIZER.allowed = allowed
        data["authorizer"] = "asked"
    try:
        value = _compiled(expression, authorizer=bool(allowed)).eval(data=data)
    except (RuntimeError, ValueError) as error:
        raise CelError(str(error)) from error
    if value.type() == cel.Type.ERROR:
        raise CelError(str(value.value()))
    return value.plain_value()
