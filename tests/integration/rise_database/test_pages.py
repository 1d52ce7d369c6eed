"""Lists of projects and teams: order, pages, filters, search; and how much PostgreSQL reads."""

import json
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from fixtures.objects import project, team
from fixtures.postgres import Postgres
from psycopg import AsyncConnection, sql

from rise_backend.queries import projects, teams
from rise_backend.queries.places import BY, Order, Place, page
from rise_backend.queries.session import DatabaseUnavailable, as_person
from rise_database.pool import Pool, open_pool
from rise_operator.mirror import Mirror

NAMES = ["a", "a-b", "a0", "aa", "b", "z9"]  # in the API server's order: bytes

MEMBERS = {
    "aa": [{"user": "bob@example.com", "role": "developer"}],
    "z9": [{"team": "eng", "role": "viewer"}],
}


@pytest.fixture
async def pool(database: Postgres) -> AsyncGenerator[Pool]:
    writing = await open_pool(database.url("rise_operator"), application="test")
    mirror = Mirror(writing)
    eng = team(
        owners=["dora@example.com"], members=["carol@example.com"], description="Builds Things"
    )
    await mirror.upsert_team(eng)
    for name in reversed(NAMES):
        owner = {"team": "eng"} if name == "b" else {"user": "alice@example.com"}
        members = MEMBERS.get(name, [])
        await mirror.upsert_project(
            project(name, owner=owner, members=members, description=f"The {name} 100%_")
        )
    await writing.close()
    reading = await open_pool(database.url("rise_backend"), application="test")
    yield reading
    await reading.close()


async def listed(
    pool: Pool,
    *,
    sees_all: bool = True,
    limit: int = 10,
    order: Order = "name",
    after: Place | None = None,
    **filters: Any,
) -> tuple[list[str], Place | None]:
    async with as_person(pool, "alice@example.com", (), sees_all=sees_all) as conn:
        found, following = await page(
            conn,
            projects.PAGES,
            limit=limit,
            order=order,
            after=after,
            filters=projects.Filters(**filters),
        )
    return [each.name for each in found], following


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        pytest.param({}, NAMES, id="by name"),
        pytest.param({"after": Place("a0", None)}, ["aa", "b", "z9"], id="after a name"),
        pytest.param({"after": Place("nobody", None)}, ["z9"], id="after a name that is not there"),
        pytest.param({"owner_team": "eng"}, ["b"], id="of a team"),
        pytest.param(
            {"owner_user": "alice@example.com", "after": Place("aa", None)},
            ["z9"],
            id="of a person",
        ),
        pytest.param({"owner_user": "bob@example.com"}, [], id="of somebody else"),
        pytest.param({"search": "A-"}, ["a-b"], id="search in names, whatever the case"),
        pytest.param({"search": "THE Z9"}, ["z9"], id="search in descriptions"),
        pytest.param({"search": "%"}, NAMES, id="a percent sign is a percent sign"),
        pytest.param({"search": "a_b"}, [], id="an underscore is an underscore"),
        pytest.param({"search": "' or true --"}, [], id="a quote is a quote"),
        pytest.param({"prefix": "a"}, ["a", "a-b", "a0", "aa"], id="what begins with a letter"),
        pytest.param({"prefix": "a-"}, ["a-b"], id="what begins with a hyphen behind it"),
        pytest.param({"prefix": "z9"}, ["z9"], id="a whole name"),
        pytest.param({"prefix": "c"}, [], id="nothing begins so"),
        pytest.param({"ready": True}, [], id="ready"),
        pytest.param({"ready": False, "prefix": "b"}, ["b"], id="not ready, and begins so"),
        pytest.param({"suspended": True}, [], id="suspended"),
        pytest.param({"member_user": "bob@example.com"}, ["aa"], id="a person takes part"),
        pytest.param({"member_team": "eng"}, ["z9"], id="a team takes part"),
        pytest.param(
            {"member_user": "bob@example.com", "role": "viewer"}, [], id="but as something else"
        ),
        pytest.param({"order": "-name"}, NAMES[::-1], id="the other way round"),
        pytest.param({"order": "-name", "after": Place("aa", None)}, ["a0", "a-b", "a"], id="back"),
        pytest.param({"order": "created", "prefix": "a"}, ["a", "a-b", "a0", "aa"], id="by age"),
    ],
)
async def test_what_a_page_holds(pool: Pool, filters: dict[str, Any], names: list[str]) -> None:
    assert await listed(pool, **filters) == (names, None)


@pytest.mark.parametrize("order", list(BY))
@pytest.mark.parametrize("sees_all", [True, False])
async def test_pages_follow_one_another(pool: Pool, order: Order, *, sees_all: bool) -> None:
    names, after = [], None
    while True:
        found, after = await listed(pool, sees_all=sees_all, limit=2, order=order, after=after)
        assert len(found) <= 2
        names += found
        if after is None:
            break
    if order.startswith("-"):
        names.reverse()
    assert names == [name for name in NAMES if sees_all or name != "b"]


