"""Where a page of a list ends, and where the names with a prefix do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, LiteralString, Protocol

Order = Literal["name", "-name", "created", "-created"]


class Listed(Protocol):
    """What stands in lists."""

    @property
    def name(self) -> str: ...  # noqa: D102 - its name
    @property
    def created_at(self) -> datetime: ...  # noqa: D102 - when it was made


@dataclass(frozen=True)
class Place:
    """The last one of a page; when it was made only where that is the order."""

    name: str | None
    created_at: datetime | None


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


def place_of(found: Sequence[Listed], limit: int, order: Order) -> Place | None:
    """Return where a page of `limit` ends of what was found; None: there is nothing behind it."""
    if len(found) <= limit:
        return None
    last = found[limit - 1]
    return Place(last.name, last.created_at if order.endswith("created") else None)


def prefix_end(prefix: str | None) -> str | None:
    """Return the first name behind all those that begin with `prefix` (ASCII)."""
    return prefix[:-1] + chr(ord(prefix[-1]) + 1) if prefix else None
