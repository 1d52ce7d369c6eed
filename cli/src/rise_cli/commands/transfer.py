"""rise project transfer: nobody becomes an owner without agreeing."""

from typing import Any

import click

from rise_cli.client import Client, Spec
from rise_cli.commands.shared import finish
from rise_cli.errors import DeniedError, NotFoundError
from rise_cli.kinds import PROJECT
from rise_cli.options import PARTY, Party, examples, name_argument, waiting


@click.command(
    "transfer",
    epilog=examples(
        "rise project transfer shop --to bob@example.com",
        "rise project transfer shop --accept",
        "rise project transfer shop --withdraw",
        "rise project transfer shop --to team:core",
    ),
)
@name_argument
@click.option("--to", type=PARTY, help="Offer it to EMAIL; or move it to team:NAME, or to you.")
@click.option("--accept", is_flag=True, help="Take over a project that is offered to you.")
@click.option("--withdraw", is_flag=True, help="Take the offer back.")
@waiting
def command(
    name: str, to: Party | None, *, accept: bool, withdraw: bool, wait: bool, timeout: float
) -> None:
    """Hand project NAME over: its owner offers it, and that person accepts.

    A project moves at once where you may speak for both sides: to a team of yours, or out of a team
    whose owner you are, to yourself.
    """
    if sum((to is not None, accept, withdraw)) != 1:
        raise click.UsageError("Say one of --to EMAIL, --accept and --withdraw.")
    client = Client()
    me = client.session.user

    def change(spec: Spec) -> Spec:
        if to:
            return moved(spec, to, me)
        return accepted(spec, me) if accept else withdrawn(spec)

    written = client.edit(PROJECT, name, change)
    finish(
        client, PROJECT, written, new=False,
        output="table", fields={}, wait=wait, timeout=timeout,
    )  # fmt: skip
    if to and written["spec"].get("transferTo") == to:
        click.echo(f"offered to {to['user']}, who takes it: rise project transfer {name} --accept")


def moved(spec: Spec, to: Party, me: str) -> Spec:
    """Return the patch that offers to somebody else, and moves to a team or to oneself."""
    if to == {"user": me}:
        return owned(to) if spec["owner"] != to else {"transferTo": None}
    return owned(to) if "team" in to else {"transferTo": to}


def accepted(spec: Spec, me: str) -> Spec:
    """Return the patch that takes an offer.

    Raises:
        DeniedError: there is none for `me`.
    """
    if _offered_to(spec) != me:
        raise DeniedError("this project is not offered to you: nothing has changed")
    return owned({"user": me})


def withdrawn(spec: Spec) -> Spec:
    """Return the patch that takes an offer back.

    Raises:
        NotFoundError: there is none.
    """
    if not _offered_to(spec):
        raise NotFoundError("this project is offered to nobody: nothing has changed")
    return {"transferTo": None}


def owned(to: Party) -> Spec:
    """Return the patch that makes `to` the owner; an offer ends with it."""
    return {"owner": {"user": None, "team": None, **to}, "transferTo": None}


def _offered_to(spec: dict[str, Any]) -> str | None:
    return (spec.get("transferTo") or {}).get("user")
