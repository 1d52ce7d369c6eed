"""Row-level security: who sees which Project and Team, through the backend's own session."""

import asyncio
import random
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Any
from uuid import UUID, uuid5

import psycopg
import pytest
from fixtures.postgres import TABLES, Postgres
from psycopg import sql

from rise_backend.queries import projects, teams, users
from rise_backend.queries.places import page
from rise_backend.queries.session import as_person
from rise_database.pool import Pool, open_pool

SPACE = UUID("5a2f9b3e-0c34-4a4c-8a55-1f3ab0a9d001")
PEOPLE = (
    "alice",
    "bob",
    "carol",
    "dave",
    "erin",
    "frank",
    "grace",
    "heidi",
    "mallory",
)


def uid(name: str) -> UUID:
    return uuid5(SPACE, name)


def email(name: str | None) -> str | None:
    return f"{name}@example.com" if name else None


@pytest.fixture
def filled(database: Postgres) -> Postgres:
    """One project for each way to see one.

    Team eng: owner bob, member carol, group eng-group. Team gone: deleted, owner heidi.
    """
    with psycopg.connect(database.url("rise_operator")) as conn:
        for person in PEOPLE:
            conn.execute("insert into users (email) values (%s)", [email(person)])
        team(conn, "eng", idp_group="eng-group", owner="bob", member="carol")
        team(conn, "ops", idp_group="ops-group", owner="grace", member="grace")
        team(conn, "gone", idp_group="gone-group", owner="heidi", member="heidi", deleted=True)
        project(conn, "of-alice", owner_user="alice")
        project(conn, "of-eng", owner_team="eng")
        project(conn, "offered", owner_user="alice", transfer_to="dave")
        project(conn, "with-erin", owner_user="alice", member_user="erin")
        project(conn, "with-ops", owner_user="alice", member_team="ops")
        project(conn, "of-gone", owner_team="gone")
        project(conn, "with-gone", owner_user="alice", member_team="gone")
        project(conn, "old", owner_user="frank", deleted=True)
    return database


def team(
    conn: psycopg.Connection[Any],
    name: str,
    *,
    idp_group: str,
    owner: str,
    member: str,
    deleted: bool = False,
) -> None:
    conn.execute(
        """
        insert into teams (uid, name, generation, resource_version, idp_group, deleted_at)
        values (%s, %s, 1, 1, %s, case when %s then now() end)
        """,
        [uid(name), name, idp_group, deleted],
    )
    for role, person in (("owner", owner), ("member", member)):
        conn.execute(
            "insert into team_members values (%s, %s, 0, %s)", [uid(name), role, email(person)]
        )


def project(
    conn: psycopg.Connection[Any],
    name: str,
    *,
    owner_user: str | None = None,
    owner_team: str | None = None,
    transfer_to: str | None = None,
    member_user: str | None = None,
    member_team: str | None = None,
    deleted: bool = False,
) -> None:
    conn.execute(
        """
        insert into projects (
          uid, name, generation, resource_version, owner_user_id, owner_team_id, owner_team_name,
          transfer_to_user_id, deleted_at
        ) values (%s, %s, 1, 1, %s, %s, %s, %s, case when %s then now() end)
        """,
        [
            uid(name),
            name,
            email(owner_user),
            uid(owner_team) if owner_team else None,
            owner_team,
            email(transfer_to),
            deleted,
        ],
    )
    conn.execute(
        "insert into project_revisions values (%s, 1, 'd', 1, '{}', '[]')",
        [uid(name)],
    )
    if member_user or member_team:
        conn.execute(
            "insert into project_members values (%s, 0, %s, %s, %s, 'viewer')",
            [
                uid(name),
                email(member_user),
                uid(member_team) if member_team else None,
                member_team,
            ],
        )


@pytest.fixture
async def pool(filled: Postgres) -> AsyncGenerator[Pool]:
    opened = await open_pool(filled.url("rise_backend"), application="test", size=1)
    yield opened
    await opened.close()


async def seen(
    pool: Pool, person: str, groups: tuple[str, ...] = (), *, sees_all: bool = False
) -> set[str]:
    async with as_person(pool, f"{person}@example.com", groups, sees_all=sees_all) as conn:
        found, _ = await page(conn, projects.PAGES, limit=100)
    return {each.name for each in found}


