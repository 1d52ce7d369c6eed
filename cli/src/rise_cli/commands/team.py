"""rise team."""

from typing import Any

import click

from rise_cli.client import Client, Spec
from rise_cli.commands.shared import delete as delete_one
from rise_cli.commands.shared import finish
from rise_cli.errors import NotFoundError
from rise_cli.kinds import TEAM
from rise_cli.options import waiting
from rise_cli.output import Columns, output_option, print_one, print_rows, ready

COLUMNS: Columns = {
    "NAME": lambda row: row["name"],
    "OWNERS": lambda row: ", ".join(row["owners"]),
    "MEMBERS": lambda row: str(len(row["members"])),
    "READY": ready,
    "DESCRIPTION": lambda row: row["description"],
}
FIELDS: Columns = {
    "Name": lambda row: row["name"],
    "Owners": lambda row: ", ".join(row["owners"]),
    "Members": lambda row: ", ".join(row["members"]),
    "Group": lambda row: row["idpGroup"] or "",
    "Ready": ready,
    "Description": lambda row: row["description"],
    "Created": lambda row: row["createdAt"],
}


@click.group("team")
def command() -> None:
    """Create, list, show, edit and delete teams."""


@command.command()
@click.argument("name")
@click.option("--owners", metavar="EMAIL,...", help="Who decides about the team; you if unset.")
@click.option("--members", metavar="EMAIL,...", help="Who works on its projects.")
@click.option("--description", help="What it is, in a sentence.")
@waiting
@output_option
def create(
    name: str,
    owners: str | None,
    members: str | None,
    description: str | None,
    output: str,
    *,
    wait: bool,
    timeout: float,
) -> None:
    """Create team NAME and wait until it is Ready."""
    client = Client()
    spec: Spec = {"owners": _people(owners) or [client.session.user]}
    if members:
        spec["members"] = _people(members)
    if description:
        spec["description"] = description
    written = client.create(TEAM, name, spec)
    finish(
        client, TEAM, written, "created", output=output, fields=FIELDS, wait=wait, timeout=timeout
    )


@command.command("list")
@output_option
def list_(output: str) -> None:
    """List the teams that you may see."""
    print_rows(Client().list(TEAM), output, COLUMNS)


@command.command()
@click.argument("name")
@output_option
def show(name: str, output: str) -> None:
    """Show team NAME and its conditions."""
    print_one(Client().show(TEAM, name), output, FIELDS)


@command.command()
@click.argument("name")
@click.option("--add-owner", metavar="EMAIL", multiple=True, help="May be repeated.")
@click.option("--remove-owner", metavar="EMAIL", multiple=True, help="May be repeated.")
@click.option("--add-member", metavar="EMAIL", multiple=True, help="May be repeated.")
@click.option("--remove-member", metavar="EMAIL", multiple=True, help="May be repeated.")
@click.option("--description", help="What it is, in a sentence.")
@waiting
@output_option
def edit(name: str, output: str, *, wait: bool, timeout: float, **asked: Any) -> None:
    """Change team NAME; what is not named stays as it is."""
    if not any(value not in (None, ()) for value in asked.values()):
        raise click.UsageError("Nothing to change: name what to change.")
    client = Client()
    written = client.edit(TEAM, name, lambda spec: patch_of(spec, asked))
    finish(
        client, TEAM, written, "changed", output=output, fields=FIELDS, wait=wait, timeout=timeout
    )


@command.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@waiting
def delete(name: str, *, yes: bool, wait: bool, timeout: float) -> None:
    """Delete team NAME; it goes when no project is owned by it any more."""
    delete_one(Client(), TEAM, name, yes=yes, wait=wait, timeout=timeout)


def patch_of(spec: Spec, asked: dict[str, Any]) -> Spec:
    """Return the merge patch (RFC 7396) of `spec` that the options ask for."""
    patch: Spec = {}
    if asked["description"] is not None:
        patch["description"] = asked["description"] or None
    for role in ("owner", "member"):
        added, removed = asked[f"add_{role}"], asked[f"remove_{role}"]
        if added or removed:
            patch[f"{role}s"] = _changed(spec.get(f"{role}s", []), added, removed, role)
    return patch


def _changed(
    present: list[str], added: tuple[str, ...], removed: tuple[str, ...], role: str
) -> list[str]:
    gone = {email.lower() for email in removed}
    if missing := sorted(gone - set(present)):
        raise NotFoundError(f"{missing[0]} is no {role}: nothing has changed")
    kept = [email for email in present if email not in gone]
    return list(dict.fromkeys([*kept, *(email.lower() for email in added)]))


def _people(text: str | None) -> list[str]:
    return [email.strip().lower() for email in (text or "").split(",") if email.strip()]
