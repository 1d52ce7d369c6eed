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
    done: str,
    *,
    output: str,
    fields: Columns,
    wait: bool,
    timeout: float,
) -> None:
    """Wait if asked to, and print what came of it."""
    name = written["metadata"]["name"]
    if output == "table":
        click.echo(f"{kind.singular}/{name} {done}")
    if wait:
        until_ready(client, kind, written, timeout)
    if output == "table":
        if wait:
            click.echo(f"{kind.singular}/{name} is ready")
    elif output == "name":
        click.echo(name)
    else:
        print_one(_shown(client, kind, name), output, fields)


def delete(client: Client, kind: Kind, name: str, *, yes: bool, wait: bool, timeout: float) -> None:
    """Delete after a question, and wait if asked to."""
    uid = client.get(kind, name)["metadata"]["uid"]
    confirmed(f"Delete {kind.singular} {name} and everything in it?", yes=yes)
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
