"""Bring a database to the schema that the programs expect: dbmate, started with our files.

`python -m rise_database.migrate --url URL` or, so that a password stands in no process list, with
the URL in the variable RISE_MIGRATE_URL. dbmate gets it by its environment too.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

URL_VARIABLE = "RISE_MIGRATE_URL"
DIRECTORY_VARIABLE = "RISE_MIGRATIONS"

_PASSWORD = re.compile(r"(?P<before>://[^:/@\s]*:)[^@\s]*(?=@)")
_VOLATILE = re.compile(r"^(-- Dumped |\\(un)?restrict )")


class MigrationError(Exception):
    """The database could not be brought to the schema; the message says what dbmate saw."""


def directory() -> Path:
    """Return the folder of the SQL files: RISE_MIGRATIONS, beside the code, or in the wheel."""
    if DIRECTORY_VARIABLE in os.environ:
        return Path(os.environ[DIRECTORY_VARIABLE])
    here = Path(__file__).resolve()
    return next((p for p in (here.parent / "sql", here.parents[2]) if any(p.glob("0*.sql"))), here)


def migrate(url: str, *, wait_s: int = 0) -> str:
    """Apply what is missing and return dbmate's report.

    Two runs at once wait for each other. `wait_s` is how long the server may take to answer.

    Raises:
        MigrationError: the server did not answer, or a migration failed (it leaves nothing behind).
    """
    waiting = ("--wait", "--wait-timeout", f"{wait_s}s") if wait_s else ()
    return _dbmate(url, *waiting, "--no-dump-schema", "--migration-lock", "migrate")


def dump(url: str, *, pg_dump: Path | None = None) -> str:
    """Return the schema of a migrated database, the same text on every machine.

    dbmate runs `pg_dump` from PATH, or the one given; lines with versions and random keys are left
    out.

    Raises:
        MigrationError: the server did not answer, or there is no pg_dump as new as the server.
    """
    path = os.pathsep.join(
        [*([str(pg_dump.parent)] if pg_dump else []), os.environ.get("PATH", "")]
    )
    text = _dbmate(url, "--schema-file", "/dev/stdout", "dump", path=path)
    body = text.split("\n", 1)[1] if text.startswith("Writing: ") else text
    lines = [line for line in body.splitlines() if not _VOLATILE.match(line)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


def _dbmate(url: str, *arguments: str, path: str | None = None) -> str:
    environment = os.environ | {"DATABASE_URL": for_dbmate(url)} | ({"PATH": path} if path else {})
    command = [str(_program()), "--migrations-dir", str(directory()), *arguments]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - our own program, no shell
    if ran.returncode != 0:
        said = (ran.stderr or ran.stdout).strip().removeprefix("Error: ")
        raise MigrationError(_PASSWORD.sub(r"\g<before>***", said))
    return ran.stdout


def _program() -> Path:
    return Path(sysconfig.get_path("scripts")) / "dbmate"


def for_dbmate(url: str) -> str:
    """Say what libpq, and so the programs, take for granted: TLS if there is any, none on a socket.

    Raises:
        MigrationError: it is no URL of PostgreSQL.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise MigrationError("the database's URL has to begin with postgresql://")
    options = parse_qs(parts.query)
    if "sslmode" in options:
        return url
    socket = options.get("host", [parts.hostname or "/"])[0].startswith("/")
    mode = "disable" if socket else "prefer"
    return f"{url}{'&' if parts.query else '?'}sslmode={mode}"


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m rise_database.migrate", description=__doc__)
    parser.add_argument(
        "--url", default=os.environ.get(URL_VARIABLE), help=f"default: ${URL_VARIABLE}"
    )
    parser.add_argument(
        "--wait", type=int, default=0, metavar="SECONDS", help="wait for the server"
    )
    parser.add_argument("--dump", type=Path, metavar="FILE", help="then write the schema to FILE")
    given = parser.parse_args()
    if not given.url:
        parser.error(f"give the database's URL: --url, or {URL_VARIABLE} in the environment")
    try:
        sys.stdout.write(migrate(given.url, wait_s=given.wait))
        if given.dump:
            given.dump.write_text(dump(given.url), encoding="utf-8")
    except MigrationError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
