"""The database's disk is full: Unavailable, nothing that was written is lost, then it goes on."""

import asyncio
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

import psycopg
import pytest
from fixtures.objects import project
from fixtures.postgres import Postgres, account, begin, prepare
from fixtures.small_disk import SmallDisk, small_disk

from rise_database.pool import open_pool
from rise_operator.errors import Unavailable
from rise_operator.mirror import Mirror

LITTLE = "-c fsync=off -c max_wal_size=2MB -c min_wal_size=2MB -c restart_after_crash=on"


@pytest.fixture
def small() -> Generator[tuple[Postgres, SmallDisk]]:
    root = Path(tempfile.mkdtemp(prefix="rise-disk-"))
    data = prepare(root, root / "data").data
    with small_disk(data, "96m", account()) as disk:
        server = Postgres(root, disk.path)
        try:
            begin(server, "--wal-segsize=1")
            server.stop()
            server.start(LITTLE)
            yield server, disk
        finally:
            if server.running():
                server.stop("immediate")
    shutil.rmtree(root)


async def write_until_full(mirror: Mirror, written: list[str]) -> str:
    """Write large projects until the disk is full; return what the mirror says then."""
    for n in range(2000):
        name = f"p{n:04}"
        members = [{"user": f"{name}-{k}@example.com", "role": "viewer"} for k in range(50)]
        try:
            await mirror.upsert_project(project(name, members=members, description="x" * 1000))
        except Unavailable as error:
            return str(error)
        written.append(name)
    raise AssertionError("the disk never was full")


async def resynced(mirror: Mirror, server: Postgres, names: list[str]) -> None:
    """Do what the operator does, and an administrator when the server gave up: start it."""
    async with asyncio.timeout(60):
        while True:
            try:
                await mirror.resync([project(name) for name in names], [])
            except Unavailable:
                await asyncio.sleep(0.3)
                if not server.answers():
                    await asyncio.to_thread(server.restart, LITTLE)
            else:
                return


async def test_a_full_disk(small: tuple[Postgres, SmallDisk]) -> None:
    server, disk = small
    pool = await open_pool(server.url("rise_operator"), application="test", wait_s=1)
    mirror, written = Mirror(pool), list[str]()
    await mirror.upsert_project(project("before"))
    disk.fill()
    said = await write_until_full(mirror, written)
    assert "the mirror catches up by itself" in said
    disk.clear()
    await resynced(mirror, server, ["before", *written, "during"])
    await pool.close()
    with psycopg.connect(server.url("rise_inspect")) as conn:
        rows = conn.execute("select name from projects where deleted_at is null order by name")
        names = [row[0] for row in rows]
        lost = conn.execute("select count(*) from project_revisions").fetchone()
    assert names == sorted(["before", *written, "during"])
    assert lost is not None
    assert lost[0] >= len(names)
