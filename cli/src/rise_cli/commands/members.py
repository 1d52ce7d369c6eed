"""rise project members, rise team members: who takes part."""

from collections.abc import Sequence
from typing import Any

import click

from rise_cli.client import Client, Resource, Spec
from rise_cli.errors import NotFoundError
from rise_cli.kinds import PROJECT, TEAM, Kind
from rise_cli.options import Party, examples, member, name_argument, party, person
from rise_cli.output import Columns, clean, output_option, print_rows

ACTIONS = ("list", "add", "remove")
COLUMNS: Columns = {
    "MEMBER": lambda row: row["name"],
    "ROLE": lambda row: row["role"],
}
Row = dict[str, str]


@click.command(
    "members",
    epilog=examples(
        "rise project members shop",
        "rise project members shop add carol@example.com=developer team:core=viewer",
        "rise project members shop remove carol@example.com",
    ),
)
@name_argument
@click.argument("action", type=click.Choice(ACTIONS), default="list")
@click.argument("who", nargs=-1)
@output_option
def of_project(name: str, action: str, who: tuple[str, ...], output: str) -> None:
    """List who takes part in project NAME, or add and remove members.

    `add` takes EMAIL=ROLE or team:NAME=ROLE, where ROLE is viewer (reads) or developer (reads,
    works in the namespace, pushes images); of a member it changes the role. `remove` takes EMAIL
    or team:NAME.
    """
    read = member if action == "add" else party
    asked = _read(who, read, action)
    client = Client()
    if action == "list":
        print_rows(_in_project(client.get(PROJECT, name)), output, COLUMNS, "")
        return

    def change(spec: Spec) -> Spec:
        added, removed = ((), asked) if action == "remove" else (asked, ())
        return {"members": with_members(spec.get("members", []), added, removed)}

    written = client.edit(PROJECT, name, change)
    _print(written, _in_project(written), output, PROJECT)


@click.command(
    "members",
    epilog=examples(
        "rise team members core",
        "rise team members core add carol@example.com bob@example.com",
        "rise team members core add bob@example.com --owner",
    ),
)
@name_argument
@click.argument("action", type=click.Choice(ACTIONS), default="list")
@click.argument("who", nargs=-1)
@click.option("--owner", "as_owner", is_flag=True, help="Add to, or remove from, the owners.")
@output_option
def of_team(name: str, action: str, who: tuple[str, ...], output: str, *, as_owner: bool) -> None:
    """List who belongs to team NAME, or add and remove people by their EMAIL.

    Owners decide about the team, and about the members and the end of its projects; members work on
    its projects. Whoever is removed loses that at once.
    """
    asked = _read(who, person, action)
    client = Client()
    if action == "list":
        print_rows(_in_team(client.get(TEAM, name)), output, COLUMNS, "")
        return
    key = "owners" if as_owner else "members"

    def change(spec: Spec) -> Spec:
        added, removed = ((), asked) if action == "remove" else (asked, ())
        return {key: with_people(spec.get(key, []), added, removed, key.removesuffix("s"))}

    written = client.edit(TEAM, name, change)
    _print(written, _in_team(written), output, TEAM)


def with_members(
    present: Sequence[Party], added: Sequence[Party], removed: Sequence[Party]
) -> list[Party]:
    """Return the members that are left, then the added ones; the last word on somebody counts.

    Raises:
        NotFoundError: somebody who is to be removed is no member.
    """
    for who in removed:
        if not any(_same(who, member) for member in present):
            raise NotFoundError(f"{next(iter(who.values()))} is no member: nothing has changed")
    kept = [one for one in present if not any(_same(who, one) for who in (*removed, *added))]
    latest = {(one.get("user"), one.get("team")): one for one in added}
    return [*kept, *latest.values()]


def with_people(
    present: Sequence[str], added: Sequence[str], removed: Sequence[str], role: str
) -> list[str]:
    """Return the addresses that are left, then the added ones.

    Raises:
        NotFoundError: somebody who is to be removed is not there.
    """
    if missing := sorted(set(removed) - set(present)):
        raise NotFoundError(f"{missing[0]} is no {role}: nothing has changed")
    kept = [email for email in present if email not in removed]
    return list(dict.fromkeys([*kept, *added]))


def _read(who: tuple[str, ...], read: Any, action: str) -> Any:
    """Return what `read` makes of each of `who`.

    Raises:
        click.UsageError: nobody is named where somebody has to be, or somebody that is none.
    """
    if (action == "list") is bool(who):
        raise click.UsageError(
            f"{action} takes nobody." if who else f"Whom? Name somebody to {action}."
        )
    try:
        return tuple(read(one) for one in who)
    except ValueError as error:
        raise click.UsageError(f"{error}.") from error


def _print(written: Resource, rows: list[Row], output: str, kind: Kind) -> None:
    if output == "table":
        click.echo(f"{kind.singular}/{clean(written['metadata']['name'])} changed")
    print_rows(rows, output, COLUMNS, "")


def _in_project(project: Resource) -> list[Row]:
    spec = project["spec"]
    rows = [_row(spec["owner"], "owner")]
    return rows + [_row(member, member["role"]) for member in spec.get("members", [])]


def _in_team(team: Resource) -> list[Row]:
    spec = team["spec"]
    rows = [{"name": email, "role": "owner"} for email in spec["owners"]]
    rows += [{"name": email, "role": "member"} for email in spec.get("members", [])]
    if group := spec.get("idpGroup"):
        rows.append({"name": f"group:{group}", "role": "member"})
    return rows


def _row(who: Party, role: str) -> Row:
    return {"name": who.get("user") or f"team:{who['team']}", "role": role}


def _same(one: Party, other: Party) -> bool:
    return all(one.get(key) == other.get(key) for key in ("user", "team"))
