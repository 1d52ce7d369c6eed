"""The signed-in person's session: one file, 0600, written whole or not at all."""

import fcntl
import json
import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from rise_cli import private
from rise_cli.credential import config_directory, session_path
from rise_cli.errors import NotSignedInError, RiseCliError

SIGN_IN = "sign in with: rise login"


@dataclass(frozen=True)
class Session:
    """Who is signed in where. Units: `expiresAt` is seconds since the epoch."""

    server: str
    caFile: str  # noqa: N815 - the file's own spelling
    user: str
    token: str
    expiresAt: float  # noqa: N815 - the file's own spelling
    # Empty after a sign-in with a password: such a session cannot be renewed.
    issuer: str = ""
    clientId: str = ""  # noqa: N815 - the file's own spelling
    tokenEndpoint: str = ""  # noqa: N815 - the file's own spelling
    refreshToken: str = ""  # noqa: N815 - the file's own spelling

    def save(self) -> None:
        """Write the session for its owner's eyes alone, by one rename."""
        private.make_folder(Path(config_directory()))
        private.write(Path(session_path()), json.dumps(asdict(self)))


def check_place() -> None:
    """See that a session can be kept, before anybody signs in for one.

    Raises:
        RiseCliError: it cannot.
    """
    directory = Path(config_directory())
    try:
        private.check_folder(directory)
    except OSError as error:
        raise RiseCliError(
            f"{directory} cannot be written ({error.strerror}): name another directory in "
            "RISE_CONFIG_DIR, in which the session is kept"
        ) from error


def load() -> Session:
    """Return the current session, whether its token still lasts or not.

    Raises:
        NotSignedInError: there is none.
        RiseCliError: others may read the file, or it is no session.
    """
    path = Path(session_path())
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read()
    except FileNotFoundError as error:
        raise NotSignedInError(f"nobody is signed in; {SIGN_IN}") from error
    except OSError as error:
        raise RiseCliError(f"the session {path} cannot be read: {error.strerror}") from error
    if mode & 0o077:
        raise RiseCliError(f"others may read {path}: run chmod 600 on it, then sign in again")
    try:
        return _parsed(content)
    except (ValueError, TypeError) as error:
        raise NotSignedInError(f"{path} is no session of this version; {SIGN_IN}") from error


def _parsed(content: bytes) -> Session:
    found = Session(**json.loads(content))
    for field in fields(Session):
        value = getattr(found, field.name)
        if not isinstance(value, int | float if field.type is float else str):
            raise TypeError(field.name)
    return found


def forget() -> bool:
    """Delete the current session; tell whether there was one."""
    if not Path(session_path()).exists():
        return False
    with locked():  # somebody who renews it would write it anew
        Path(session_path()).unlink(missing_ok=True)
    return True


@contextmanager
def locked() -> Generator[None]:
    """Keep others from writing the session at the same time: Dex takes a refresh token once."""
    directory = Path(config_directory())
    private.make_folder(directory)
    with (directory / "session.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
