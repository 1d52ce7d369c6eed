"""What commands print: a table for people; JSON, YAML or names for programs."""

import json
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click

Row = Mapping[str, Any]
Columns = Mapping[str, Callable[[Row], str]]

FORMATS = ("table", "json", "yaml", "name")
output_option = click.option(
    "-o",
    "--output",
    type=click.Choice(FORMATS),
    default="table",
    show_default=True,
    help="How to print the result.",
)


def print_rows(rows: Sequence[Row], output: str, columns: Columns, nothing: str) -> None:
    """Print a list; an empty one is `[]`, or `nothing` for people on standard error."""
    if output == "table":
        if not rows:
            click.echo(nothing, err=True)
            return
        click.echo(table(list(columns), [[show(row) for show in columns.values()] for row in rows]))
    else:
        _print_data(list(rows), output)


def print_one(row: Row, output: str, fields: Columns) -> None:
    """Print one object; its conditions follow for people."""
    if output != "table":
        _print_data(row, output)
        return
    width = max(len(name) for name in fields) + 2
    for name, show in fields.items():
        if value := show(row):
            click.echo(f"{name + ':':<{width}}{clean(value)}")
    conditions = row.get("conditions") or []
    if conditions:
        parts = ("type", "status", "reason", "message")
        cells = [[str(each.get(part, "")) for part in parts] for each in conditions]
        click.echo("\n" + table(["CONDITION", "STATUS", "REASON", "MESSAGE"], cells))


def _print_data(data: Any, output: str) -> None:
    if output == "name":
        for row in data if isinstance(data, list) else [data]:
            click.echo(clean(row["name"]))
    elif output == "json":
        click.echo(json.dumps(data, indent=2))
    else:
        import yaml  # noqa: PLC0415 - no other output needs it

        click.echo(yaml.safe_dump(data, sort_keys=False, allow_unicode=True), nl=False)


def table(head: Sequence[str], cells: Sequence[Sequence[str]]) -> str:
    """Return the lines of a table, columns two spaces apart."""
    lines = [list(head), *[[clean(cell) for cell in row] for row in cells]]
    widths = [max(width(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(
            cell + " " * (wide - width(cell)) for cell, wide in zip(line, widths, strict=True)
        ).rstrip()
        for line in lines
    )


def width(text: str) -> int:
    """Return how many columns of a terminal `text` takes: wide letters two, accents none."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def clean(text: str) -> str:
    """Return `text` without what could steer a terminal: other people wrote it."""
    return "".join(c if c.isprintable() else "?" for c in " ".join(text.split()))


def owner(row: Row) -> str:
    """Return the owner as `user:EMAIL` or `team:NAME`."""
    return " ".join(f"{kind}:{name}" for kind, name in row["owner"].items() if name)


def ready(row: Row) -> str:
    """Return whether it is ready, and why not."""
    if row["deleting"]:
        return "Terminating"
    return "True" if row["ready"] else f"False ({row['reason'] or 'not looked at yet'})"
