"""docker-credential-rise in full: sessions renewed, refusals in words."""

import json
import sys
from importlib.metadata import version

from rise_cli import oidc
from rise_cli.client import Client
from rise_cli.credential import print_line
from rise_cli.errors import NotFoundError, NotSignedInError, RiseCliError, UnreachableError
from rise_cli.output import clean
from rise_cli.registries import hosts
from rise_cli.registries.quick import print_login

# Word for word: clients compare, and go on without a login.
NOT_FOUND = "credentials not found in native keychain"
NO_SERVER = "no credentials server URL"
EVER = float("inf")


def answered(verb: str, given: str) -> int:
    """Answer a client and return the exit code."""
    try:
        if verb == "list":
            print_line(json.dumps(_listed()))
        elif verb == "version":
            print_line(f"docker-credential-rise (rise-cli) v{version('rise-cli')}")
        elif given.strip():
            {"get": _get, "store": _store, "erase": _erase}[verb](given)
        else:
            print_line(NO_SERVER)
            return 1
    except (NotFoundError, NotSignedInError) as error:
        _tell(str(error))
        print_line(NOT_FOUND)
    except RiseCliError as error:
        print_line(clean(str(error)))
    except OSError as error:
        about = f"{error.filename}: " if error.filename else ""
        print_line(clean(f"{about}{error.strerror or error}"))
    else:
        return 0
    return 1


def of_server(client: Client) -> list[str]:
    """Return the hosts of the registries that give logins for everything of a person's.

    Raises:
        UnreachableError: the server does not answer, and never said.
    """
    server = client.session.server
    found = hosts.known(server)
    if found is not None:
        return found
    try:
        rows = client.registries()
    except UnreachableError:
        if (found := hosts.known(server, fresh_s=EVER)) is None:
            raise
        return found
    found = [str(row["host"]).lower() for row in rows if row["selfHosted"]]
    hosts.keep(server, found)
    return found


def _get(asked: str) -> None:
    client = Client()
    host = hosts.host_of(asked)
    if host not in of_server(client):
        raise NotFoundError(
            f"{client.session.server} gives no logins for {asked.strip()}: see rise registry login"
        )
    login = client.login_for(host)
    print_login(asked, login.username, login.password)


def _listed() -> dict[str, str]:
    """Return who somebody is at each registry; nobody where nobody is signed in."""
    try:
        client = Client()
    except NotSignedInError:
        return {}
    return dict.fromkeys(of_server(client), client.session.user)


def _store(given: str) -> None:
    """Take what a client had from here itself, as `docker login` does; refuse the rest.

    Raises:
        RiseCliError: somebody wants another password kept.
    """
    try:
        login = json.loads(given)
        asked, user = str(login["ServerURL"]), str(login["Username"])
    except (ValueError, KeyError, TypeError) as error:
        raise RiseCliError("no login in JSON on standard input") from error
    try:
        mine = user == oidc.current().user
    except NotSignedInError:
        mine = False
    if not mine:
        raise RiseCliError(
            "docker-credential-rise keeps no passwords: sign in with rise login; to use another "
            f"login, end this helper first: rise registry logout {hosts.host_of(asked) or 'HOST'}"
        )


def _erase(given: str) -> None:
    host = hosts.host_of(given) or "HOST"
    _tell(
        "nothing is kept, so nothing is erased: end the session with rise logout, or the helper "
        f"with rise registry logout {host}"
    )


def _tell(line: str) -> None:
    """Say something to the person: not every process has a standard error."""
    if sys.stderr:
        sys.stderr.write(f"docker-credential-rise: {clean(line)}\n")
