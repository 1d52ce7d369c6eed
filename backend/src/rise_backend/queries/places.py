"""Pages of a list: where they begin and end, and where the names with a prefix do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, LiteralString, Protocol, TypeVar

from psycopg import AsyncConnection

from rise_database.query import Query

Order = Literal["name", "-name", "created", "-created"]


class Listed(Protocol):
    """What stands in lists."""

    @property
    def name(self) -> str: ...  # noqa: D102 - its name
    @property
    def created_at(self) -> datetime: ...  # noqa: D102 - when it was made


@dataclass(frozen=True)
class Row:
    """What every row of a list has."""

    name: str
    created_at: datetime


@dataclass(frozen=True)
class Place:
    """The last one of a page; when it was made only where that is the order."""

    name: str | None
    created_at: datetime | None


@dataclass(frozen=True)
class Narrowed:
    """Which ones, whatever the list is of; what is None lets everything through.

    `prefix` is of the name (letters, digits, `-`); `search` of the name and the description,
    whatever their case.
    """

    ready: bool | None = None
    prefix: str | None = None
    search: str | None = None


@dataclass(frozen=True)
class Cut:
    """From where on, and how many."""

    prefix_end: str | None = None  # the first name behind all those with the prefix
    after_name: str | None = None
    after_created: datetime | None = None
    limit: int = 100


CutT = TypeVar("CutT", bound=Cut)
RowT = TypeVar("RowT", bound=Row)
Pages = Mapping[Order, Query[CutT, RowT]]


@dataclass(frozen=True)
class By:
    """One order as SQL: what lies behind the last page, and `order by`."""

    after: LiteralString
    order: LiteralString


BY: dict[Order, By] = {
    "name": By(
        """and %(after_created)s::timestamptz is null
        and (%(after_name)s::text is null or name > %(after_name)s)""",
        "name",
    ),
    "-name": By(
        """and %(after_created)s::timestamptz is null
        and (%(after_name)s::text is null or name < %(after_name)s)""",
        "name desc",
    ),
    "created": By(
        """and (
          %(after_created)s::timestamptz is null
          or (created_at, name) > (%(after_created)s, %(after_name)s::text)
        )""",
        "created_at, name",
    ),
    "-created": By(
        """and (
          %(after_created)s::timestamptz is null
          or (created_at, name) < (%(after_created)s, %(after_name)s::text)
        )""",
        "created_at desc, name desc",
    ),
}


async def page(
    conn: AsyncConnection[Any],
    pages: Pages[CutT, RowT],
    *,
    limit: int,
    filters: Narrowed | None = None,
    order: Order = "name",
    after: Place | None = None,
) -> tuple[list[RowT], Place | None]:
    """Return rows in order, and the place to go on `after` (None: that was all)."""
    chosen = filters or Narrowed()
    place = after or Place(None, None)
    query = pages[order]
    wanted = query.params(
        **vars(chosen),
        prefix_end=prefix_end(chosen.prefix),
        after_name=place.name,
        after_created=place.created_at,
        limit=limit + 1,
    )
    found = await query.all(conn, wanted)
    return found[:limit], place_of(found, limit, order)


def place_of(found: Sequence[Listed], limit: int, order: Order) -> Place | None:
    """Return where a page of `limit` ends of what was found; None: there is nothing behind it."""
    if len(found) <= limit:
        return None
    last = found[limit - 1]
    return Place(last.name, last.created_at if order.endswith("created") else None)


def prefix_end(prefix: str | None) -> str | None:
    """Return the first name behind all those that begin with `prefix` (ASCII)."""
    return prefix[:-1] + chr(ord(prefix[-1]) + 1) if prefix else None