PATIENCE_S = 60.0  # for a connection
OF_ALICE = {"of-alice", "offered", "with-erin", "with-ops", "with-gone"}


@pytest.mark.parametrize(
    ("person", "groups", "names"),
    [
        pytest.param("alice", (), OF_ALICE, id="the owner"),
        pytest.param("bob", (), {"of-eng"}, id="an owner of the owning team"),
        pytest.param("carol", (), {"of-eng"}, id="a member of the owning team"),
        pytest.param("mallory", ("eng-group",), {"of-eng"}, id="the owning team's group"),
        pytest.param("dave", (), {"offered"}, id="whom it is offered to"),
        pytest.param("erin", (), {"with-erin"}, id="a member by name"),
        pytest.param("grace", (), {"with-ops"}, id="a member by team"),
        pytest.param("mallory", ("ops-group",), {"with-ops"}, id="a member by a team's group"),
        pytest.param("mallory", ("eng-group", "ops-group"), {"of-eng", "with-ops"}, id="two"),
        pytest.param("heidi", (), set[str](), id="an owner of a deleted team"),
        pytest.param("mallory", ("gone-group",), set[str](), id="the group of a deleted team"),
        pytest.param("frank", (), set[str](), id="the owner of a deleted project"),
        pytest.param("mallory", (), set[str](), id="nobody"),
        pytest.param("mallory", ("eng", "*", ""), set[str](), id="groups that no team has"),
        pytest.param("%", (), set[str](), id="a name that looks like a pattern"),
    ],
)
async def test_who_sees_which_project(
    pool: Pool, person: str, groups: tuple[str, ...], names: set[str]
) -> None:
    assert await seen(pool, person, groups) == names


@pytest.mark.parametrize(
    ("person", "groups", "names"),
    [
        pytest.param("bob", (), {"eng"}, id="an owner"),
        pytest.param("carol", (), {"eng"}, id="a member"),
        pytest.param("mallory", ("eng-group",), {"eng"}, id="the group"),
        pytest.param("heidi", (), set[str](), id="an owner of a deleted team"),
        pytest.param("alice", (), set[str](), id="who shares a project with it only"),
    ],
)
async def test_who_sees_which_team(
    pool: Pool, person: str, groups: tuple[str, ...], names: set[str]
) -> None:
    async with as_person(pool, f"{person}@example.com", groups, sees_all=False) as conn:
        found, _ = await page(conn, teams.PAGES, limit=100)
    assert {each.name for each in found} == names


async def test_a_holder_of_cluster_wide_list_sees_everything_that_lives(pool: Pool) -> None:
    names = OF_ALICE | {"of-eng", "of-gone"}
    assert await seen(pool, "mallory", sees_all=True) == names


@pytest.mark.row(52)
async def test_a_project_that_one_may_not_see_is_like_none(pool: Pool) -> None:
    async with as_person(pool, "mallory@example.com", (), sees_all=False) as conn:
        for name in ("of-alice", "no-such-project"):
            chosen = projects.Filters(prefix=name)
            assert await page(conn, projects.PAGES, limit=1, filters=chosen) == ([], None)
        chosen = teams.Filters(prefix="eng")
        assert await page(conn, teams.PAGES, limit=1, filters=chosen) == ([], None)


async def test_members_and_revisions_are_seen_with_their_project_only(pool: Pool) -> None:
    async with as_person(pool, "erin@example.com", (), sees_all=False) as conn:
        for table in ("project_members", "project_revisions"):
            query = sql.SQL("select project_uid from {}").format(sql.Identifier(table))
            rows = await (await conn.execute(query)).fetchall()
            assert rows == [(uid("with-erin"),)]


async def test_team_members_are_seen_with_their_team_only(pool: Pool) -> None:
    async with as_person(pool, "grace@example.com", (), sees_all=False) as conn:
        rows = await (await conn.execute("select distinct team_uid from team_members")).fetchall()
    assert rows == [(uid("ops"),)]


