"""rise explain."""

import difflib

import click

from rise_cli.errors import NotFoundError
from rise_cli.options import examples
from rise_cli.output import table
from rise_crds.reasons import Reason


@click.command("explain", epilog=examples("rise explain OwnerNotFound"))
@click.argument("reason", required=False)
def command(reason: str | None) -> None:
    """Say what a condition's REASON means, where it comes from and what to do; or list them all."""
    if not reason:
        rows = [[each.value, each.title] for each in sorted(Reason)]
        click.echo(table(["REASON", "MEANING"], rows))
        return
    found = {each.value.lower(): each for each in Reason}
    if reason.lower() not in found:
        near = difflib.get_close_matches(reason.lower(), found, n=1, cutoff=0.5)
        hint = f"did you mean {found[near[0]].value}?" if near else "list them with: rise explain"
        raise NotFoundError(f"there is no reason {reason}: {hint}")
    known = found[reason.lower()]
    click.echo(f"{known.value}: {known.title}.\n\nWhere it comes from: {known.cause}")
    click.echo(f"What to do: {known.fix}")
