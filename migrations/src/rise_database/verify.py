"""Compare a query with a migrated database: PostgreSQL prepares it, nothing is executed.

What is compared: placeholders with the fields of the parameter class, columns with those of the row
class, every type, and whether a column can be null. Nobody knows that of an expression, nor of a
table's column behind an outer join (the plan tells): there the row says `| None`, or the query
answers for it in `never_null`. Rights are compared too: the plan is made as the connection's role.
"""

import json
import re
import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from psycopg.pq import ExecStatus
from psycopg.types.json import Jsonb

from rise_database.query import Nothing, Query

_PLACEHOLDER = re.compile(r"%\((?P<name>\w+)\)s|%%")
_JSON = "jsonb"
_TYPES: dict[Any, frozenset[str]] = {
    str: frozenset({"text"}),
    int: frozenset({"smallint", "integer", "bigint"}),
    bool: frozenset({"boolean"}),
    datetime: frozenset({"timestamp with time zone"}),
    timedelta: frozenset({"interval"}),
    UUID: frozenset({"uuid"}),
    Jsonb: frozenset({_JSON}),
    dict[str, Any]: frozenset({_JSON}),
    list[dict[str, Any]]: frozenset({_JSON}),
    list[str]: frozenset({"text[]"}),
    list[int]: frozenset({"bigint[]"}),
    list[bool]: frozenset({"boolean[]"}),
    list[UUID]: frozenset({"uuid[]"}),
}
_SAYS_TYPE = (
    "select format_type(oid, null) from unnest(%s::oid[]) with ordinality as o (oid, n) order by n"
)
_SAYS_NOT_NULL = "select attnotnull from pg_attribute where attrelid = %s and attnum = %s"


@dataclass(frozen=True)
class _Field:
    name: str
    type: Any
    nullable: bool


@dataclass(frozen=True)
class _Column:
    name: str
    type: str
    not_null: bool | None  # None: nobody knows


def mistakes(conn: psycopg.Connection[Any], query: Query[Any, Any]) -> list[str]:
    """Return every disagreement between `query` and the database, as sentences."""
    names, sql = numbered(query.sql)
    given = {field.name: field for field in _fields(query.params)}
    if set(names) != set(given):
        return [f"placeholders {sorted(names)}, but parameters {sorted(given)}"]
    with conn.transaction(force_rollback=True):
        try:
            described = _described(conn, sql)
            outer = _has_outer_join(conn, sql)
        except psycopg.Error as error:
            return [f"PostgreSQL refuses it: {error}"]
        parameter_types = _type_names(conn, [described.param_type(n) for n in range(len(names))])
        columns = _columns(conn, described, outer=outer)
    return [
        *_wrong_parameters(given, dict(zip(names, parameter_types, strict=True))),
        *([] if query.row is Nothing else _wrong_columns(query, columns)),
    ]


def numbered(sql: str) -> tuple[list[str], str]:
    """Return the names of the placeholders, and the SQL with `$1`, `$2` in their stead."""
    names: list[str] = []

    def number(match: re.Match[str]) -> str:
        name = match["name"]
        if name is None:
            return "%"
        if name not in names:
            names.append(name)
        return f"${names.index(name) + 1}"

    return names, _PLACEHOLDER.sub(number, sql)


def _fields(row: type[Any]) -> list[_Field]:
    hints = typing.get_type_hints(row)
    return [_field(field.name, hints[field.name]) for field in fields(row)]


def _field(name: str, hint: Any) -> _Field:
    if isinstance(hint, types.UnionType) and types.NoneType in typing.get_args(hint):
        rest = [each for each in typing.get_args(hint) if each is not types.NoneType]
        return _Field(name, rest[0] if len(rest) == 1 else hint, nullable=True)
    return _Field(name, hint, nullable=False)


def _described(conn: psycopg.Connection[Any], sql: str) -> Any:
    pgconn = conn.pgconn
    for result in (pgconn.prepare(b"", sql.encode()), pgconn.describe_prepared(b"")):
        if result.status != ExecStatus.COMMAND_OK:
            raise psycopg.ProgrammingError(result.error_message.decode().strip())
    return result


def _has_outer_join(conn: psycopg.Connection[Any], sql: str) -> bool:
    result = conn.pgconn.exec_(b"explain (generic_plan, format json) " + sql.encode())
    if result.status != ExecStatus.TUPLES_OK:
        raise psycopg.ProgrammingError(result.error_message.decode().strip())
    plan = json.loads(result.get_value(0, 0) or b"[]")
    return any(join in {"Left", "Right", "Full"} for join in _join_types(plan))


def _join_types(plan: Any) -> Iterator[str]:
    if isinstance(plan, dict):
        if "Join Type" in plan:
            yield plan["Join Type"]
        for value in plan.values():
            yield from _join_types(value)
    elif isinstance(plan, list):
        for value in plan:
            yield from _join_types(value)


def _columns(conn: psycopg.Connection[Any], described: Any, *, outer: bool) -> list[_Column]:
    numbers = range(described.nfields)
    type_names = _type_names(conn, [described.ftype(n) for n in numbers])
    return [
        _Column(
            name=described.fname(n).decode(),
            type=type_names[n],
            not_null=None
            if outer or not described.ftable(n)
            else _not_null(conn, described.ftable(n), described.ftablecol(n)),
        )
        for n in numbers
    ]


def _type_names(conn: psycopg.Connection[Any], oids: list[int]) -> list[str]:
    return [row[0] for row in conn.execute(_SAYS_TYPE, [oids])]


def _not_null(conn: psycopg.Connection[Any], table: int, column: int) -> bool:
    row = conn.execute(_SAYS_NOT_NULL, [table, column]).fetchone()
    return bool(row and row[0])


def _wrong_parameters(given: dict[str, _Field], wanted: dict[str, str]) -> Iterator[str]:
    for name, type_name in wanted.items():
        if type_name not in _TYPES.get(given[name].type, ()):
            yield f"parameter {name} is {type_name} to PostgreSQL, {given[name].type} to Python"


def _wrong_columns(query: Query[Any, Any], columns: list[_Column]) -> Iterator[str]:
    expected = {field.name: field for field in _fields(query.row)}
    if sorted(column.name for column in columns) != sorted(expected):
        yield f"columns {[column.name for column in columns]}, but fields {list(expected)}"
        return
    for column in columns:
        field = expected[column.name]
        if column.type not in _TYPES.get(field.type, ()):
            yield f"column {column.name} is {column.type} to PostgreSQL, {field.type} to Python"
        yield from _wrong_nullability(column, field, promised=column.name in query.never_null)
    for name in query.never_null - expected.keys():
        yield f"never_null names {name}, which is no column"


def _wrong_nullability(column: _Column, field: _Field, *, promised: bool) -> Iterator[str]:
    if promised and column.not_null is not None:
        yield f"never_null names {column.name}, but the table decides: leave it out"
    elif column.not_null is None and not promised and not field.nullable:
        yield f"column {column.name} may be null: `| None`, or answer for it in never_null"
    elif column.not_null is False and not field.nullable:
        yield f"column {column.name} can be null: its field needs `| None`"
    elif (column.not_null or promised) and field.nullable:
        yield f"column {column.name} is never null: its field needs no `| None`"
