"""rise registry logout."""

import click

from rise_cli.client import Client
from rise_cli.commands.registry_login import authfile_option
from rise_cli.errors import NotFoundError, RiseCliError
from rise_cli.kinds import PROJECT
from rise_cli.options import examples
from rise_cli.options import name as name_of
from rise_cli.registries import native
from rise_cli.registries.auth_file import OWN_HELPER, AuthFile, changing, chosen
from rise_cli.registries.hosts import host_of


@click.command(
    "logout",
    short_help="Remove such logins again.",
    epilog=examples(
        "rise registry logout",
        "rise registry logout shop",
        "rise registry logout registry.example.com:5000",
    ),
)
@click.argument("what", metavar="[NAME|HOST]", required=False)
@authfile_option
def logout(what: str | None, authfile: str | None) -> None:
    """Remove logins for a project's registry from the auth file, and docker-credential-rise.

    Without an argument: for every registry of the server. A login that somebody copied from the
    file ends by itself, some minutes after it was made.
    """
    path = chosen(authfile)
    asked = _hosts(what, AuthFile(path))
    known = ", ".join(asked)
    none = f"no login for {known or 'a registry'} in {path}"
    if not path.exists():
        click.echo(none)
        return
    with changing(path) as file:
        for host in asked:
            _erase_elsewhere(file, host)
            file.forget(host)
        changed = file.save()
    click.echo(f"removed logins for {known} from {path}" if changed else none)


def _hosts(what: str | None, file: AuthFile) -> list[str]:
    """Return the registries that are meant; an address needs no server."""
    if what and ({".", ":"} & set(what) or file.keys(what)):
        if not host_of(what):
            raise click.UsageError(f"{what!r} is neither a project nor a registry's address.")
        return [host_of(what)]
    if what is None:
        try:
            rows = Client().registries()
        except RiseCliError:  # signed out, or away: what was set up goes all the same
            rows = []
        return sorted({*file.hosts_of_own_helper(), *(str(row["host"]) for row in rows)})
    try:
        name = name_of(what)
    except ValueError as error:
        raise click.UsageError(f"{error}.") from error
    repository = str(_registry(name).get("repository") or "")
    if not (host := host_of(repository)):
        raise NotFoundError(f"project {name} has no registry yet: name its address instead")
    return [host]


def _registry(project: str) -> dict[str, object]:
    return Client().get(PROJECT, project).get("status", {}).get("registry") or {}


def _erase_elsewhere(file: AuthFile, host: str) -> None:
    """Let another helper forget what `rise registry login` gave it."""
    helper = file.helper(host)
    if helper not in {"", OWN_HELPER} and file.keys(host):
        native.erase(helper, host)
