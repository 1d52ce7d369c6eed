"""docker-credential-rise's quick way: one request by a session that lasts, for a known registry.

Whatever is otherwise is left to the slow way, which imports what it needs to renew and to explain.
"""

import http.client
import json
import ssl
from contextlib import suppress
from urllib.parse import urlsplit

from rise_cli.credential import lasting_session, print_line
from rise_cli.registries import hosts

LOGIN = "/api/v1/registry/login"
CREATED = 201
TIMEOUT_S = 15.0


def answer(asked: str) -> bool:
    """Print a login for the registry that a client calls `asked`; tell whether there was one."""
    session = lasting_session() or {}
    server, token, ca_file = (session.get(key) for key in ("server", "token", "caFile"))
    host = hosts.host_of(asked)
    if not (isinstance(server, str) and isinstance(token, str) and isinstance(ca_file, str)):
        return False
    if not host or host not in (hosts.known(server) or []):
        return False
    with suppress(OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
        login = _minted(server, ca_file, token, host)
        username, password = login["username"], login["password"]
        if isinstance(username, str) and isinstance(password, str):
            print_login(asked, username, password)
            return True
    return False


def print_login(asked: str, username: str, password: str) -> None:
    """Print a login as the protocol of credential helpers has it."""
    login = {"ServerURL": asked.strip(), "Username": username, "Secret": password}
    print_line(json.dumps(login))


def _minted(server: str, ca_file: str, token: str, host: str) -> dict[str, object]:
    """Return a new login.

    Raises:
        OSError, HTTPException, ValueError: the server did not answer with one.
    """
    parts = urlsplit(server)
    connection = _connection(parts.scheme, parts.netloc, ca_file)
    try:
        headers = {
            "Accept": "application/json",
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "User-Agent": "rise",
        }
        connection.request("POST", parts.path + LOGIN, json.dumps({"registry": host}), headers)
        response = connection.getresponse()
        if response.status != CREATED:
            raise ValueError(response.status)
        return json.loads(response.read())
    finally:
        connection.close()


def _connection(scheme: str, address: str, ca_file: str) -> http.client.HTTPConnection:
    if scheme != "https":  # on loopback alone: `rise login` takes no other
        return http.client.HTTPConnection(address, timeout=TIMEOUT_S)
    context = ssl.create_default_context(cafile=ca_file or None)
    return http.client.HTTPSConnection(address, timeout=TIMEOUT_S, context=context)
