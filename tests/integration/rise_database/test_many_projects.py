"""A person's list among 100,000 projects: the plans are walks of indexes."""

from collections.abc import AsyncGenerator, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, LiteralString, cast

import pytest
from fixtures.postgres import Postgres
from psycopg import AsyncConnection, AsyncCursor, sql

from rise_backend.queries import projects
from rise_backend.queries.places import Order, Place, page
from rise_backend.queries.session import as_person
from rise_database.pool import Pool, open_pool

LARGE = frozenset({"projects", "project_members", "team_members", "teams"})

MANY = Path(__file__).parents[3] / "bench" / "many_projects.sql"


@dataclass
class Explaining:
    """A connection that explains what is asked of it, after it has answered."""

    connection: AsyncConnection[Any]
    plans: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def cursor(self, **options: Any) -> "_ExplainingCursor":
        return _ExplainingCursor(self, self.connection.cursor(**options))


@dataclass
class _ExplainingCursor:
    owner: Explaining
    cursor: AsyncCursor[Any]

    async def execute(self, query: LiteralString, values: dict[str, Any]) -> AsyncCursor[Any]:
        explain = sql.SQL("explain (analyze, buffers, format json) ") + sql.SQL(query)
        found = await (await self.owner.connection.execute(explain, values)).fetchone()
        assert found is not None
        self.owner.plans.append(found[0][0])
        return await self.cursor.execute(query, values)


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", []):
        yield from nodes(inner)


@pytest.fixture(scope="module")
def many(postgres: Postgres) -> Generator[Postgres]:
    postgres.psql("truncate users, teams, team_members, projects, project_members cascade")
    postgres.psql(MANY.read_text())
    yield postgres
    postgres.psql("truncate users, teams, team_members, projects, project_members cascade")


@pytest.fixture
async def pool(many: Postgres) -> AsyncGenerator[Pool]:
    opened = await open_pool(many.url("rise_backend"), application="test", size=1)
    yield opened
    await opened.close()


@dataclass(frozen=True)
class Case:
    """A list of projects, and how many blocks of memory it may touch."""

    sentence: str
    filters: projects.Filters = field(default_factory=projects.Filters)
    order: Order = "name"
    after: Place | None = None
    sees_all: bool = False
    blocks: int = 1500
    least: int = 10  # rows that come


OWN = projects.Filters(owner_user="u49@example.com")
TEAMS = projects.Filters(owner_team="t7")  # u49 is in it
WORD = projects.Filters(search="LOREM")
BEGIN = projects.Filters(prefix="p1")

CASES = (
    Case("a person's first page"),
    Case("the next one", after=Place("p5", None)),
    Case("the other way round", order="-name"),
    Case("by age", order="created"),
    Case("those of a person's own", OWN, least=2),
    Case("those of a team", TEAMS),
    Case("found by a word", WORD),
    Case("found by the beginning of the name", BEGIN, least=5),
    Case("who sees all: the first page", sees_all=True),
    Case("who sees all: a later page", after=Place("p77777", None), sees_all=True),
    Case("who sees all: backwards", order="-name", sees_all=True),
    Case("who sees all: by age", order="created", sees_all=True),
    Case("who sees all: by age, newest first", order="-created", sees_all=True),
    Case("who sees all: those of somebody", OWN, sees_all=True, least=2),
    Case("who sees all: those of a team", TEAMS, sees_all=True),
    Case("who sees all: by the beginning of the name", BEGIN, sees_all=True),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.sentence)
async def test_a_list_is_a_walk_of_indexes(pool: Pool, case: Case) -> None:
    async with as_person(pool, "u49@example.com", (), sees_all=case.sees_all) as conn:
        explaining = Explaining(conn)
        watched = cast("AsyncConnection[Any]", explaining)
        await page(watched, projects.PAGES, limit=1)  # the first reads the catalogue
        found, _ = await page(
            watched,
            projects.PAGES,
            limit=50,
            filters=case.filters,
            order=case.order,
            after=case.after,
        )
    assert len(found) >= case.least
    plan = explaining.plans[-1]["Plan"]
    read_whole = {node["Relation Name"] for node in nodes(plan) if node["Node Type"] == "Seq Scan"}
    assert not read_whole & LARGE
    assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] < case.blocks
