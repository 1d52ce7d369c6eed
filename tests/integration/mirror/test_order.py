"""Events out of order, twice, late; complete lists; two operators at once."""

import asyncio
import random
from itertools import permutations

import make
import pytest
from fixtures.objects import project, team, uid
from fixtures.postgres import Inspection, Postgres

from rise_database.pool import open_pool
from rise_operator.mirror import Mirror
from rise_operator.mirror.mirror import BATCH, Resynced

VERSIONS = (9, 10, 100)


async def description(inspect: Inspection) -> str:
    return str(inspect.row("select description from projects")["description"])


@pytest.mark.parametrize("order", list(permutations(VERSIONS)), ids=str)
async def test_the_newest_version_stays(
    mirror: Mirror, inspect: Inspection, order: tuple[int, ...]
) -> None:
    for version in (*order, order[0]):
        await mirror.upsert_project(project(version=version, description=f"at {version}"))
        await mirror.upsert_team(team(version=version, description=f"at {version}"))
    assert await description(inspect) == "at 100"
    assert inspect.row("select description from teams") == {"description": "at 100"}


async def test_an_older_event_does_not_bring_members_back(
    mirror: Mirror, inspect: Inspection
) -> None:
    await mirror.upsert_project(project(version=2, generation=2))
    before = [{"user": make.BOB, "role": "viewer"}]
    await mirror.upsert_project(project(version=1, members=before))
    await mirror.upsert_team(team(version=2))
    await mirror.upsert_team(team(version=1, members=[make.BOB]))
    assert inspect.rows("select * from project_members") == []
    assert inspect.row("select count(*) from team_members") == {"count": 1}


async def test_what_is_deleted_stays_deleted(mirror: Mirror, inspect: Inspection) -> None:
    shop, eng = project(version=5), team(version=5)
    await mirror.upsert_project(shop)
    await mirror.upsert_team(eng)
    await mirror.delete_project(shop.metadata.uid)
    await mirror.delete_team(eng.metadata.uid)
    deleted = inspect.row("select deleted_at from projects")["deleted_at"]
    await mirror.upsert_project(project(version=6))
    await mirror.upsert_team(team(version=6))
    await mirror.delete_project(shop.metadata.uid)
    assert (inspect.projects(), inspect.teams()) == ([], [])
    assert inspect.row("select deleted_at from projects")["deleted_at"] == deleted


async def test_deleting_what_nobody_mirrored(mirror: Mirror, inspect: Inspection) -> None:
    await mirror.delete_project(uid("nobody"))
    await mirror.delete_team(uid("nobody"))
    assert (inspect.projects(), inspect.teams()) == ([], [])


@pytest.mark.parametrize("late", [False, True], ids=["in order", "the old one's event comes late"])
async def test_a_new_object_under_an_old_name(
    mirror: Mirror, inspect: Inspection, *, late: bool
) -> None:
    old, new = project(version=5, life="old"), project(version=9, life="new")
    for each in (new, old) if late else (old, new):
        await mirror.upsert_project(each)
    row = inspect.row("select uid from projects where deleted_at is null")
    assert str(row["uid"]) == new.metadata.uid
    former, latter = team(version=5, life="old"), team(version=9, life="new")
    for each in (latter, former) if late else (former, latter):
        await mirror.upsert_team(each)
    row = inspect.row("select uid from teams where deleted_at is null")
    assert str(row["uid"]) == latter.metadata.uid


async def test_a_resync_fills_an_empty_database(mirror: Mirror, inspect: Inspection) -> None:
    many = [project(f"p{n}", version=n + 1) for n in range(BATCH + 50)]
    assert await mirror.resync(many, [team()]) == Resynced(len(many) + 1, 0)
    assert len(inspect.projects()) == len(many)


async def test_a_second_resync_writes_nothing(mirror: Mirror) -> None:
    objects = [project(), project("blog", owner={"team": "eng"})], [team()]
    await mirror.resync(*objects)
    again = await mirror.resync(*objects)
    assert again.ended == 0
    assert again.written <= 1  # an owner found by name is looked up again, and not written


async def test_a_resync_does_not_write_what_only_has_a_newer_version(mirror: Mirror) -> None:
    """The operator's own status moves versions and managers on, after the row was written."""
    status = {"manager": "rise-operator", "operation": "Update", "subresource": "status"}
    await mirror.upsert_project(project(version=5))
    await mirror.upsert_team(team(version=5))
    shop = project(version=6)
    shop.metadata.managed_fields.append(status)
    assert await mirror.resync([shop], [team(version=6)]) == Resynced(0, 0)


async def test_after_a_restore_the_same_thing_at_an_older_version_is_written(
    mirror: Mirror, inspect: Inspection
) -> None:
    await mirror.upsert_project(project(version=100))
    await mirror.upsert_team(team(version=100))
    assert await mirror.resync([project(version=40)], [team(version=40)]) == Resynced(2, 0)
    await mirror.upsert_project(project(version=41, description="now"))
    assert await description(inspect) == "now"


