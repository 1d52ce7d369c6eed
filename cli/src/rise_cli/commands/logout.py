"""rise logout."""

import click

from rise_cli import session


@click.command("logout")
def command() -> None:
    """End the session on this machine; the token in it lasts a few minutes more elsewhere."""
    click.echo("signed out" if session.forget() else "nobody was signed in")
