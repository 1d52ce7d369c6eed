"""A query: literal SQL with the class of its parameters and the class of its rows.

Every Query ever made is known by name (`registered`), so that a test prepares each against the
migrated database and compares what PostgreSQL says with the two classes.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, fields
from typing import TYPE_CHECKING, Any, Generic, LiteralString, TypeVar

from psycopg.rows import class_row

if TYPE_CHECKING:
    from collections.abc import Mapping

    from _typeshed import DataclassInstance
    from psycopg import AsyncConnection, AsyncCursor

RowT = TypeVar("RowT", bound="DataclassInstance")
ParamsT = TypeVar("ParamsT", bound="DataclassInstance")

_queries: dict[str, Query[Any, Any]] = {}


@dataclass(frozen=True)
class Nothing:
    """No parameters, or no rows."""


@dataclass(frozen=True)
class Query(Generic[ParamsT, RowT]):
    """One statement with named placeholders (`%(name)s`), one for each field of `params`.

    A jsonb parameter is psycopg's `Jsonb`. A column that is an expression has no known nullability:
    its field says `| None`, or the query names it in `never_null` and answers for it.
    """

    name: str
    sql: LiteralString
    _: KW_ONLY
    params: type[ParamsT]
    row: type[RowT]
    never_null: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """Make the query known to the test that verifies it.

        Raises:
            ValueError: two queries have one name.
        """
        if _queries.setdefault(self.name, self) is not self:
            raise ValueError(f"there are two queries called {self.name}")

    async def all(self, conn: AsyncConnection[Any], params: ParamsT) -> list[RowT]:
        """Return every row."""
        return await (await self._run(conn, params)).fetchall()

    async def one_or_none(self, conn: AsyncConnection[Any], params: ParamsT) -> RowT | None:
        """Return the first row, or None."""
        return await (await self._run(conn, params)).fetchone()

    async def execute(self, conn: AsyncConnection[Any], params: ParamsT) -> None:
        """Run the statement; whatever it returns is not read."""
        await conn.execute(self.sql, _values(params))

    async def _run(self, conn: AsyncConnection[Any], params: ParamsT) -> AsyncCursor[RowT]:
        cursor = conn.cursor(row_factory=class_row(self.row))
        return await cursor.execute(self.sql, _values(params))


def registered() -> Mapping[str, Query[Any, Any]]:
    """Return every query of the modules imported so far, by name."""
    return dict(sorted(_queries.items()))


def _values(params: DataclassInstance) -> dict[str, Any]:
    return {field.name: getattr(params, field.name) for field in fields(params)}