async def test_a_resync_ends_what_is_absent(mirror: Mirror, inspect: Inspection) -> None:
    for name in ("shop", "blog"):
        await mirror.upsert_project(project(name, version=100))
    await mirror.upsert_team(team(version=100))
    assert await mirror.resync([project("blog", version=100)], []) == Resynced(0, 2)
    assert (inspect.projects(), inspect.teams()) == (["blog"], [])


async def test_after_a_restore_the_list_wins(mirror: Mirror, inspect: Inspection) -> None:
    """Versions went back, a deleted object is there again, a newer one never was."""
    await mirror.upsert_project(project("kept", version=100, generation=3, description="lost"))
    await mirror.upsert_project(project("back", version=50))
    await mirror.delete_project(uid("project back "))
    await mirror.upsert_project(project("never", version=120))
    await mirror.upsert_project(project("again", version=130, life="new"))
    await mirror.upsert_team(team(version=100, members=[make.BOB]))
    listed = [
        project("kept", version=40, generation=2, description="then"),
        project("back", version=30),
        project("again", version=20, life="old"),
    ]
    await mirror.resync(listed, [team(version=10)])
    assert inspect.projects() == ["again", "back", "kept"]
    kept = inspect.row("select * from projects where name = 'kept'")
    assert (kept["resource_version"], kept["generation"]) == (40, 2)
    assert kept["description"] == "then"
    alive = inspect.row("select uid from projects where name = 'again' and deleted_at is null")
    assert str(alive["uid"]) == uid("project again old")
    assert inspect.row("select count(*) from team_members") == {"count": 1}
    await mirror.upsert_project(project("kept", version=41, generation=3, description="now"))
    row = inspect.row("select description from projects where name = 'kept'")
    assert row == {"description": "now"}


async def test_what_cannot_be_parsed_stays(mirror: Mirror, inspect: Inspection) -> None:
    shop = project()
    await mirror.upsert_project(shop)
    await mirror.upsert_team(team())
    await mirror.resync([], [], unreadable=[shop.metadata.uid, uid("team eng ")])
    assert (inspect.projects(), inspect.teams()) == (["shop"], ["eng"])


async def test_what_is_written_during_a_resync_is_newer_than_its_lists(
    mirror: Mirror, inspect: Inspection
) -> None:
    many = [project(f"p{n}", version=n + 1, description="listed") for n in range(3 * BATCH)]
    resync = asyncio.create_task(mirror.resync(many, []))
    await asyncio.sleep(0)
    for n in (0, BATCH, 3 * BATCH - 1):
        await mirror.upsert_project(project(f"p{n}", version=9000, description="newer"))
    await mirror.upsert_project(project("created", version=9001))
    await mirror.delete_project(many[1].metadata.uid)
    await resync
    newer = inspect.rows("select name from projects where description = 'newer'")
    assert len(newer) == 3
    assert "created" in inspect.projects()
    assert "p1" not in inspect.projects()


async def test_rows_go_when_they_have_been_deleted_for_90_days(
    mirror: Mirror, database: Postgres, inspect: Inspection
) -> None:
    for name in ("old", "young"):
        await mirror.upsert_project(project(name, owner={"team": "eng"}))
    await mirror.upsert_team(team())
    await mirror.resync([], [])
    long_ago = "set deleted_at = now() - interval '91 days' where name <> 'young'"
    database.psql("update projects " + long_ago)
    database.psql("update teams " + long_ago)
    await mirror.resync([], [])
    assert inspect.rows("select name from projects") == [{"name": "young"}]
    assert inspect.row("select count(*) from project_revisions") == {"count": 1}


async def test_two_operators_by_mistake(database: Postgres, inspect: Inspection) -> None:
    url = database.url("rise_operator")
    pools = [await open_pool(url, application=str(n), wait_s=60) for n in (1, 2)]
    mirrors = [Mirror(pool) for pool in pools]
    rng = random.Random(7)
    owners = [{"user": f"u{n}@example.com"} for n in range(5)]
    events = [
        project(f"p{n}", version=version, description=f"at {version}", owner=rng.choice(owners))
        for n in range(20)
        for version in range(1, 6)
    ]
    final = [event for event in events if event.metadata.resource_version == "5"]
    try:
        jobs = [each.upsert_project(event) for each in mirrors for event in rng.sample(events, 100)]
        jobs += [each.resync(final, []) for each in mirrors]
        await asyncio.gather(*jobs)
    finally:
        for pool in pools:
            await pool.close()
    rows = inspect.rows("select distinct description from projects")
    assert rows == [{"description": "at 5"}]
    assert len(inspect.projects()) == 20
