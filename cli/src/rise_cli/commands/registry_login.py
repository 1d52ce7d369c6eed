"""rise registry login."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import click

from rise_cli.client import Client
from rise_cli.errors import (
    ConflictError,
    DeniedError,
    NotFoundError,
    NotReadyError,
    RiseCliError,
)
from rise_cli.options import Parsed, examples
from rise_cli.options import name as name_of
from rise_cli.output import clean
from rise_cli.registries import hosts, native, trust
from rise_cli.registries.auth_file import (
    OWN_HELPER,
    AuthFile,
    changing,
    check,
    chosen,
    podmans,
)
from rise_cli.registries.login import Login

PUSH, PULL = "push", "pull"
authfile_option = click.option(
    "--authfile", help="The auth file of your client; the one it reads by itself if unset."
)


@click.command(
    "login",
    short_help="Sign in to a project's registry.",
    epilog=examples(
        "rise registry login shop",
        "rise registry login shop --pull-only",
        "rise registry login shop --print",
        "rise registry login --helper",
    ),
)
@click.argument("name", type=Parsed("name", name_of), required=False)
@click.option("--pull-only", is_flag=True, help="Ask for no right to push.")
@click.option("--print", "print_", is_flag=True, help="Print the login as JSON, and write nothing.")
@click.option(
    "--helper",
    is_flag=True,
    help="Keep no login: let the client ask docker-credential-rise for one each time.",
)
@authfile_option
def login(
    name: str | None, authfile: str | None, *, pull_only: bool, print_: bool, helper: bool
) -> None:
    """Sign in to the registry of project NAME, for some minutes and its images alone.

    Writes the auth file that docker, podman, buildah, skopeo, crane, oras and helm read, and the
    registry's CA to where they look for it. With --helper the client asks for a new login whenever
    it needs one, for every project of yours, as long as you are signed in: no NAME then.
    """
    if helper == bool(name):
        raise click.UsageError("Name a project, or say --helper, which is for all of them.")
    if helper and (print_ or pull_only):
        raise click.UsageError("--helper takes neither --print nor --pull-only.")
    if helper:
        _ask_rise(Client(), chosen(authfile))
    elif name:
        actions = (PULL,) if pull_only else (PULL, PUSH)
        if print_:
            click.echo(json.dumps(dict(minted(Client(), name, actions).answer), indent=2))
        else:
            _sign_in(Client(), name, actions, chosen(authfile))


def minted(client: Client, project: str, actions: Sequence[str]) -> Login:
    """Return a new login for `project`.

    Raises:
        DeniedError: the person may not; with what they may do instead.
        NotReadyError: the project has no place for images, or its registry gives no such login.
    """
    try:
        return client.login_to(project, actions)
    except ConflictError as error:
        raise NotReadyError(str(error)) from error
    except DeniedError as error:
        if PUSH not in actions or "--pull-only" in str(error):
            raise
        raise DeniedError(f"{error}; to pull: rise registry login {project} --pull-only") from error


def _sign_in(client: Client, project: str, actions: Sequence[str], path: Path) -> None:
    check(path)  # what is wrong with the file is said before anything is made
    made = minted(client, project, actions)
    _trust(client, [made.registry])
    with changing(path) as file:
        helper = file.helper(made.registry)
        if helper == OWN_HELPER:
            click.echo(
                f"docker-credential-rise answers for {made.registry} in {path}: nothing to write "
                f"(end that with: rise registry logout {made.registry})"
            )
            return
        if helper:
            native.store(helper, made.registry, made.username, made.password)
            file.mark(made.registry)
        else:
            file.log_in(made.registry, made.username, made.password)
        file.save()
        preferred = [key for key in file.keys(made.registry) if key != made.registry]
    kept = f"{native.PREFIX}{helper} keeps it, see" if helper else "wrote"
    ends = f"until {made.expires_at}" if made.expires_at else "without an end"
    click.echo(
        f"signed in to {made.registry} to {' and '.join(made.actions)} images of {project} "
        f"{ends}: {kept} {path}"
    )
    click.echo(f"{'push' if PUSH in made.actions else 'pull'} as: {made.repository}/IMAGE")
    _say_who_is_preferred(made.registry, path, preferred)


def _say_who_is_preferred(host: str, path: Path, preferred: Sequence[str]) -> None:
    """Name other logins for the same registry that some client takes before this one."""
    if preferred:
        click.echo(f"some clients prefer {', '.join(map(clean, preferred))} in {path}", err=True)
    podman = podmans()
    if podman and podman != path and podman.exists() and AuthFile(podman).keys(host):
        click.echo(
            f"podman, buildah and skopeo prefer their own login for {host} in {podman}: remove it "
            f"with: rise registry logout {host} --authfile {podman}",
            err=True,
        )


def _ask_rise(client: Client, path: Path) -> None:
    own = [str(row["host"]) for row in client.registries() if row["selfHosted"]]
    hosts.keep(client.session.server, [host.lower() for host in own])
    if not own:
        raise NotFoundError(
            f"no registry of {client.session.server} gives logins for all of your projects: sign "
            "in to that of one, with rise registry login PROJECT"
        )
    _trust(client, own)
    with changing(path) as file:
        for host in own:
            file.ask_rise(host)
        changed = file.save()
    known = ", ".join(map(clean, own))
    click.echo(f"docker-credential-rise answers for {known}: {'wrote' if changed else 'in'} {path}")
    if not shutil.which(native.PREFIX + OWN_HELPER):
        click.echo(
            "docker-credential-rise is not in your PATH: put the folder there that rise lies in",
            err=True,
        )


def _trust(client: Client, asked: Sequence[str]) -> None:
    """Write the CA of each registry that has one of its own; a push says so if that fails."""
    try:
        for row in client.registries():
            if row["host"] in asked and row["ca"]:
                for path in trust.trust(str(row["host"]), str(row["ca"])):
                    click.echo(f"wrote the registry's CA to {path}")
    except RiseCliError as error:
        click.echo(clean(str(error)), err=True)
