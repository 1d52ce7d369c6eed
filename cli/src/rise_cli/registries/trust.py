"""The CA of a registry, where clients of this person look for it.

Sources: docker's docs, "Verify repository client with certificates" (rootless: below the
configuration directory; Docker Desktop: ~/.docker); containers-certs.d(5)
"""

import os
from pathlib import Path

from rise_cli import private
from rise_cli.errors import RiseCliError
from rise_cli.registries.hosts import is_host

_BEGIN = "-----BEGIN CERTIFICATE-----"


def files(host: str) -> list[Path]:
    """Return where the CA of `host` is read: by Docker Desktop, rootless Docker, podman and kin.

    Raises:
        RiseCliError: it is no host, or whoever asks has no home.
    """
    if not is_host(host):
        raise RiseCliError(f"{host!r} is no registry's address")
    try:
        home = Path.home()
    except RuntimeError as error:
        raise RiseCliError(
            "you have no home directory: name the registry's CA to your client yourself"
        ) from error
    configuration = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    folders = (
        home / ".docker" / "certs.d",
        configuration / "docker" / "certs.d",
        home / ".config" / "containers" / "certs.d",
    )
    return [folder / host / "ca.crt" for folder in folders]


def trust(host: str, authority: str) -> list[Path]:
    """Write the CA wherever it is read; return the files that did not hold it yet.

    Raises:
        RiseCliError: it is no certificate, or cannot be written.
    """
    if _BEGIN not in authority:
        raise RiseCliError(f"the server names no certificate in PEM as the CA of {host}")
    written: list[Path] = []
    for path in files(host):
        try:
            if path.exists() and path.read_text(encoding="utf-8", errors="replace") == authority:
                continue
            private.make_folder(path.parent)
            private.write(path, authority)
        except OSError as error:
            raise RiseCliError(
                f"the registry's CA cannot be written to {path} ({error.strerror}): name it to "
                "your client yourself"
            ) from error
        written.append(path)
    return written