async def test_a_full_last_page_is_the_last(pool: Pool) -> None:
    assert await listed(pool, limit=len(NAMES)) == (NAMES, None)


async def test_teams(pool: Pool) -> None:
    async with as_person(pool, "carol@example.com", (), sees_all=False) as conn:
        found, after = await page(
            conn, teams.PAGES, limit=10, filters=teams.Filters(search="builds")
        )
        for none in (
            teams.Filters(search="nothing"),
            teams.Filters(member="bob@example.com"),
            teams.Filters(prefix="enh"),
        ):
            assert await page(conn, teams.PAGES, limit=10, filters=none) == ([], None)
        for order in BY:
            for chosen in (
                teams.Filters(member="carol@example.com", role="member"),
                teams.Filters(prefix="en"),
            ):
                rows, _ = await page(conn, teams.PAGES, limit=10, filters=chosen, order=order)
                assert [each.name for each in rows] == ["eng"]
    assert ([each.name for each in found], after) == (["eng"], None)
    assert (found[0].owners, found[0].members) == (["dora@example.com"], ["carol@example.com"])


async def test_away_is_said_in_the_backends_words(database: Postgres) -> None:
    url = database.url("rise_backend").replace(str(database.root), "/nowhere")
    pool = await open_pool(url, application="test", wait_s=0.5)
    with pytest.raises(DatabaseUnavailable, match="try again in a minute"):
        await listed(pool)
    await pool.close()


@pytest.mark.parametrize("role", ["postgres", "rise", "rise_operator", "rise_inspect"])
async def test_a_role_that_sees_everybodys_rows_is_refused(database: Postgres, role: str) -> None:
    pool = await open_pool(database.url(role), application="test")
    with pytest.raises(DatabaseUnavailable, match="sets RISE_BACKEND_DATABASE_URL"):
        await listed(pool)
    await pool.close()


async def test_a_database_without_the_migrations_is_away(database: Postgres) -> None:
    pool = await open_pool(database.url("rise_backend", "postgres"), application="test")
    with pytest.raises(DatabaseUnavailable, match="try again in a minute"):
        await listed(pool)
    await pool.close()


MANY = """
insert into users (email) select format('u%s@example.com', i) from generate_series(0, 1999) i;
insert into teams (uid, name, generation, resource_version)
select gen_random_uuid(), format('t%s', i), 1, 1 from generate_series(0, 499) i;
insert into team_members
select uid, 'member', p, format('u%s@example.com', (substr(name, 2)::int * 7 + p * 13) % 2000)
from teams, generate_series(0, 9) p;
insert into projects (
  uid, name, generation, resource_version, owner_user_id, owner_team_id, owner_team_name,
  description
)
select gen_random_uuid(), format('p%s', i), 1, i,
  case when i % 2 = 0 then format('u%s@example.com', i % 2000) end,
  case when i % 2 = 1 then t.uid end, case when i % 2 = 1 then t.name end, repeat('lorem ipsum ', 9)
from generate_series(0, 9999) i join teams t on t.name = format('t%s', i % 500);
insert into project_members
select uid, n, format('u%s@example.com', (resource_version * 3 + n * 17) % 2000), null, null,
  'viewer'
from projects, generate_series(0, 2) n;
analyze users, teams, team_members, projects, project_members;
"""


async def plan(conn: AsyncConnection[Any], query: str, values: dict[str, Any]) -> dict[str, Any]:
    explain = sql.SQL("explain (analyze, buffers, format json) ") + sql.SQL(query)  # pyright: ignore[reportArgumentType] - text of our own query
    row = await (await conn.execute(explain, values)).fetchone()
    assert row is not None
    found = row[0] if isinstance(row[0], list) else json.loads(row[0])
    return found[0]["Plan"]


PAGES: dict[str, int] = {"a person with a few": 1500, "somebody who sees all": 600}


@pytest.mark.parametrize("who", PAGES)
async def test_ten_thousand_projects_are_not_all_read(database: Postgres, who: str) -> None:
    """Pages of memory touched for one list; reading every project touches more than 8,000."""
    database.psql(MANY)
    pool = await open_pool(database.url("rise_backend"), application="test", size=1)
    values = vars(projects.Page(limit=51))
    async with as_person(pool, "u8@example.com", (), sees_all=who == "somebody who sees all") as c:
        await plan(c, projects.PAGE.sql, values)  # the first reads the catalogue
        found = await plan(c, projects.PAGE.sql, values)
    await pool.close()
    assert found["Shared Hit Blocks"] + found["Shared Read Blocks"] < PAGES[who]
    assert found["Actual Rows"] > 10
