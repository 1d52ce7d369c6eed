"""The migrations: complete, repeatable, at once, without secrets in sight."""

import os
import subprocess
import sys
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from fixtures.golden import UPDATE
from fixtures.postgres import Postgres, programs

from rise_database import migrate

SCHEMA = migrate.directory() / "schema.sql"
VERSIONS = [path.name.partition("_")[0] for path in sorted(migrate.directory().glob("0*.sql"))]


@pytest.fixture
def empty(postgres: Postgres) -> Generator[str]:
    """A database without tables."""
    postgres.psql("create database empty owner rise", database="postgres")
    yield postgres.url("rise", "empty")
    postgres.psql("drop database empty with (force)", database="postgres")


def command(url: str | None, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    """Start the command as people do, the URL in the environment."""
    return subprocess.Popen(
        [sys.executable, "-m", "rise_database.migrate", *arguments],
        env=os.environ | environment | ({"RISE_MIGRATE_URL": url} if url else {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def applied(url: str) -> list[str]:
    with psycopg.connect(url) as conn:
        rows = conn.execute("select version from schema_migrations order by version")
        return [row[0] for row in rows]


@pytest.mark.golden
def test_the_schema_dump_is_up_to_date(empty: str) -> None:
    migrate.migrate(empty)
    found = migrate.dump(empty, pg_dump=programs() / "pg_dump")
    if os.environ.get(UPDATE) == "1":
        SCHEMA.write_text(found, encoding="utf-8")
    assert found == SCHEMA.read_text(encoding="utf-8"), f"read the diff, then {UPDATE}=1"


def test_who_runs_them_makes_no_difference(postgres: Postgres, empty: str) -> None:
    migrate.migrate(postgres.url("postgres", "empty"))
    found = migrate.dump(postgres.url("postgres", "empty"), pg_dump=programs() / "pg_dump")
    assert found == SCHEMA.read_text(encoding="utf-8")
    with psycopg.connect(empty) as conn:
        rows = conn.execute(
            "select distinct tableowner from pg_tables"
            " where schemaname = 'public' and tablename <> 'schema_migrations'"
        )
        assert rows.fetchall() == [("rise",)]


def test_a_second_run_changes_nothing(empty: str) -> None:
    assert "Applied: 0001_roles.sql" in migrate.migrate(empty)
    assert migrate.migrate(empty) == ""
    assert applied(empty) == VERSIONS


def test_two_runs_at_once(empty: str) -> None:
    with ThreadPoolExecutor(4) as threads:
        reports = list(threads.map(migrate.migrate, [empty] * 4))
    assert sum("Applied: 0001_roles.sql" in report for report in reports) == 1
    assert applied(empty) == VERSIONS


def test_a_migration_that_fails_leaves_nothing(empty: str, tmp_path: Path) -> None:
    (tmp_path / "0001_wrong.sql").write_text(
        "-- migrate:up\ncreate table half (n int);\nselect 1 / 0;\n-- migrate:down\n"
    )
    ran = command(empty, RISE_MIGRATIONS=str(tmp_path))
    _, said = ran.communicate(timeout=60)
    assert ran.returncode == 1
    assert "division by zero" in said
    with psycopg.connect(empty) as conn:
        assert conn.execute("select to_regclass('half')").fetchone() == (None,)
    migrate.migrate(empty)


def test_the_command(empty: str, tmp_path: Path) -> None:
    path = f"{programs()}{os.pathsep}{os.environ['PATH']}"
    ran = command(empty, "--dump", str(tmp_path / "schema.sql"), PATH=path)
    said, wrong = ran.communicate(timeout=60)
    assert (ran.returncode, wrong) == (0, "")
    assert "Applied: 0001_roles.sql" in said
    assert (tmp_path / "schema.sql").read_text() == SCHEMA.read_text()


def test_without_url_the_command_says_what_to_give() -> None:
    ran = command(None)
    _, said = ran.communicate(timeout=60)
    assert ran.returncode == 2
    assert "give the database's URL: --url, or RISE_MIGRATE_URL in the environment" in said


def test_it_waits_for_a_server_and_shows_no_password(tmp_path: Path) -> None:
    url = f"postgresql://rise:hunter2@/rise?host={tmp_path}"
    ran = command(url, "--wait", "2")
    seen = ""
    while ran.poll() is None:
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            with suppress(OSError):  # it has ended meanwhile
                seen += path.read_bytes().decode(errors="replace").replace("\0", " ")
        time.sleep(0.05)
    out, said = ran.communicate()
    assert ran.returncode == 1
    assert "dbmate" in seen
    assert "hunter2" not in seen + out + said
    assert said.startswith("error: ")
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://rise:hunter2@db/rise", "has to begin with postgresql://"),
        ("host=db password=hunter2", "has to begin with postgresql://"),
        ("postgresql://rise:hunter2@db:x/rise", "invalid port"),
        ("postgresql://rise:hun@ter2@db/rise%zz", "invalid URL escape"),
    ],
)
def test_a_wrong_url_is_refused_without_its_password(url: str, said: str) -> None:
    with pytest.raises(migrate.MigrationError, match=said) as raised:
        migrate.migrate(url)
    assert "ter2" not in str(raised.value)


def test_the_wheel_holds_every_migration() -> None:
    listed = (migrate.directory() / "pyproject.toml").read_text()
    for path in migrate.directory().glob("0*.sql"):
        assert f'"{path.name}" = "rise_database/sql/{path.name}"' in listed
