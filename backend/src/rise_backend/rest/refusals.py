"""A Status of the API server → a problem that says the same to somebody who speaks REST."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from rise_backend.errors import UnavailableError
from rise_backend.rest.kinds import Kind
from rise_backend.rest.models import Fault
from rise_backend.rest.problems import ProblemError, pointer

_BY_POLICY = re.compile(r"ValidatingAdmissionPolicy '[^']*' with binding '[^']*' denied request: ")
_BY_ROLES = re.compile(r'User "[^"]*" cannot [a-z]+ resource')
_PREFIX = re.compile(r'^[A-Za-z]+\.rise\.dev "[^"]*" is (invalid|forbidden): ')
_PARTS = re.compile(r"[^.\[\]]+")
_NAMES = {"suspend": "suspended"}  # where REST calls a field of the spec otherwise
_KINDS = {
    HTTPStatus.FORBIDDEN: Kind.FORBIDDEN,
    HTTPStatus.CONFLICT: Kind.NAME_TAKEN,
    HTTPStatus.BAD_REQUEST: Kind.AGAINST_THE_RULES,
    HTTPStatus.UNPROCESSABLE_ENTITY: Kind.AGAINST_THE_RULES,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: Kind.TOO_LARGE,
}


def refusal(status: Mapping[str, Any], noun: str) -> Exception:
    """Return what to raise for a write that the API server refused."""
    try:
        kind = _KINDS[HTTPStatus(int(status["code"]))]
    except (KeyError, ValueError):
        code = status.get("code", "without a code")
        return UnavailableError(f"the API server refused for now ({code}): try again in a moment")
    message = str(status.get("message", ""))
    if kind is Kind.NAME_TAKEN:
        said = f"a {noun} of that name exists, perhaps one that you may not see: choose another one"
        return ProblemError(kind, said)
    if _BY_ROLES.search(message):
        return ProblemError(
            kind, f"you may see this {noun}, but not do this: ask one of its owners"
        )
    faults = [] if _BY_POLICY.search(message) else _faults(status)
    return ProblemError(kind, sentence(message), errors=faults)


def sentence(message: str) -> str:
    """Return what a refusal says, without whose words they are."""
    found = _BY_POLICY.search(message)
    return message[found.end() :] if found else _PREFIX.sub("", message)


def _faults(status: Mapping[str, Any]) -> list[Fault]:
    causes = status.get("details", {}).get("causes", [])
    return [
        Fault(detail=str(cause.get("message", "")), pointer=_pointer(str(cause.get("field", ""))))
        for cause in causes
    ]


def _pointer(field: str) -> str:
    """Return where REST has what the API server calls `spec.members[0].user`, say."""
    parts: list[str] = _PARTS.findall(field)
    if parts[:1] == ["spec"]:
        parts = parts[1:]
    if parts[:1] == ["metadata"]:
        parts = parts[1:]
    if parts[:1] == ["transferTo"]:
        parts = parts[:1]
    return pointer([_NAMES.get(part) or part for part in parts])
