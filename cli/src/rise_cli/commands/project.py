"""rise project."""

from typing import Any

import click

from rise_cli.client import Client, Spec
from rise_cli.commands import history, transfer
from rise_cli.commands import members as members_command
from rise_cli.commands.members import with_members
from rise_cli.commands.shared import delete as delete_one
from rise_cli.commands.shared import finish
from rise_cli.kinds import PROJECT
from rise_cli.options import (
    EMAIL,
    MEMBER,
    OWNER,
    PARTY,
    Party,
    answerable,
    examples,
    name_argument,
    waiting,
)
from rise_cli.output import Columns, output_option, owner, print_one, print_rows, ready

COLUMNS: Columns = {
    "NAME": lambda row: row["name"],
    "OWNER": owner,
    "READY": ready,
    "DESCRIPTION": lambda row: row["description"],
}
FIELDS: Columns = {
    "Name": lambda row: row["name"],
    "Owner": owner,
    "Offered to": lambda row: row["transferTo"] or "",
    "Ready": ready,
    "Description": lambda row: row["description"],
    "Source": lambda row: row["sourceUrl"] or "",
    "Namespace": lambda row: row["namespace"] or "",
    "Members": lambda row: ", ".join(
        f"{member.get('user') or 'team:' + member['team']} ({member['role']})"
        for member in row["members"]
    ),
    "Registry": lambda row: row["registry"] or "",
    "Suspended": lambda row: "yes" if row["suspended"] else "",
    "When deleted": lambda row: row["deletionPolicy"],
    "Protected": lambda row: "from deletion" if row["deletionProtection"] else "",
    "Created": lambda row: row["createdAt"],
}
OWNERSHIP = {
    "--owner": "owner_",
    "--offer-to": "offer_to",
    "--withdraw-offer": "withdraw_offer",
    "--accept": "accept",
}
NOTHING = "there is no project that you may see; create one with: rise project create NAME"


@click.group("project")
def command() -> None:
    """Create, list, show, edit, share, hand over and delete projects."""


command.add_command(members_command.of_project)
command.add_command(transfer.command)
command.add_command(history.command)


@command.command(
    epilog=examples(
        'rise project create shop --description "Bread, delivered"',
        "rise project create cakes --owner team:pastry --member carol@example.com=viewer",
    )
)
@name_argument
@click.option("--owner", "owner_", type=OWNER, help="user:EMAIL or team:NAME; you if unset.")
@click.option("--description", help="What it is, in a sentence.")
@click.option("--source-url", help="Where its source code lives.")
@click.option(
    "--member",
    "members",
    type=MEMBER,
    multiple=True,
    help="EMAIL=viewer, EMAIL=developer or team:NAME=viewer; may be repeated.",
)
@click.option("--registry", help="The registry for its images; the platform's default if unset.")
@waiting
@output_option
def create(
    name: str,
    owner_: Party | None,
    members: tuple[Party, ...],
    output: str,
    *,
    wait: bool,
    timeout: float,
    **texts: str | None,
) -> None:
    """Create project NAME and wait until it is Ready."""
    client = Client()
    given = {key: text for key, text in texts.items() if text}
    spec: Spec = {"owner": owner_ or {"user": client.session.user}, **_spelled(given)}
    if members:
        spec["members"] = with_members([], members, ())
    written = client.create(PROJECT, name, spec)
    finish(
        client, PROJECT, written, new=True,
        output=output, fields=FIELDS, wait=wait, timeout=timeout,
    )  # fmt: skip


@command.command(
    "list", epilog=examples("rise project list --owner team:pastry", "rise project list -o json")
)
@click.option("--owner", "owner_", type=OWNER, help="Only those of user:EMAIL or team:NAME.")
@click.option("--search", help="Only those with this in their name or description.")
@output_option
def list_(owner_: Party | None, search: str | None, output: str) -> None:
    """List the projects that you may see."""
    of = ":".join(next(iter(owner_.items()))) if owner_ else ""
    nothing = "no project of yours matches" if of or search else NOTHING
    print_rows(Client().list(PROJECT, owner=of, search=search or ""), output, COLUMNS, nothing)


@command.command(epilog=examples("rise project show shop -o yaml"))
@name_argument
@output_option
def show(name: str, output: str) -> None:
    """Show project NAME and its conditions."""
    print_one(Client().show(PROJECT, name), output, FIELDS)