async def test_a_person_sees_the_own_row_of_users_only(pool: Pool) -> None:
    async with as_person(pool, "alice@example.com", (), sees_all=True) as conn:
        rows = await (await conn.execute("select email from users")).fetchall()
    assert rows == [("alice@example.com",)]


@pytest.mark.row(53)
@pytest.mark.parametrize("table", TABLES)
def test_without_identity_there_are_no_rows(filled: Postgres, table: str) -> None:
    query = sql.SQL("select count(*) from {}").format(sql.Identifier(table))
    for role in ("rise_backend", "rise"):
        with psycopg.connect(filled.url(role)) as conn:
            assert conn.execute(query).fetchone() == (0,)
    with psycopg.connect(filled.url("rise_inspect")) as conn:
        assert conn.execute(query).fetchone() != (0,)


@pytest.mark.row(54)
async def test_a_pooled_connection_forgets_who_asked_before(pool: Pool) -> None:
    assert await seen(pool, "alice", ("eng-group",), sees_all=True) != set()
    async with pool.connection() as conn:  # size is 1: the very connection that alice had
        for table in TABLES:
            query = sql.SQL("select count(*) from {}").format(sql.Identifier(table))
            assert await (await conn.execute(query)).fetchone() == (0,)
    assert await seen(pool, "mallory") == set()


async def test_a_failed_transaction_forgets_too(pool: Pool) -> None:
    with pytest.raises(psycopg.errors.DivisionByZero):
        async with as_person(pool, "alice@example.com", (), sees_all=True) as conn:
            await conn.execute("select 1 / 0")
    async with pool.connection() as conn:
        assert await (await conn.execute("select count(*) from projects")).fetchone() == (0,)


@pytest.mark.row(54)
async def test_people_who_ask_at_once_do_not_see_each_others_rows(filled: Postgres) -> None:
    pool = await open_pool(
        filled.url("rise_backend"), application="test", size=4, wait_s=PATIENCE_S
    )
    expected = {"alice": OF_ALICE, "bob": {"of-eng"}, "dave": {"offered"}, "mallory": set[str]()}
    try:
        names = [name for _ in range(25) for name in expected]
        found = await asyncio.gather(*(seen(pool, name) for name in names))
    finally:
        await pool.close()
    assert [(name, expected[name]) for name in names] == list(zip(names, found, strict=True))


async def _fails(pool: Pool) -> None:
    with suppress(psycopg.errors.DivisionByZero):
        async with as_person(pool, "alice@example.com", ("ops-group",), sees_all=True) as conn:
            await conn.execute("select 1 / 0")


async def _is_cut_off(pool: Pool, statement: str) -> None:
    """Go away in the middle of a transaction: while PostgreSQL works, or between two statements."""
    inside = asyncio.Event()

    async def asks() -> None:
        async with as_person(pool, "alice@example.com", ("ops-group",), sees_all=True) as conn:
            inside.set()
            await conn.execute(statement.encode())
            await asyncio.Event().wait()

    asking = asyncio.create_task(asks())
    await inside.wait()
    await asyncio.sleep(0.01)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking


@pytest.mark.row(54)
async def test_who_fails_or_is_cut_off_between_others_leaves_nothing(filled: Postgres) -> None:
    pool = await open_pool(
        filled.url("rise_backend"), application="test", size=2, wait_s=PATIENCE_S
    )
    expected = {"alice": OF_ALICE, "bob": {"of-eng"}, "dave": {"offered"}, "mallory": set[str]()}
    names = [name for _ in range(10) for name in expected]
    reading = [seen(pool, name) for name in names]
    others = [_fails(pool) for _ in range(10)]
    others += [_is_cut_off(pool, "select pg_sleep(60)") for _ in range(10)]
    others += [_is_cut_off(pool, "select 1") for _ in range(10)]
    mixed = [*reading, *others]
    random.Random(54).shuffle(mixed)
    tasks = {each: asyncio.create_task(each) for each in mixed}
    try:
        await asyncio.gather(*tasks.values())
        async with pool.connection() as one, pool.connection() as other:
            for conn in (one, other):
                for table in TABLES:
                    query = sql.SQL("select count(*) from {}").format(sql.Identifier(table))
                    assert await (await conn.execute(query)).fetchone() == (0,)
    finally:
        await pool.close()
    found = [tasks[each].result() for each in reading]
    assert list(zip(names, found, strict=True)) == [(name, expected[name]) for name in names]


