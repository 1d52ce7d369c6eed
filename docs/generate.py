"""Write the reference pages that several programs share: settings and the REST API.

Run in a checkout: `python docs/generate.py`, or with `--check` to see whether the committed pages
are up to date (exit code 1 when not). Kinds and reasons come from `rise_crds.generate`, commands
from `rise_cli.reference`.
"""

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings

from rise_backend.rest.api import rest_api
from rise_backend.rest.kinds import Kind
from rise_backend.services import Services
from rise_backend.settings import Settings as BackendSettings
from rise_operator.settings import Settings as OperatorSettings

REFERENCE = Path(__file__).resolve().parent / "reference"


def settings_page() -> str:
    """Return the page of every environment variable."""
    lines = [
        "# Settings",
        "",
        "The operator and the backend read their environment once, at the start.",
        "`rise-operator --help` and `rise-backend --help` print the same lists. The credentials",
        "for Kubernetes come from `KUBECONFIG`, or from the ServiceAccount inside a cluster. The",
        "chart's values stand in `charts/rise/values.yaml`.",
        "This page is made from the programs by `make generate`.",
    ]
    for title, settings in (("Operator", OperatorSettings), ("Backend", BackendSettings)):
        lines += [
            "",
            f"## {title}",
            "",
            "| variable | default | what it is |",
            "| --- | --- | --- |",
        ]
        lines += _variables(settings)
    return "\n".join(lines) + "\n"


def _variables(settings: type[BaseSettings]) -> list[str]:
    prefix = settings.model_config.get("env_prefix", "")
    rows: list[str] = []
    for name, field in settings.model_fields.items():
        if field.default is PydanticUndefined:
            default = "required"
        else:
            value = getattr(field.default, "value", field.default)
            default = f"`{value}`" if value not in (None, "", ()) else ""
        said = (field.description or "").replace("|", "&#124;")
        rows.append(f"| `{prefix}{name.upper()}` | {default} | {said} |")
    return rows


def rest_page() -> str:
    """Return the page of the REST API."""
    services = cast("Services", SimpleNamespace(settings=SimpleNamespace(public_url="")))
    document = rest_api(services).openapi()
    lines = [
        "# REST API",
        "",
        *document["info"]["description"].splitlines(),
        "",
        "The OpenAPI document is served at `/api/v1/openapi.json`. What goes wrong is said as one",
        "of the [problems](problems.md). This page is made from the backend by `make generate`.",
        "",
        "| request | answers | what it does |",
        "| --- | --- | --- |",
    ]
    for path, operations in sorted(document["paths"].items()):
        for method, operation in sorted(operations.items()):
            lines.append(_operation(path, method, operation))
    return "\n".join(lines) + "\n"


def problems_page() -> str:
    """Return the page of every kind of problem."""
    lines = [
        "# Problems",
        "",
        "What the [REST API](rest.md) says when it does not do what it was asked: problem details",
        "(RFC 9457) of the media type `application/problem+json`, with one of these as `type`. The",
        "list is closed and no `type` is ever renamed; the addresses identify, nothing answers",
        "there. `detail` is for people, `errors` names each part that is wrong, and `requestId`",
        "finds the request in the backend's log.",
        "This page is made from `backend/src/rise_backend/rest/kinds.py` by `make generate`.",
    ]
    for kind in sorted(Kind, key=lambda one: (one.status, one.value)):
        lines += ["", f"## {kind.value}", "", f"{kind.title}.", ""]
        lines += [f"- **Status**: {int(kind.status)} {kind.status.phrase}"]
        lines += [f"- **Type**: `{kind.uri}`"]
        lines += [f"- **Where it comes from**: {kind.cause}", f"- **What to do**: {kind.fix}"]
    return "\n".join(lines) + "\n"


def _operation(path: str, method: str, operation: dict[str, Any]) -> str:
    answers = ", ".join(sorted(operation["responses"]))
    said = (operation.get("description") or operation["summary"]).split("\n\n")[0]
    return f"| `{method.upper()} {path}` | {answers} | {' '.join(said.split())} |"


def main() -> int:
    """Write, or check with `--check`."""
    pages = {"settings.md": settings_page(), "rest.md": rest_page(), "problems.md": problems_page()}
    stale: list[str] = []
    for name, text in pages.items():
        page = REFERENCE / name
        if page.exists() and page.read_text() == text:
            continue
        if "--check" in sys.argv[1:]:
            stale.append(name)
        else:
            page.write_text(text)
    for name in stale:
        sys.stderr.write(f"docs/reference/{name} is out of date: run `make generate` and commit\n")
    return bool(stale)


if __name__ == "__main__":
    sys.exit(main())
