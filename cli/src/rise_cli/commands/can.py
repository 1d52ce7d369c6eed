"""rise can."""

import difflib

import click

from rise_cli.client import Client
from rise_cli.kinds import Kind
from rise_cli.options import EMAIL, SUBJECT, examples
from rise_cli.output import clean, output_option, print_one
from rise_crds.verbs import VERBS

NO = 1


@click.command(
    "can",
    epilog=examples(
        "rise can edit project/shop",
        "rise can delete project/shop --as bob@example.com --why",
        "rise can assign team/core -o json",
    ),
)
@click.argument("verb")
@click.argument("what", type=SUBJECT)
@click.option("--as", "user", type=EMAIL, help="Somebody else; for owners and administrators.")
@click.option("--why", is_flag=True, help="Say which rule decides, and what the person is to it.")
@output_option
def command(verb: str, what: tuple[Kind, str], user: str | None, output: str, *, why: bool) -> int:
    """Say whether you may do VERB to WHAT, like project/shop: yes (exit code 0) or no (1).

    The API server is asked: for its roles, and where policies decide too, by a dry run of the
    change. VERB is what people do (edit, share, transfer, accept, delete), a verb of Kubernetes
    (get, list, watch, create, update, patch, delete), or one of Rise's own: push, set-owner; for
    teams assign, own, bind-group.
    """
    kind, name = what
    answer = Client().access(kind, name, known(verb, kind), user)
    allowed = answer["allowed"] is True
    if output != "table":
        print_one({"name": answer["user"], **answer}, output, {})
    else:
        click.echo("yes" if allowed else "no")
    if output == "table" and why:
        standing = ", ".join(answer["standing"]) or "none that is known"
        click.echo(f"rule:      {clean(answer['rule'])}")
        click.echo(f"standing:  {clean(standing)}")
    return 0 if allowed else NO


def known(verb: str, kind: Kind) -> str:
    """Return the verb in lower case.

    Raises:
        click.UsageError: there is no such verb for that kind.
    """
    verbs = VERBS[kind.plural]
    if verb.lower() in verbs:
        return verb.lower()
    near = difflib.get_close_matches(verb.lower(), verbs, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(verbs)}"
    raise click.UsageError(f"{verb!r} is nothing that can be done to a {kind.singular}: {hint}")
