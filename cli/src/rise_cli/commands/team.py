"""rise team."""

from typing import Any

import click

from rise_cli.client import Client, Spec
from rise_cli.commands import members as members_command
from rise_cli.commands.members import with_people
from rise_cli.commands.shared import delete as delete_one
from rise_cli.commands.shared import finish
from rise_cli.kinds import TEAM
from rise_cli.options import EMAIL, EMAILS, answerable, examples, name_argument, waiting
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
NOTHING = "there is no team that you may see; create one with: rise team create NAME"


@click.group("team")
def command() -> None:
    """Create, list, show, edit and delete teams."""


command.add_command(members_command.of_team)


@command.command(
    epilog=examples("rise team create pastry --members carol@example.com,bob@example.com")
)
@name_argument
@click.option("--owners", type=EMAILS, help="Who decides about the team; you if unset.")
@click.option("--members", type=EMAILS, help="Who works on its projects.")
@click.option("--description", help="What it is, in a sentence.")
@waiting
@output_option
def create(
    name: str,
    owners: list[str] | None,
    members: list[str] | None,
    description: str | None,
    output: str,
    *,
    wait: bool,
    timeout: float,
) -> None:
    """Create team NAME and wait until it is Ready."""
    client = Client()
    spec: Spec = {"owners": owners or [client.session.user]}
    if members:
        spec["members"] = members
    if description:
        spec["description"] = description
    written = client.create(TEAM, name, spec)
    finish(
        client, TEAM, written, new=True, output=output, fields=FIELDS, wait=wait, timeout=timeout
    )


@command.command("list", epilog=examples("rise team list -o name"))
@output_option
def list_(output: str) -> None:
    """List the teams that you may see."""
    print_rows(Client().list(TEAM), output, COLUMNS, NOTHING)


@command.command(epilog=examples("rise team show pastry -o json"))
@name_argument
@output_option
def show(name: str, output: str) -> None:
    """Show team NAME and its conditions."""
    print_one(Client().show(TEAM, name), output, FIELDS)


@command.command(
    epilog=examples(
        "rise team edit pastry --add-member carol@example.com",
        "rise team edit pastry --add-owner bob@example.com --remove-owner alice@example.com",
    )
)
@name_argument
@click.option("--add-owner", type=EMAIL, multiple=True, help="May be repeated.")
@click.option("--remove-owner", type=EMAIL, multiple=True, help="May be repeated.")
@click.option("--add-member", type=EMAIL, multiple=True, help="May be repeated.")
@click.option("--remove-member", type=EMAIL, multiple=True, help="May be repeated.")
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
        client, TEAM, written, new=False, output=output, fields=FIELDS, wait=wait, timeout=timeout
    )


@command.command(epilog=examples("rise team delete pastry --yes"))
@name_argument
@click.option("--yes", is_flag=True, help="Do not ask.")
@waiting
def delete(name: str, *, yes: bool, wait: bool, timeout: float) -> None:
    """Delete team NAME; it goes when no project is owned by it any more."""
    answerable(yes=yes)
    delete_one(Client(), TEAM, name, f"Delete team {name}?", yes=yes, wait=wait, timeout=timeout)


def patch_of(spec: Spec, asked: dict[str, Any]) -> Spec:
    """Return the merge patch (RFC 7396) of `spec` that the options ask for."""
    patch: Spec = {}
    if asked["description"] is not None:
        patch["description"] = asked["description"] or None
    for role in ("owner", "member"):
        added, removed = asked[f"add_{role}"], asked[f"remove_{role}"]
        if added or removed:
            patch[f"{role}s"] = with_people(spec.get(f"{role}s", []), added, removed, role)
    return patch
