"""Which rows share a transaction, and what becomes of the others when one fails."""

import asyncio
from collections.abc import Sequence

import psycopg
import pytest
from clockwork import settled
from fixtures.objects import project

from rise_operator.errors import Unavailable
from rise_operator.mirror.rows import ProjectRow, project_row
from rise_operator.mirror.together import MOST, Together


def rows(*names: str) -> list[ProjectRow]:
    return [project_row(project(name)) for name in names]


class Writer:
    """Remembers the names that it was to write together; fails where it is told to."""

    def __init__(self, failing: str = "", cause: type[psycopg.Error] = psycopg.Error) -> None:
        self.written: list[list[str]] = []
        self.begun = asyncio.Event()
        self._failing = failing
        self._cause = cause

    async def write(self, rows: Sequence[ProjectRow]) -> None:
        names = [row.upsert.name for row in rows]
        self.begun.set()
        await settled()  # long enough for whoever comes meanwhile
        if self._failing in names:
            raise Unavailable("the database did not take it") from self._cause()
        self.written.append(names)


async def added(together: Together[ProjectRow], wanted: list[ProjectRow]) -> list[bool]:
    """Add all at once; return whether each was written."""
    jobs = (together.add(row) for row in wanted)
    return [each is None for each in await asyncio.gather(*jobs, return_exceptions=True)]


async def test_what_comes_while_another_is_written_is_written_together() -> None:
    writer = Writer()
    together = Together(writer.write)
    first = asyncio.create_task(together.add(*rows("a")))
    await writer.begun.wait()
    others = asyncio.create_task(added(together, rows("b", "c", "d")))
    await asyncio.gather(first, others)
    assert writer.written == [["a"], ["b", "c", "d"]]


async def test_never_more_than_a_statement_can_take_in_its_time() -> None:
    writer = Writer()
    many = rows(*(f"p{number}" for number in range(2 * MOST + 1)))
    assert all(await added(Together(writer.write), many))
    assert [len(each) for each in writer.written] == [MOST, MOST, 1]


async def test_a_name_comes_once_so_that_a_new_object_follows_the_old_one() -> None:
    writer = Writer()
    assert all(await added(Together(writer.write), rows("a", "b", "a", "c")))
    assert writer.written == [["a", "b"], ["a", "c"]]


@pytest.mark.parametrize("cause", [psycopg.errors.CheckViolation, psycopg.DataError])
async def test_a_row_that_is_refused_does_not_hold_up_the_others(
    cause: type[psycopg.Error],
) -> None:
    writer = Writer("b", cause)
    assert await added(Together(writer.write), rows("a", "b", "c")) == [True, False, True]
    assert writer.written == [["a"], ["c"]]


async def test_when_the_database_is_away_nobody_tries_for_each_row() -> None:
    writer = Writer("b", psycopg.OperationalError)
    assert await added(Together(writer.write), rows("a", "b", "c")) == [False, False, False]
    assert writer.written == []


async def test_after_a_failure_it_goes_on() -> None:
    writer = Writer("a", psycopg.OperationalError)
    together = Together(writer.write)
    assert await added(together, rows("a")) == [False]
    assert await added(together, rows("b")) == [True]


async def test_an_error_of_our_own_is_told_to_whoever_waits() -> None:
    async def broken(_rows: Sequence[ProjectRow]) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await Together(broken).add(*rows("a"))


async def test_whoever_no_longer_waits_is_written_all_the_same() -> None:
    writer = Writer()
    together = Together(writer.write)
    impatient = asyncio.create_task(together.add(*rows("a")))
    await asyncio.sleep(0)
    impatient.cancel()
    assert await added(together, rows("b")) == [True]
    assert [name for names in writer.written for name in names] == ["a", "b"]