@pytest.mark.parametrize(
    "statement",
    [
        "insert into users (email) values ('mallory@example.com')",
        "update users set last_sign_in_at = now()",
        "delete from users",
        "insert into teams (uid, name) values (gen_random_uuid(), 'x')",
        "update projects set owner_user_id = 'mallory@example.com'",
        "delete from project_members",
        "truncate project_revisions",
        "alter table projects disable row level security",
        "alter table projects no force row level security",
        "drop policy person on projects",
        "create table mine (name text)",
        "create function rise_projects() returns uuid[] language sql return '{}'",
        "set role rise",
        "set role rise_functions",
        "set role rise_operator",
        "set session authorization rise",
        "copy projects to program 'true'",
    ],
)
def test_the_backend_cannot_write_or_become_somebody_else(filled: Postgres, statement: str) -> None:
    with (
        psycopg.connect(filled.url("rise_backend")) as conn,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        conn.execute(statement.encode())


@pytest.mark.parametrize("role", ["rise", "rise_operator", "rise_inspect"])
def test_nobody_becomes_whom_the_functions_run_as(filled: Postgres, role: str) -> None:
    with (
        psycopg.connect(filled.url(role)) as conn,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        conn.execute("set role rise_functions")
    with pytest.raises(psycopg.OperationalError, match="not permitted to log in"):
        psycopg.connect(filled.url("rise_functions"))


def test_row_security_off_is_an_error_not_a_way_round(filled: Postgres) -> None:
    with psycopg.connect(filled.url("rise_backend")) as conn:
        conn.execute("set row_security = off")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("select * from projects")


def test_a_temporary_table_of_the_same_name_changes_nothing(filled: Postgres) -> None:
    with psycopg.connect(filled.url("rise_backend")) as conn:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("create temporary table teams (uid uuid)")
        conn.rollback()


@pytest.mark.parametrize("role", ["rise_backend", "rise_inspect"])
def test_readers_write_nothing(filled: Postgres, role: str) -> None:
    with (
        psycopg.connect(filled.url(role)) as conn,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        conn.execute("update projects set description = 'x'")


OURS = b"""
select relname from pg_class
where relkind = 'r' and relnamespace = 'public'::regnamespace and relname <> 'schema_migrations'
"""


def test_no_role_of_ours_bypasses_row_level_security(filled: Postgres) -> None:
    with psycopg.connect(filled.url()) as conn:
        rows = conn.execute(
            "select rolname from pg_roles"
            " where rolname like 'rise%%' and (rolsuper or rolbypassrls or rolcreatedb)"
        ).fetchall()
        unforced = conn.execute(OURS + b" and not (relrowsecurity and relforcerowsecurity)")
        not_ours = conn.execute(OURS + b" and relowner <> 'rise'::regrole")
        assert (rows, unforced.fetchall(), not_ours.fetchall()) == ([], [], [])


async def test_signing_in_writes_the_own_row(filled: Postgres, pool: Pool) -> None:
    await users.record_sign_in(pool, "zoe@example.com", ("eng", "ops"))
    await users.record_sign_in(pool, "zoe@example.com", ("ops",))
    found = await users.me(pool, "zoe@example.com")
    assert found is not None
    assert found.last_sign_in_at is not None
    assert found.idp_groups == ["ops"]  # as of the last one
    with psycopg.connect(filled.url()) as conn:
        rows = conn.execute("select email from users where last_sign_in_at is not null").fetchall()
    assert rows == [("zoe@example.com",)]


def test_signing_in_without_identity_is_refused(filled: Postgres) -> None:
    with (
        psycopg.connect(filled.url("rise_backend")) as conn,
        pytest.raises(psycopg.errors.NotNullViolation),
    ):
        conn.execute("select record_sign_in()")


async def test_a_session_for_reading_does_not_write(pool: Pool) -> None:
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        async with as_person(pool, "alice@example.com", (), sees_all=False) as conn:
            await conn.execute("select record_sign_in()")
