"""The reference pages of kinds and reasons, made from the schemas and the closed list."""

import json
from collections.abc import Iterator
from typing import Any

from rise_crds.reasons import Reason

_BOUNDS = {
    "minLength": "length at least {}",
    "maxLength": "length at most {}",
    "minItems": "items at least {}",
    "maxItems": "items at most {}",
    "pattern": "pattern `{}`",
    "default": "default `{}`",
}


def kind_page(definition: dict[str, Any]) -> str:
    """Return the page of one kind."""
    names = definition["spec"]["names"]
    version = definition["spec"]["versions"][0]
    schema = version["schema"]["openAPIV3Schema"]
    lines = [
        f"# {names['kind']}",
        "",
        f"{schema['description']}",
        "",
        (
            f"`{definition['spec']['group']}/{version['name']}`, cluster-scoped; `kubectl get "
            f"{names['plural']}`, short `{names['shortNames'][0]}`. This page is made from "
            "`crds/src/rise_crds` by `make generate`."
        ),
        "",
        "## Rules",
        "",
        *[f"- {rule['message']}" for rule in _rules(schema)],
    ]
    for part in ("spec", "status"):
        lines += ["", f"## {part}", "", "| field | type | what it is |", "| --- | --- | --- |"]
        lines += [_row(*field) for field in _fields(schema["properties"][part], part)]
    return "\n".join(lines) + "\n"


def _rules(schema: dict[str, Any]) -> Iterator[dict[str, str]]:
    yield from schema.get("x-kubernetes-validations", [])
    for inner in schema.get("properties", {}).values():
        yield from _rules(inner)
    if "items" in schema:
        yield from _rules(schema["items"])


def _fields(schema: dict[str, Any], path: str) -> Iterator[tuple[str, dict[str, Any], bool]]:
    required = schema.get("required", [])
    for name, inner in schema.get("properties", {}).items():
        here = f"{path}.{name}"
        yield here, inner, name in required
        if inner.get("type") == "object":
            yield from _fields(inner, here)
        elif inner.get("items", {}).get("type") == "object":
            yield from _fields(inner["items"], f"{here}[]")


def _row(path: str, schema: dict[str, Any], required: bool) -> str:  # noqa: FBT001 - a row of three
    kind = schema["type"]
    if kind == "array":
        kind = f"list of {schema['items']['type']}s"
    bounds = [text.format(_shown(schema[key])) for key, text in _BOUNDS.items() if key in schema]
    if "enum" in schema:
        bounds.insert(0, "one of " + ", ".join(f"`{value}`" for value in schema["enum"]))
    if required:
        bounds.insert(0, "required")
    said = schema.get("description", "")
    notes = f" ({'; '.join(bounds)})" if bounds else ""
    return f"| `{path}` | {kind} | {(said + notes).replace('|', '&#124;')} |"


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def reasons_page() -> str:
    """Return the page of all reasons."""
    lines = [
        "# Reasons",
        "",
        "Why a condition says what it says. The list is closed; `rise explain REASON` prints one.",
        "This page is made from `crds/src/rise_crds/reasons.py` by `make generate`.",
    ]
    for reason in sorted(Reason):
        lines += ["", f"## {reason.value}", "", f"{reason.title}.", ""]
        lines += [f"- **Where it comes from**: {reason.cause}", f"- **What to do**: {reason.fix}"]
    return "\n".join(lines) + "\n"
