"""What `rise project` and `rise team` have in common."""

import time
from typing import Any

import click

from rise_cli.client import Client, Resource
from rise_cli.errors import NotFoundError
from rise_cli.kinds import Kind
from rise_cli.options import confirmed
from rise_cli.output import Columns, print_one
from rise_cli.waiting import until_gone, until_ready

VISIBLE_S = 10.0


def finish(
    client: Client,
    kind: Kind,
    written: Resource,
    *,
    new: bool,
    output: str,
    fields: Columns,
    wait: bool,
    timeout: float,
) -> None:
    """Wait if asked to, and print what came of it."""
    name = written["metadata"]["name"]
    talks = output == "table"
    if talks:
        click.echo(f"{kind.singular}/{name} {'created' if new else 'changed'}")
    try:
        if wait:
            settled = until_ready(client, kind, written, timeout, new=new)
            if talks:
                click.echo(f"{kind.singular}/{name} is {settled}")
        if output == "name":
            click.echo(name)
        elif not talks:
            print_one(_shown(client, kind, name), output, fields)
    except NotFoundError:
        if new:
            raise
        click.echo(  # the change itself may have been that
            f"{kind.singular}/{name} is gone, or you may not see it any more", err=True
        )


def delete(
    client: Client,
    kind: Kind,
    name: str,
    question: str,
    *,
    yes: bool,
    wait: bool,
    timeout: float,
) -> None:
    """Delete after `question`, and wait if asked to."""
    uid = client.get(kind, name)["metadata"]["uid"]
    confirmed(question, yes=yes)
    client.delete(kind, name, uid)
    if wait:
        until_gone(client, kind, name, uid, timeout)
    click.echo(f"{kind.singular}/{name} {'deleted' if wait else 'is being deleted'}")


def _shown(client: Client, kind: Kind, name: str) -> dict[str, Any]:
    """Return the object; the right to read a new one comes with the operator's first look."""
    deadline = time.monotonic() + VISIBLE_S
    while True:
        try:
            return client.show(kind, name)
        except NotFoundError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