@command.command(
    epilog=examples(
        "rise project edit shop --add-member carol@example.com=developer",
        "rise project edit shop --owner team:pastry",
        "rise project edit shop --offer-to bob@example.com",
        "rise project edit shop --accept",
    )
)
@name_argument
@click.option("--owner", "owner_", type=OWNER, help="Give it to user:EMAIL or team:NAME.")
@click.option("--offer-to", type=EMAIL, help="Offer it; that person takes it with --accept.")
@click.option("--withdraw-offer", is_flag=True, help="Take an offer back.")
@click.option("--accept", is_flag=True, help="Take over a project that is offered to you.")
@click.option("--description", help="What it is, in a sentence.")
@click.option("--source-url", help="Where its source code lives; empty removes it.")
@click.option(
    "--add-member",
    "added",
    type=MEMBER,
    multiple=True,
    help="EMAIL=ROLE or team:NAME=ROLE; changes the role of a member. May be repeated.",
)
@click.option(
    "--remove-member",
    "removed",
    type=PARTY,
    multiple=True,
    help="EMAIL or team:NAME. May be repeated.",
)
@click.option("--suspend/--resume", default=None, help="No new credentials and deployments.")
@click.option(
    "--protect/--unprotect",
    "deletion_protection",
    default=None,
    help="Refuse deletion until --unprotect.",
)
@click.option(
    "--deletion-policy",
    type=click.Choice(["Delete", "Orphan"]),
    help="What becomes of namespace and images when the project is deleted.",
)
@waiting
@output_option
def edit(name: str, output: str, *, wait: bool, timeout: float, **asked: Any) -> None:
    """Change project NAME; what is not named stays as it is."""
    chosen = [flag for flag, key in OWNERSHIP.items() if asked[key]]
    if len(chosen) > 1:
        raise click.UsageError(f"Only one of {' and '.join(chosen)} at a time.")
    switches = [asked["suspend"], asked["deletion_protection"]]
    if switches == [None, None] and not any(
        value not in (None, (), False) for value in asked.values()
    ):
        raise click.UsageError("Nothing to change: name what to change.")
    client = Client()
    written = client.edit(PROJECT, name, lambda spec: patch_of(spec, client.session.user, asked))
    finish(
        client, PROJECT, written, new=False,
        output=output, fields=FIELDS, wait=wait, timeout=timeout,
    )  # fmt: skip


@command.command(
    epilog=examples("rise project delete shop", "rise project delete shop --yes --timeout 5m")
)
@name_argument
@click.option("--yes", is_flag=True, help="Do not ask.")
@waiting
def delete(name: str, *, yes: bool, wait: bool, timeout: float) -> None:
    """Delete project NAME: its namespace with everything in it, its access rules."""
    answerable(yes=yes)
    question = f"Delete project {name}, its namespace and everything in it?"
    delete_one(Client(), PROJECT, name, question, yes=yes, wait=wait, timeout=timeout)


def patch_of(spec: Spec, me: str, asked: dict[str, Any]) -> Spec:
    """Return the merge patch (RFC 7396) of `spec` that the options ask for."""
    texts = {key: asked[key] for key in ("description", "source_url", "deletion_policy")}
    flags = {key: asked[key] for key in ("suspend", "deletion_protection")}
    patch: Spec = _spelled({**texts, **flags})
    if owner_ := asked["owner_"]:
        patch["owner"] = {"user": None, "team": None, **owner_}
    if asked["offer_to"]:
        patch["transferTo"] = {"user": asked["offer_to"]}
    if asked["withdraw_offer"]:
        patch["transferTo"] = None
    if asked["accept"]:
        patch |= transfer.accepted(spec, me)
    if asked["added"] or asked["removed"]:
        patch["members"] = with_members(spec.get("members", []), asked["added"], asked["removed"])
    return patch


def _spelled(values: dict[str, Any]) -> Spec:
    """Return the values that are given, by the spec's names; an empty text removes the field."""
    names = {
        "source_url": "sourceUrl",
        "deletion_policy": "deletionPolicy",
        "deletion_protection": "deletionProtection",
    }
    given = {key: value for key, value in values.items() if value is not None}
    return {names.get(key, key): None if value == "" else value for key, value in given.items()}
