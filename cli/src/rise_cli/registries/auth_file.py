"""The auth file of Docker and its kin: which one, what stands in it, and one change at a time.

Sources: docker login's reference (config.json), containers-auth.json(5)
"""

import base64
import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rise_cli import private
from rise_cli.errors import RiseCliError
from rise_cli.registries import edits
from rise_cli.registries.hosts import host_of

OWN_HELPER = "rise"  # docker-credential-rise
LINKS = 40  # as Linux follows them


class AuthFile:
    """One file, read once; `save` writes what the changes since have come to."""

    def __init__(self, path: Path) -> None:
        """Read `path`, which may be missing.

        Raises:
            RiseCliError: it cannot be read, or is no auth file.
        """
        self.path = path
        self._text = self._before = _read(path)
        self._content = self._checked()

    def helper(self, host: str) -> str:
        """Return the name of the credential helper that keeps logins for `host`; empty if none."""
        helpers = self._content.get("credHelpers") or {}
        for key in (host, host.removesuffix(":443")):
            if key in helpers:  # an empty name: this file, whatever credsStore says
                return str(helpers[key] or "")
        return str(self._content.get("credsStore") or "")

    def hosts_of_own_helper(self) -> list[str]:
        """Return every host that docker-credential-rise is asked about."""
        helpers = self._content.get("credHelpers") or {}
        return [host for host, helper in helpers.items() if helper == OWN_HELPER]

    def keys(self, host: str) -> list[str]:
        """Return the keys of the logins for `host`, however it is written, and for parts of it."""
        return [key for key in self._content.get("auths") or {} if host_of(key) == host_of(host)]

    def log_in(self, host: str, username: str, password: str) -> None:
        """Set the login for `host`, in place of one that is there."""
        auth = base64.b64encode(f"{username}:{password}".encode()).decode()
        self._set(("auths", host), {"auth": auth})

    def mark(self, host: str) -> None:
        """Note that a helper keeps a login for `host`, as Docker does."""
        self._set(("auths", host), {})

    def ask_rise(self, host: str) -> None:
        """Let docker-credential-rise answer for `host`, in place of any login kept here."""
        self._set(("credHelpers", host), OWN_HELPER)
        for key in self.keys(host):
            self._remove(("auths", key))

    def forget(self, host: str) -> None:
        """Remove every login for `host`, and docker-credential-rise."""
        for key in self.keys(host):
            self._remove(("auths", key))
        for key in self.hosts_of_own_helper():
            if host_of(key) == host_of(host):
                self._remove(("credHelpers", key))

    def save(self) -> bool:
        """Write the file for its owner's eyes alone, by one rename; tell whether it changed.

        Raises:
            RiseCliError: it cannot be written; it is as it was then.
        """
        if self._text == self._before:
            return False
        path = _followed(self.path)  # a link stays a link
        try:
            private.write(path, self._text)
        except OSError as error:
            raise RiseCliError(unwritable(self.path, error)) from error
        self._before = self._text
        return True

    def _set(self, path: tuple[str, str], value: Any) -> None:
        self._text = edits.with_member(self._text, path, value)
        self._content = self._checked()

    def _remove(self, path: tuple[str, str]) -> None:
        self._text = edits.without_member(self._text, path)
        self._content = self._checked()

    def _checked(self) -> dict[str, Any]:
        try:
            content = edits.parsed(self._text)
        except edits.NoObjectError as error:
            raise RiseCliError(_unusable(self.path, str(error))) from error
        for key in ("auths", "credHelpers"):
            if not isinstance(content.get(key), dict | None):
                raise RiseCliError(_unusable(self.path, f"{key} is no object"))
        return content


def check(path: Path) -> None:
    """See whether `path` can be changed, before anything is made that it should hold.

    Raises:
        RiseCliError: it is no auth file, or cannot be written.
    """
    AuthFile(path)
    try:
        private.check_folder(_followed(path).parent)
    except OSError as error:
        raise RiseCliError(unwritable(path, error)) from error


@contextmanager
def changing(path: Path) -> Generator[AuthFile]:
    """Keep others from changing the file meanwhile; whoever is let in finds what they wrote.

    Raises:
        RiseCliError: there is no place for it.
    """
    folder = _followed(path).parent
    try:
        private.make_folder(folder)
        lock = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise RiseCliError(unwritable(path, error)) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)  # of the folder: a file beside it would stay
        yield AuthFile(path)
    finally:
        os.close(lock)


def chosen(named: str | None) -> Path:
    """Return the file that clients read: the one named, by option or environment, or the usual.

    podman and its kin read Docker's file where they have none of their own, Docker reads no other:
    theirs is the usual one only where there is no file of Docker's.

    Raises:
        RiseCliError: there is no usual one.
    """
    environment = os.environ
    if file := named or environment.get("REGISTRY_AUTH_FILE"):
        return Path(file).absolute()
    if folder := environment.get("DOCKER_CONFIG"):
        return Path(folder).absolute() / "config.json"
    try:
        docker = Path.home() / ".docker" / "config.json"
    except RuntimeError as error:
        raise RiseCliError("you have no home directory: name a file with --authfile") from error
    podman = podmans()
    return podman if podman and podman.exists() and not docker.exists() else docker


def podmans() -> Path | None:
    """Return where podman, buildah and skopeo keep logins; None where the machine has none."""
    folder = os.environ.get("XDG_RUNTIME_DIR")
    return Path(folder) / "containers" / "auth.json" if folder else None


def unwritable(path: Path, error: OSError) -> str:
    """Say why a file cannot be written, and what can be done."""
    return (
        f"{path} cannot be written ({error.strerror}): nothing has changed; choose another file "
        "with --authfile, or take the login from --print"
    )


def _followed(path: Path) -> Path:
    """Return what `path` leads to; of links in a ring one of them, which nobody can read."""
    for _ in range(LINKS):
        if not path.is_symlink():
            break
        path = path.parent / path.readlink()
    return path


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as error:
        raise RiseCliError(_unusable(path, "no text")) from error
    except OSError as error:
        raise RiseCliError(f"{path} cannot be read ({error.strerror})") from error


def _unusable(path: Path, why: str) -> str:
    return f"{path} is no auth file of Docker's ({why}): mend it, or name another with --authfile"
