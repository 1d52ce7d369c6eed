"""rise who-can."""

from typing import Any

import click

from rise_cli.client import Client
from rise_cli.commands.can import known
from rise_cli.kinds import Kind
from rise_cli.options import SUBJECT, examples
from rise_cli.output import Columns, clean, output_option, print_rows

COLUMNS: Columns = {
    "USER": lambda row: row["user"],
    "STANDING": lambda row: ", ".join(row["standing"]),
}


@click.command(
    "who-can",
    epilog=examples("rise who-can push project/shop", "rise who-can delete project/shop -o json"),
)
@click.argument("verb")
@click.argument("what", type=SUBJECT)
@output_option
def command(verb: str, what: tuple[Kind, str], output: str) -> None:
    """List who may do VERB to WHAT, like project/shop; for its owners and administrators.

    The API server is asked about everybody whom the object and its teams name; see `rise can` for
    the verbs. Administrators may more, and are not listed.
    """
    kind, name = what
    found = Client().able(kind, name, known(verb, kind))
    rows = [{"name": row["user"], **row} for row in found["items"]]
    nothing = f"nobody of the {found['asked']} who are named may"
    print_rows(rows, output, COLUMNS, nothing)
    for line in _left_out(found):
        click.echo(clean(line), err=True)


def _left_out(found: dict[str, Any]) -> list[str]:
    """Return who may be able to, too, and does not stand in the list."""
    lines: list[str] = []
    if found["groups"]:
        groups = ", ".join(found["groups"])
        lines.append(f"not listed: people of the identity provider's group {groups}")
    if found["hiddenTeams"]:
        teams = ", ".join(found["hiddenTeams"])
        lines.append(f"not listed: people of team {teams}, which you may not see")
    if found["truncated"]:
        lines.append(f"not listed: more than the first {found['asked']} people who are named")
    return lines
