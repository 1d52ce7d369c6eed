"""Label and field selectors, as far as the API server understands them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Labels = Mapping[str, str]
Requirement = Callable[[Labels], bool]

_KEY = r"[A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9])?"
_VALUE = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?|"
# Each of these costs one pass: anybody who is signed in may send 64 KiB of anything.
_PART = re.compile(r"(?:[^,(]|\([^)]*\)?)+")  # up to a comma outside parentheses
_SET = re.compile(rf"(?P<key>{_KEY})\s+(?P<op>in|notin)\s*\((?P<values>[^()]*)\)")
_EQUAL = re.compile(rf"(?P<key>{_KEY})\s*(?P<op>==|=|!=|>|<)\s*(?P<value>{_VALUE})")
_EXISTS = re.compile(rf"(?P<no>!\s*)?(?P<key>{_KEY})")
_FIELD = re.compile(r"(?P<key>[^=!,\\]+?)(?P<op>==|=|!=)(?P<value>(?:[^,=\\]|\\[,=\\])*)")
_FIELD_PART = re.compile(r"(?:[^,\\]|\\.?)+", re.DOTALL)  # a backslash takes what follows along
_ESCAPED = re.compile(r"\\([,=\\])")


class SelectorError(Exception):
    """The selector cannot be understood; the message is the API server's."""


@dataclass(frozen=True)
class Selector:
    """Both selectors of a list or watch."""

    labels: tuple[Requirement, ...] = ()
    fields: tuple[Requirement, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether every object is meant, as in most lists."""
        return not self.labels and not self.fields

    def selects(self, labels: Labels, fields: Mapping[str, str]) -> bool:
        """Say whether an object with these labels and fields is meant."""
        return all(met(labels) for met in self.labels) and all(met(fields) for met in self.fields)


EVERYTHING = Selector()


def parsed(labels: str, fields: str, known_fields: frozenset[str]) -> Selector:
    """Return the selector that two query parameters stand for.

    Raises:
        SelectorError: a requirement cannot be understood, or names a field that cannot be selected.
    """
    if not labels and not fields:  # as in most lists
        return EVERYTHING
    return Selector(
        tuple(_label_requirement(part) for part in _split(labels)),
        tuple(_field_requirement(part, known_fields) for part in _split_fields(fields)),
    )


def single_name(fields: str) -> str | None:
    """Return the name that a field selector asks for when it asks for exactly one."""
    return exact(fields).get("metadata.name") if fields else None


def exact(fields: str) -> dict[str, str]:
    """Return the fields that a selector wants to have one value; of several, the first."""
    found = [_FIELD.fullmatch(part) for part in _split_fields(fields)]
    return {
        each["key"]: _ESCAPED.sub(r"\1", each["value"])
        for each in reversed(found)
        if each and each["op"] != "!="
    }


def _label_requirement(text: str) -> Requirement:
    if found := _SET.fullmatch(text):
        values = frozenset(value.strip() for value in found["values"].split(","))
        return _among(found["key"], values, wanted=found["op"] == "in")
    if found := _EQUAL.fullmatch(text):
        key, op, value = found["key"], found["op"], found["value"]
        if op in "<>":
            return _compared(key, op, value)
        return _among(key, frozenset({value}), wanted=op != "!=")
    if found := _EXISTS.fullmatch(text):
        return _present(found["key"], wanted=not found["no"])
    raise SelectorError(f"unable to parse requirement: {text!r} is no requirement on a label")


def _field_requirement(text: str, known: frozenset[str]) -> Requirement:
    found = _FIELD.fullmatch(text)
    if not found:
        raise SelectorError(f"invalid selector: {text!r}; can't understand {text!r}")
    if found["key"] not in known:
        raise SelectorError(f"field label not supported: {found['key']}")
    value = _ESCAPED.sub(r"\1", found["value"])
    key, wanted = found["key"], found["op"] != "!="
    return lambda fields: (fields.get(key, "") == value) is wanted


def _among(key: str, values: frozenset[str], *, wanted: bool) -> Requirement:
    if wanted:
        return lambda labels: key in labels and labels[key] in values
    return lambda labels: key not in labels or labels[key] not in values


def _present(key: str, *, wanted: bool) -> Requirement:
    return lambda labels: (key in labels) is wanted


def _compared(key: str, op: str, text: str) -> Requirement:
    try:
        bound = int(text)
    except ValueError as error:
        raise SelectorError(f"for '{op}' operators, the value must be an integer") from error

    def met(labels: Labels) -> bool:
        try:
            value = int(labels[key])
        except (KeyError, ValueError):
            return False
        return value > bound if op == ">" else value < bound

    return met


def _split(text: str) -> list[str]:
    """Split at the commas that stand outside parentheses."""
    return [part.strip() for part in _PART.findall(text) if part.strip()]


def _split_fields(text: str) -> list[str]:
    """Split at the commas that are not escaped."""
    return [part for part in _FIELD_PART.findall(text) if part.strip()]
