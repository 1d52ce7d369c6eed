"""The verification itself: a seeded mistake of each sort is found."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

import psycopg
import pytest
from fixtures.postgres import Postgres

from rise_database.query import Nothing, Query
from rise_database.verify import mistakes


@dataclass(frozen=True)
class Name:
    name: str


@dataclass(frozen=True)
class Number:
    name: int


@dataclass(frozen=True)
class Named:
    name: str


@dataclass(frozen=True)
class Perhaps:
    name: str | None


@dataclass(frozen=True)
class Numbered:
    name: int


@dataclass(frozen=True)
class Conditions:
    conditions: list[dict[str, Any]]


@dataclass(frozen=True)
class Times:
    deleted_at: datetime


@dataclass(frozen=True)
class Identified:
    uid: UUID | None


@pytest.fixture
def conn(postgres: Postgres) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(postgres.url("rise_inspect")) as opened:
        yield opened


def seeded(
    sql: LiteralString,
    row: type[Any] = Nothing,
    params: type[Any] = Nothing,
    never_null: tuple[str, ...] = (),
) -> Query[Any, Any]:
    """Make a query that no program has; each text is a query of its own."""
    name = f"seeded.{abs(hash((sql, row, params, never_null)))}"
    return Query(name, sql, params=params, row=row, never_null=frozenset(never_null))


FINE = {
    "a column that is never null": seeded("select name from teams", Named),
    "an expression with None": seeded("select upper(name) as name from teams", Perhaps),
    "an expression answered for": seeded(
        "select lower(name) as name from teams", Named, never_null=("name",)
    ),
    "a parameter used twice": seeded(
        "select name from teams where name = %(name)s or description = %(name)s", Named, Name
    ),
    "jsonb": seeded("select conditions from teams", Conditions),
    "the null side of an outer join with None": seeded(
        "select p.name from teams t left join projects p on p.name = t.name", Perhaps
    ),
    "a percent sign": seeded("select name from teams where 5 %% 2 = 1", Named),
}

WRONG = {
    "a column that is not there": (
        seeded("select nmae as name from teams", Named),
        'column "nmae" does not exist',
    ),
    "a table that is not there": (
        seeded("select name from team", Named),
        'relation "team" does not exist',
    ),
    "a syntax error": (seeded("selct name from teams", Named), "syntax error"),
    "another name": (seeded("select description from teams", Named), "but fields ['name']"),
    "a column too many": (seeded("select name, uid from teams", Named), "but fields ['name']"),
    "a column twice": (seeded("select name, name from teams", Named), "but fields ['name']"),
    "text as int": (
        seeded("select name from teams where true", Numbered),
        "column name is text to PostgreSQL, <class 'int'> to Python",
    ),
    "no None where null can be": (
        seeded("select deleted_at from teams", Times),
        "column deleted_at can be null: its field needs `| None`",
    ),
    "None where null cannot be": (
        seeded("select uid from teams", Identified),
        "column uid is never null: its field needs no `| None`",
    ),
    "an expression without None": (
        seeded("select initcap(name) as name from teams", Named),
        "column name may be null: `| None`, or answer for it in never_null",
    ),
    "the null side of an outer join": (
        seeded("select p.name from teams t left join projects p on p.uid = t.uid", Named),
        "column name may be null: `| None`, or answer for it in never_null",
    ),
    "a promise that the table makes": (
        seeded("select name from teams where uid is null", Named, never_null=("name",)),
        "never_null names name, but the table decides: leave it out",
    ),
    "a promise and None": (
        seeded("select reverse(name) as name from teams", Perhaps, never_null=("name",)),
        "column name is never null: its field needs no `| None`",
    ),
    "a promise about no column": (
        seeded("select name from teams where uid is not null", Named, never_null=("nmae",)),
        "never_null names nmae, which is no column",
    ),
    "a parameter of another type": (
        seeded("select name from teams where name = %(name)s", Named, Number),
        "parameter name is text to PostgreSQL, <class 'int'> to Python",
    ),
    "a placeholder without parameter": (
        seeded("select name from teams where name = %(nmae)s", Named, Name),
        "placeholders ['nmae'], but parameters ['name']",
    ),
    "a parameter without placeholder": (
        seeded("select name from teams limit 1", Named, Name),
        "placeholders [], but parameters ['name']",
    ),
    "a right that the role has not": (
        seeded("delete from teams"),
        "permission denied for table teams",
    ),
}


@pytest.mark.parametrize("case", FINE)
def test_a_right_query_passes(conn: psycopg.Connection[Any], case: str) -> None:
    assert mistakes(conn, FINE[case]) == []


@pytest.mark.parametrize("case", WRONG)
def test_a_seeded_mistake_is_found(conn: psycopg.Connection[Any], case: str) -> None:
    query, said = WRONG[case]
    found = mistakes(conn, query)
    assert len(found) == 1
    assert said in found[0]


def test_a_mistake_leaves_the_connection_usable(conn: psycopg.Connection[Any]) -> None:
    assert mistakes(conn, WRONG["a syntax error"][0]) != []
    assert conn.execute("select 1").fetchone() == (1,)


def test_two_queries_of_one_name_are_refused() -> None:
    first = seeded("select name from teams limit 2", Named)
    with pytest.raises(ValueError, match="there are two queries called seeded"):
        Query(first.name, "select 2", params=Nothing, row=Nothing)
