"""rise login."""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from rise_cli import browser, oidc, session
from rise_cli.errors import NotSignedInError, RiseCliError
from rise_cli.options import EMAIL, examples
from rise_cli.output import clean
from rise_cli.session import Session
from rise_cli.web import Web, raised


@click.command(
    "login",
    epilog=examples(
        "rise login --server https://rise.example.com",
        "rise login --device",
        "rise login --email ci@example.com --password-stdin < password.txt",
    ),
)
@click.option("--server", envvar="RISE_URL", show_envvar=True, help="The server's URL.")
@click.option(
    "--ca-file",
    envvar="RISE_CA_FILE",
    show_envvar=True,
    help="The CA that signed the server's certificate; without it, those that the system trusts.",
)
@click.option("--email", type=EMAIL, help="Who you are; nobody else can sign in then.")
@click.option(
    "--password-stdin",
    is_flag=True,
    help="Read the password from standard input; for scripts: the session ends with its token.",
)
@click.option(
    "--browser/--no-browser",
    "opens",
    default=None,
    help="Sign in in a browser on this machine; with --no-browser you open the address yourself. "
    "The default at a terminal with a display.",
)
@click.option(
    "--device",
    is_flag=True,
    help="Sign in in a browser on any machine, and compare a code. The default elsewhere.",
)
def command(
    server: str | None,
    ca_file: str | None,
    email: str | None,
    *,
    password_stdin: bool,
    opens: bool | None,
    device: bool,
) -> None:
    """Sign in, and stay signed in.

    Opens a browser, or prints an address to open in one, and waits until you have signed in there.
    """
    if (opens is not None) + device + password_stdin > 1:
        raise click.UsageError("Say one of --browser, --no-browser, --device, --password-stdin.")
    server, ca_file = _server(server, ca_file)
    session.check_place()
    web = Web(ca_file)
    if password_stdin:
        if not email:
            raise click.UsageError("A password needs its owner: name the person with --email.")
        signed_in = _with_password(web, server, ca_file, email)
    else:
        signed_in = _at_provider(web, server, ca_file, email, opens=opens, device=device)
    with session.locked():  # kubectl may be renewing the last one
        signed_in.save()
    click.echo(f"signed in to {server} as {signed_in.user}")


def _server(server: str | None, ca_file: str | None) -> tuple[str, str]:
    """Return server and CA: the given ones, or those of the session in hand."""
    try:
        present = session.load()
    except RiseCliError:
        present = None
    if present and (server or present.server).rstrip("/") == present.server:
        server, ca_file = present.server, ca_file or present.caFile
    if not server:
        raise click.UsageError("Which server? Name it with --server, or set RISE_URL.")
    server = server.rstrip("/")
    if not oidc.private(server) or set(server) & set("@?#\\ "):
        raise click.UsageError(f"{server} is no server: write it like https://rise.example.com.")
    return server, str(Path(ca_file).expanduser().absolute()) if ca_file else ""


def _at_provider(
    web: Web, server: str, ca_file: str, email: str | None, *, opens: bool | None, device: bool
) -> Session:
    provider = oidc.discover(web, server)
    has_page = bool(provider.authorization_endpoint)
    if opens is not None and not has_page:
        raise RiseCliError(f"{provider.issuer} has no page to sign in at: use rise login --device")
    if device or not has_page or (opens is None and not browser.usable()):
        answer = oidc.device_flow(web, provider, _say)
    else:
        answer = browser.browser_flow(web, provider, _say, opens=opens is not False)
    user = _user(web, server, answer["id_token"])
    if email and user != email:
        raise NotSignedInError(f"{user} confirmed, not {email}: nothing has changed")
    signed_in = _session(server, ca_file, user, answer["id_token"])
    return replace(
        signed_in,
        issuer=provider.issuer,
        clientId=provider.client_id,
        tokenEndpoint=provider.token_endpoint,
        refreshToken=answer.get("refresh_token", ""),
    )


def _say(line: str) -> None:
    click.echo(clean(line), err=True)


def _with_password(web: Web, server: str, ca_file: str, email: str) -> Session:
    try:
        password = sys.stdin.readline().rstrip("\r\n") if sys.stdin else ""
    except UnicodeDecodeError as error:
        raise click.UsageError("The password on standard input is not UTF-8.") from error
    if not password:
        raise click.UsageError("There is no password on standard input.")
    sent = json.dumps({"email": email, "password": password}).encode()
    answer = raised(web.send("POST", f"{server}/login", content=sent)).body
    return _session(server, ca_file, _text(server, answer, "user"), _text(server, answer, "token"))


def _user(web: Web, server: str, token: str) -> str:
    """Return who the server says that the token's person is: it may refuse what Dex accepts."""
    return _text(server, raised(web.send("GET", f"{server}/api/v1/me", token=token)).body, "user")


def _text(server: str, answer: dict[str, Any], name: str) -> str:
    if not isinstance(answer.get(name), str):
        raise RiseCliError(f"{server} is no Rise server: check --server")
    return answer[name]


def _session(server: str, ca_file: str, user: str, token: str) -> Session:
    """Return a session that cannot be renewed."""
    try:
        ends = oidc.claims(token)["exp"]
    except ValueError as error:
        raise RiseCliError(f"{server} answered with no token: check --server") from error
    return Session(server=server, caFile=ca_file, user=user, token=token, expiresAt=ends)
