"""One row of the table: a manifest, and what both judges say of it.

The judges are the pydantic model and the API server (`fieldValidation=Strict`). What only the API
server can see is not in the table: its own rules for metadata, YAML with a key twice, and what the
policies say (reserved names).
"""

from dataclasses import dataclass
from textwrap import indent


@dataclass(frozen=True)
class Case:
    """A manifest as somebody would write it.

    `fault` stands in what both judges answer; empty: both accept.
    """

    it: str
    text: str
    fault: str = ""

    @property
    def valid(self) -> bool:
        return not self.fault


def manifest(kind: str, name: str, spec: str) -> str:
    """Return a manifest; `spec` is YAML."""
    return (
        f"apiVersion: rise.dev/v1alpha1\nkind: {kind}\nmetadata: {{name: {name}}}\n"
        f"spec:\n{indent(spec, '  ')}\n"
    )


def listed(field: str, items: list[str]) -> str:
    """Return a YAML list."""
    return "\n".join([f"{field}:", *(f"- {item}" for item in items)])
