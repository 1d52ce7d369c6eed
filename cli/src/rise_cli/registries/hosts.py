"""Which registries the server gives logins for, kept a little while beside the session.

Imported by every start of docker-credential-rise: nothing here may import anything heavy.
"""

import json
import os
import re
import time

from rise_cli.credential import config_directory

FRESH_S = 300
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9]([a-z0-9.-]*[a-z0-9])?)(:[0-9]{1,5})?")


def host_of(text: str) -> str:
    """Return host, and port if any, of what a client calls a registry; empty if it is no address.

    Clients write `HOST:PORT`, `https://HOST:PORT/v2/` and `HOST:PORT/PATH` alike.
    """
    address = text.strip().lower()
    for scheme in ("https://", "http://"):
        address = address.removeprefix(scheme)
    host = address.partition("/")[0]
    return host.removesuffix(":443") if is_host(host) else ""


def is_host(text: str) -> bool:
    """Tell whether `text` is a host, and a port if any, and nothing else."""
    return bool(_HOST.fullmatch(text.lower()))


def path() -> str:
    """Return where the hosts are kept."""
    return config_directory() + "/registries.json"


def known(server: str, *, fresh_s: float = FRESH_S) -> list[str] | None:
    """Return the hosts that `server` gave logins for at most `fresh_s` ago; None if unknown."""
    try:
        with open(path(), encoding="utf-8") as file:  # noqa: PTH123 - pathlib costs too much here
            kept = json.load(file)
        if kept["server"] != server or not 0 <= time.time() - kept["at"] < fresh_s:
            return None
        return [str(host) for host in kept["hosts"]]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def keep(server: str, hosts: list[str]) -> None:
    """Keep the hosts, or nothing where nothing can be written."""
    content = json.dumps({"server": server, "at": time.time(), "hosts": hosts})
    own = f"{path()}.{os.getpid()}"
    try:
        with open(os.open(own, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:  # noqa: PTH123 - as above
            file.write(content)
        os.replace(own, path())  # noqa: PTH105 - as above
    except OSError:
        return
