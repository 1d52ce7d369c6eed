"""rise whoami."""

import click

from rise_cli.client import Client
from rise_cli.options import examples
from rise_cli.output import Columns, output_option, print_one

FIELDS: Columns = {
    "User": lambda me: me["user"],
    "Kubernetes user": lambda me: me["username"],
    "Groups": lambda me: ", ".join(me["groups"]),
    "Server": lambda me: me["server"],
    "Token ends": lambda me: me["expiresAt"],
}


@click.command("whoami", epilog=examples("rise whoami", "rise whoami -o json"))
@output_option
def command(output: str) -> None:
    """Show who the server says you are."""
    client = Client()
    me = client.me()
    print_one({"name": me["user"], **me, "server": client.session.server}, output, FIELDS)
