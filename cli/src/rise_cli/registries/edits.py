"""Change one member of a JSON text, and leave every other byte as it is."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

INDENT = "\t"  # Docker's own
_SPACE = re.compile(r"[ \t\n\r]*")
_VALUE = json.JSONDecoder()
_NOTHING = {"", "null"}


class NoObjectError(ValueError):
    """The text is no JSON, or holds something else where an object should be."""


@dataclass(frozen=True)
class _Member:
    key: str
    begin: int  # of the key
    value: int
    end: int


def parsed(text: str) -> dict[str, Any]:
    """Return the object that `text` is; an empty text is an empty object.

    Raises:
        NoObjectError: it is none.
    """
    try:
        found = json.loads(text) if text.strip() else {}
    except (ValueError, RecursionError) as error:
        raise NoObjectError("no JSON") from error
    if found is None:  # as Go reads it
        return {}
    if not isinstance(found, dict):
        raise NoObjectError("no JSON object")
    return found


def with_member(text: str, path: Sequence[str], value: Any) -> str:
    """Return `text` with `value` at `path`, whose objects are made where they are missing.

    Raises:
        NoObjectError: something on the way is no object.
    """
    parsed(text)
    text = "{}\n" if text.strip() in _NOTHING else text
    at, end = _skip(text, 0), len(text)
    for depth, key in enumerate(path, start=1):
        member = _member(text, at, key)
        if member is None:
            return _added(text, at, key, _nested(path[depth:], value), depth)
        at, end = member.value, member.end
        if text[at:end] in _NOTHING:
            value, path = _nested(path[depth:], value), path[:depth]
            break
    return text[:at] + _dumped(text, value, len(path)) + text[end:]


def without_member(text: str, path: Sequence[str]) -> str:
    """Return `text` without what stands at `path`, however often; itself where nothing does.

    Raises:
        NoObjectError: something on the way is no object.
    """
    parsed(text)
    if text.strip() in _NOTHING:
        return text
    at = _skip(text, 0)
    for key in path[:-1]:
        member = _member(text, at, key)
        if member is None or text[member.value : member.end] in _NOTHING:
            return text
        at = member.value
    while (member := _member(text, at, path[-1])) is not None:
        text = _removed(text, at, member)
    return text


def _nested(path: Sequence[str], value: Any) -> Any:
    for key in reversed(path):
        value = {key: value}
    return value


def _added(text: str, at: int, key: str, value: Any, depth: int) -> str:
    members = _members(text, at)
    unit = _unit(text)
    line = "" if unit is None else "\n" + unit * depth
    written = f"{json.dumps(key, ensure_ascii=False)}: {_dumped(text, value, depth)}"
    if members:
        separator = line or " "
        return f"{text[: members[-1].end]},{separator}{written}{text[members[-1].end :]}"
    close = text.index("}", at)
    end = "" if unit is None else "\n" + unit * (depth - 1)
    return f"{text[: at + 1]}{line}{written}{end}{text[close:]}"


def _removed(text: str, at: int, member: _Member) -> str:
    members = _members(text, at)
    index = members.index(member)
    if len(members) == 1:
        return text[: at + 1] + text[text.index("}", member.end) :]
    if index + 1 < len(members):
        return text[: member.begin] + text[members[index + 1].begin :]
    return text[: members[index - 1].end] + text[member.end :]


def _member(text: str, at: int, key: str) -> _Member | None:
    """Return the member called `key`: of several the last, as readers take it."""
    return next((one for one in reversed(_members(text, at)) if one.key == key), None)


def _members(text: str, at: int) -> list[_Member]:
    """Return the members of the object that begins at `at`, of a text that is JSON."""
    if text[at] != "{":
        raise NoObjectError("something else where an object should be")
    found: list[_Member] = []
    at = _skip(text, at + 1)
    while text[at] != "}":
        begin = at
        key, at = _VALUE.raw_decode(text, begin)
        value = _skip(text, _skip(text, at) + 1)
        _, end = _VALUE.raw_decode(text, value)
        found.append(_Member(key, begin, value, end))
        at = _skip(text, end)
        if text[at] == ",":
            at = _skip(text, at + 1)
    return found


def _dumped(text: str, value: Any, depth: int) -> str:
    unit = _unit(text)
    if unit is None:
        return json.dumps(value, ensure_ascii=False)
    return json.dumps(value, indent=unit, ensure_ascii=False).replace("\n", "\n" + unit * depth)


def _unit(text: str) -> str | None:
    """Return what a level of `text` is indented by; None where it stands on one line."""
    if first := re.search(r'\n([ \t]+)"', text):
        return first[1]
    return None if parsed(text) and "\n" not in text.strip() else INDENT


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at
