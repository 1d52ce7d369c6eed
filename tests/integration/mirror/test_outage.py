"""PostgreSQL away, killed, not migrated, or the wrong role: Unavailable, then it works again."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest
from fixtures.objects import project, team
from fixtures.postgres import Postgres, running_postgres

from rise_database.pool import Pool, is_healthy, open_pool
from rise_operator.errors import Unavailable
from rise_operator.mirror import Mirror


@pytest.fixture(scope="module")
def server() -> Generator[Postgres]:
    """A server of its own, as it is stopped and killed."""
    yield from running_postgres()


@pytest.fixture
async def pool(server: Postgres) -> AsyncGenerator[Pool]:
    if not server.running():
        server.start()
    server.psql("truncate users, teams, projects cascade")
    opened = await open_pool(server.url("rise_operator"), application="test", wait_s=1)
    yield opened
    await opened.close()


def names(server: Postgres) -> list[str]:
    with psycopg.connect(server.url("rise_inspect")) as conn:
        query = "select name from projects where deleted_at is null order by name"
        return [row[0] for row in conn.execute(query)]


async def until_written(mirror: Mirror, name: str) -> int:
    """Do what the operator does: try again until it works; return how often that was."""
    async with asyncio.timeout(120):
        tries = 1
        while True:
            try:
                await mirror.upsert_project(project(name))
            except Unavailable:
                tries += 1
                await asyncio.sleep(0.2)
            else:
                return tries


@pytest.mark.usefixtures("pool")
async def test_a_restart_costs_nothing(server: Postgres) -> None:
    patient = await open_pool(server.url("rise_operator"), application="test", wait_s=60)
    mirror = Mirror(patient)
    await mirror.upsert_project(project("before"))
    server.stop()
    server.start()
    assert await until_written(mirror, "after") == 1
    await patient.close()
    assert names(server) == ["after", "before"]


async def test_away_is_said_soon_and_sooner_the_second_time(server: Postgres, pool: Pool) -> None:
    mirror = Mirror(pool)
    await mirror.upsert_project(project("before"))
    server.stop("immediate")
    async with asyncio.timeout(60):  # a thousand waits would be a thousand seconds
        with pytest.raises(Unavailable, match="the mirror catches up by itself"):
            await mirror.upsert_project(project("during"))
        for _ in range(1000):
            with pytest.raises(Unavailable):
                await mirror.upsert_team(team())
    with pytest.raises(Unavailable):
        await mirror.resync([], [])
    server.start()
    await until_written(mirror, "during")
    assert names(server) == ["before", "during"]


async def test_coming_up_while_the_server_is_away(server: Postgres, pool: Pool) -> None:
    await pool.close()
    server.stop()
    async with asyncio.timeout(60):  # it does not wait for the server
        early = await open_pool(server.url("rise_operator"), application="early")
    assert not await is_healthy(early)
    server.start()
    await until_written(Mirror(early), "first")
    assert await is_healthy(early)
    await early.close()


@contextmanager
def locked(server: Postgres, name: str) -> Generator[None]:
    """Let whoever writes the Project `name` wait."""
    conn = psycopg.connect(server.url())
    with closing(conn):  # without a commit: the server is gone by then
        conn.execute("select from projects where name = %s for update", [name])
        yield


async def until_somebody_waits(server: Postgres) -> None:
    query = "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
    with psycopg.connect(server.url(), autocommit=True) as conn:
        async with asyncio.timeout(60):
            while conn.execute(query).fetchone() == (0,):  # noqa: ASYNC110 - and says so by no event
                await asyncio.sleep(0.01)


async def test_killed_while_many_write(server: Postgres, pool: Pool) -> None:
    mirror = Mirror(pool)
    wanted = [f"p{n:04}" for n in range(2000)]
    await mirror.upsert_project(project(wanted[1000]))
    with locked(server, wanted[1000]):
        writing = asyncio.gather(*(until_written(mirror, name) for name in wanted))
        await until_somebody_waits(server)
        await asyncio.to_thread(server.stop, "immediate")
    await asyncio.sleep(0.5)
    await asyncio.to_thread(server.start)
    assert max(await writing) > 1
    assert names(server) == wanted


async def test_killed_in_the_middle_of_a_resync(server: Postgres, pool: Pool) -> None:
    mirror = Mirror(pool)
    kept = [project(f"p{n:04}") for n in range(900)]
    changed = project("p0500", description="changed", version=2)
    wanted = [*kept[:500], changed, *kept[501:]]
    await mirror.resync([*kept[:100], kept[500]], [])
    with locked(server, "p0500"):
        resync = asyncio.create_task(mirror.resync(wanted, []))
        await until_somebody_waits(server)
        await asyncio.to_thread(server.stop, "immediate")
    with pytest.raises(Unavailable):
        await resync
    server.start()
    batches_before = [each.metadata.name for each in kept[:400]]
    assert names(server) == [*batches_before, "p0500"]
    async with asyncio.timeout(120):
        while True:
            try:
                await mirror.resync(wanted, [])
                break
            except Unavailable:
                await asyncio.sleep(0.2)
    assert len(names(server)) == 900


async def test_a_database_without_the_migrations(server: Postgres, pool: Pool) -> None:
    await pool.close()
    server.psql("drop database if exists empty", database="postgres")
    server.psql("create database empty", database="postgres")
    opened = await open_pool(server.url("rise_operator", "empty"), application="test", wait_s=1)
    with pytest.raises(Unavailable, match="run the migrations"):
        await Mirror(opened).upsert_project(project())
    await opened.close()


async def test_the_wrong_role(server: Postgres, pool: Pool) -> None:
    await pool.close()
    opened = await open_pool(server.url("rise_backend"), application="test", wait_s=1)
    with pytest.raises(Unavailable, match="connect as rise_operator"):
        await Mirror(opened).upsert_project(project())
    await opened.close()


async def test_an_error_says_nothing_secret(
    server: Postgres, pool: Pool, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await pool.close()
    url = f"postgresql://rise_operator:hunter2@/rise?host={tmp_path}"
    opened = await open_pool(url, application="test", wait_s=1)
    with pytest.raises(Unavailable) as raised:
        await Mirror(opened).upsert_project(project(description="a secret plan"))
    await opened.close()
    assert server.running()
    assert "hunter2" not in str(raised.value) + caplog.text
    assert "secret plan" not in str(raised.value) + caplog.text


async def test_a_refused_row_is_not_shown(server: Postgres, pool: Pool) -> None:
    server.psql("alter table projects add constraint no_plans check (description not like '%plan')")
    try:
        with pytest.raises(Unavailable, match="no_plans") as raised:
            await Mirror(pool).upsert_project(project(description="a secret plan"))
    finally:
        server.psql("alter table projects drop constraint no_plans")
    assert "secret" not in str(raised.value)
    await Mirror(pool).upsert_project(project(description="a secret plan"))


async def test_a_long_lock_ends_in_unavailable(server: Postgres) -> None:
    pool = await open_pool(server.url("rise_operator"), application="test", statement_s=2)
    mirror = Mirror(pool)
    with psycopg.connect(server.url()) as conn:
        conn.execute("lock table projects in access exclusive mode")
        with pytest.raises(Unavailable):
            await mirror.upsert_project(project("waits"))
    assert await until_written(mirror, "waits") == 1
    await pool.close()
