"""rise project history: what a project has been, and which program wrote it."""

import json
from typing import Any

import click

from rise_cli.client import Client
from rise_cli.kinds import PROJECT
from rise_cli.options import examples, name_argument
from rise_cli.output import Columns, output_option, print_rows

COLUMNS: Columns = {
    "GENERATION": lambda row: str(row["generation"]),
    "WRITTEN": lambda row: row["writtenAt"] or row["recordedAt"],
    "BY": lambda row: row["manager"] or "",
    "CHANGED": lambda row: ", ".join(_change(change) for change in row["changes"] or []),
}
NOTHING = "nothing has been recorded yet: the operator and its database follow within seconds"


@click.command(
    "history", epilog=examples("rise project history shop", "rise project history shop -o json")
)
@name_argument
@output_option
def command(name: str, output: str) -> None:
    """List the states of project NAME, newest first: which program wrote what.

    Who the person was stands in the API server's audit log.
    """
    rows = [{"name": str(row["generation"]), **row} for row in Client().history(PROJECT, name)]
    print_rows(rows, output, COLUMNS, NOTHING)


def _change(change: dict[str, Any]) -> str:
    return f"{change['field']}={json.dumps(change.get('after'), ensure_ascii=False)}"
