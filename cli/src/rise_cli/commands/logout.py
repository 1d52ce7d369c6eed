"""rise logout."""

import json

import click

from rise_cli import session
from rise_cli.errors import RiseCliError
from rise_cli.output import clean
from rise_cli.session import Session
from rise_cli.web import Web, raised


@click.command("logout")
def command() -> None:
    """End the session: on this machine, and at the identity provider, which renews it no more.

    The token in it lasts until its end, half an hour at most as a rule: nobody can call it back.
    """
    try:
        ended = session.load()
    except RiseCliError:
        ended = None
    if not session.forget():
        click.echo("nobody was signed in")
        return
    click.echo("signed out")
    if ended and ended.refreshToken and (why := _not_revoked(ended)):
        click.echo(f"on this machine; elsewhere not yet: {clean(why)}", err=True)


def _not_revoked(ended: Session) -> str:
    """Ask the server to make the refresh token useless; return why it did not, or nothing."""
    sent = json.dumps({"refreshToken": ended.refreshToken}).encode()
    try:
        url = f"{ended.server}/api/v1/logout"
        answer = raised(Web(ended.caFile).send("POST", url, content=sent)).body
    except RiseCliError as error:
        return f"{error}; a copy of the session would go on until nobody used it for a week"
    return "" if answer.get("refreshTokenRevoked") is True else str(answer.get("note", ""))
