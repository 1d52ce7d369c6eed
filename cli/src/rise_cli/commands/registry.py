"""rise registry."""

from datetime import UTC, datetime

import click

from rise_cli.client import Client, Resource
from rise_cli.commands.registry_login import login
from rise_cli.commands.registry_logout import logout
from rise_cli.errors import NotReadyError
from rise_cli.kinds import PROJECT
from rise_cli.options import examples, name_argument, waiting
from rise_cli.output import Columns, Row, output_option, print_one
from rise_cli.waiting import until_rotated
from rise_crds.names import ANNOTATION_ROTATE

CONDITIONS = ("RegistryReady", "CredentialsValid")
FIELDS: Columns = {
    "Name": lambda row: row["name"],
    "Registry": lambda row: row["registry"] or "",
    "Repository": lambda row: row["repository"] or "none yet",
    "Secret": lambda row: row["pullSecret"] or "",
    "Expires": lambda row: row["expiresAt"] or "",
    "Rotated": lambda row: row["rotation"] or "",
    "Suspended": lambda row: "yes, so there are no credentials" if row["suspended"] else "",
    "Sign in": lambda row: f"rise registry login {row['name']}" if _opens(row) else "",
    "Push to": lambda row: f"{row['repository']}/IMAGE" if _opens(row) else "",
}


@click.group("registry")
def command() -> None:
    """Sign in to the registry of a project, show and renew its credentials."""


command.add_command(login)
command.add_command(logout)


@command.command(
    short_help="Show where a project's images live.",
    epilog=examples("rise registry show shop", "rise registry show shop -o json"),
)
@name_argument
@output_option
def show(name: str, output: str) -> None:
    """Show where the images of project NAME live, and how long its pull credential lasts."""
    print_one(row(Client().get(PROJECT, name)), output, FIELDS)


@command.command(
    short_help="Renew a project's pull credential.",
    epilog=examples("rise registry rotate shop", "rise registry rotate shop --no-wait"),
)
@name_argument
@waiting
def rotate(name: str, *, wait: bool, timeout: float) -> None:
    """Renew the pull credential of project NAME; the present ones are refused from then on.

    The Secret in the project's namespace holds the new one by then. Whoever copied it elsewhere
    has to copy it anew.
    """
    client = Client()
    present = client.get(PROJECT, name)
    if present["spec"].get("suspend"):
        raise NotReadyError(
            f"project {name} is suspended and has no credentials: resume it first, with "
            f"rise project edit {name} --resume"
        )
    asked = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    uid = present["metadata"]["uid"]
    written = client.annotate(PROJECT, name, uid, {ANNOTATION_ROTATE: asked})
    if wait:
        until_rotated(client, written, asked, timeout)
    click.echo(f"the credentials of {name} {'are new' if wait else 'are being renewed'}")


def _opens(row: Row) -> bool:
    """Tell whether anybody gets a login for the images."""
    return bool(row["repository"]) and not row["suspended"]


def row(project: Resource) -> Row:
    """Return what is shown of a Project."""
    status = project.get("status", {})
    registry = status.get("registry") or {}
    return {
        "name": project["metadata"]["name"],
        "registry": project["spec"].get("registry") or registry.get("provider"),
        "repository": registry.get("repository"),
        "pullSecret": (registry.get("pullSecretRef") or {}).get("name"),
        "expiresAt": registry.get("expiresAt"),
        "rotation": registry.get("rotation"),
        "suspended": bool(project["spec"].get("suspend")),
        "conditions": [each for each in status.get("conditions", []) if each["type"] in CONDITIONS],
    }
