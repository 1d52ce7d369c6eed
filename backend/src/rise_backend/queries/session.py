"""A transaction in which PostgreSQL knows who asks, and shows what that person may see."""

import json
from collections.abc import AsyncGenerator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import AsyncConnection

from rise_database.pool import Pool
from rise_database.query import Query

_NOT_MIGRATED = (
    psycopg.errors.UndefinedTable,
    psycopg.errors.UndefinedColumn,
    psycopg.errors.UndefinedFunction,
)
_AWAY = (
    "the database does not answer: lists and search are not available, try again in a minute; "
    "single projects and teams can be read and written meanwhile"
)
_UNGUARDED = (
    "the backend's role in the database sees everybody's rows: an administrator sets "
    "RISE_BACKEND_DATABASE_URL to the role rise_backend, without superuser and bypassrls"
)


class DatabaseUnavailable(Exception):
    """PostgreSQL is away, too slow, or not migrated: lists and search wait, all else goes on."""


@dataclass(frozen=True)
class Identity:
    """Who asks, as row-level security reads it; it ends with the transaction."""

    user: str
    groups: str
    sees_all: str
    read_only: str


@dataclass(frozen=True)
class Identified:
    """What PostgreSQL took note of."""

    guarded: bool
    user: str
    groups: str
    sees_all: str
    read_only: str


IDENTIFY = Query(
    "session.identify",
    """
    select
      current_user = 'rise_backend' and row_security_active('projects') as guarded,
      set_config('rise.user', %(user)s, true) as "user",
      set_config('rise.groups', %(groups)s, true) as groups,
      set_config('rise.all', %(sees_all)s, true) as sees_all,
      set_config('transaction_read_only', %(read_only)s, true) as read_only
    """,
    params=Identity,
    row=Identified,
    never_null=frozenset({"guarded", "user", "groups", "sees_all", "read_only"}),
)


@asynccontextmanager
async def as_person(
    pool: Pool, user: str, groups: Collection[str], *, sees_all: bool, read_only: bool = True
) -> AsyncGenerator[AsyncConnection[Any]]:
    """Open a transaction as `user` (lower-case e-mail) in `groups` of the identity provider.

    `sees_all`: the API server says that the person may list everything, everywhere.

    Raises:
        DatabaseUnavailable: PostgreSQL is away, too slow or not migrated, or the backend has a role
            that sees everybody's rows.
    """
    identity = Identity(
        user=user,
        groups=json.dumps(sorted(groups)),
        sees_all="true" if sees_all else "false",
        read_only="on" if read_only else "off",
    )
    try:
        async with pool.connection() as conn, conn.transaction():
            noted = await IDENTIFY.one_or_none(conn, identity)
            if noted is None or not noted.guarded:
                raise DatabaseUnavailable(_UNGUARDED)
            yield conn
    except (psycopg.OperationalError, *_NOT_MIGRATED) as error:
        raise DatabaseUnavailable(_AWAY) from error
