"""The signed-in person's own row."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from rise_backend.queries.session import as_person
from rise_database.pool import Pool
from rise_database.query import Nothing, Query


@dataclass(frozen=True)
class User:
    """A person whom Rise has seen, by sign-in or by name in a resource."""

    email: str
    first_seen_at: datetime
    last_sign_in_at: datetime | None
    idp_groups: list[str]


RECORD_SIGN_IN = Query(
    "users.record_sign_in", "select record_sign_in()", params=Nothing, row=Nothing
)

ME = Query(
    "users.me",
    """
    select email, first_seen_at, last_sign_in_at, idp_groups from users where email = rise_user()
    """,
    params=Nothing,
    row=User,
)


async def record_sign_in(pool: Pool, user: str, groups: Collection[str]) -> None:
    """Write that `user` (lower-case e-mail) signed in now, in `groups` of the identity provider.

    Raises:
        DatabaseUnavailable: PostgreSQL is away; a sign-in goes on without it.
    """
    async with as_person(pool, user, groups, sees_all=False, read_only=False) as conn:
        await RECORD_SIGN_IN.execute(conn, Nothing())


async def me(pool: Pool, user: str) -> User | None:
    """Return the row of `user`; None before anybody saw that person.

    Raises:
        DatabaseUnavailable: PostgreSQL is away.
    """
    async with as_person(pool, user, (), sees_all=False) as conn:
        return await ME.one_or_none(conn, Nothing())
