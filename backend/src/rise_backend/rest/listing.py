"""One page of a list: from the mirror; from the gateway's cache while that is away."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, Query
from psycopg import AsyncConnection

from rise_backend.errors import UnavailableError
from rise_backend.gateway.catalogue import NOT_READY
from rise_backend.gateway.upstream import Caller
from rise_backend.queries.places import CutT, Narrowed, Order, Pages, Place, Row, page
from rise_backend.queries.session import DatabaseUnavailable, as_person
from rise_backend.rest import chosen, cursors
from rise_backend.rest.models import ProjectDetails, TeamDetails
from rise_backend.services import Services

READY_S = 3.0

FiltersT = TypeVar("FiltersT", bound=Narrowed)
RowT = TypeVar("RowT", bound=Row)
ShownT = TypeVar("ShownT")
DetailsT = TypeVar("DetailsT", ProjectDetails, TeamDetails)


@dataclass(frozen=True)
class Asked:
    """Which page."""

    sort: Annotated[Order, Query(description="The order; `-` turns it round.")] = "name"
    limit: Annotated[int, Query(ge=1, le=500, description="How many at most.")] = 100
    after: Annotated[
        str | None,
        Query(max_length=cursors.MOST, description="`next` of the last page, in the same order."),
    ] = None


AskedHere = Annotated[Asked, Depends()]


@dataclass(frozen=True)
class Listing(Generic[CutT, RowT, FiltersT, ShownT, DetailsT]):
    """One list: where its rows come from, and how they are shown."""

    resource: str  # projects or teams
    pages: Pages[CutT, RowT]
    row: Callable[[RowT], ShownT]
    details: Callable[[bytes], DetailsT]  # of an object as the API server has it
    passes: Callable[[DetailsT, FiltersT], bool]

    async def page(
        self, caller: Caller, shared: Services, asked: Asked, filters: FiltersT
    ) -> tuple[Sequence[ShownT | DetailsT], str | None]:
        """Return a page of what a person may see, and the cursor behind it (None: that was all).

        Raises:
            ProblemError: `after` is no cursor of this list in this order.
            UnavailableError: neither the mirror nor the cache can be read.
        """
        of = f"{self.resource}:{asked.sort}"
        place = _read(of, asked)
        if await shared.database.check():
            try:
                rows, following = await self._mirrored(caller, shared, asked, filters, place)
                return [self.row(row) for row in rows], _next(of, following)
            except DatabaseUnavailable:
                shared.database.lost()
        found = map(self.details, await _cached(shared, caller, self.resource))
        kept = [one for one in found if self.passes(one, filters)]
        items, following = chosen.page(kept, asked.sort, asked.limit, place)
        return items, _next(of, following)

    async def _mirrored(
        self, caller: Caller, shared: Services, asked: Asked, filters: FiltersT, place: Place | None
    ) -> tuple[list[RowT], Place | None]:
        """Return a page of rows, less what names the person no longer.

        The mirror stands still with the operator: it may show to somebody what they have left. A
        page is shorter then, not the last one.
        """
        everything = await shared.reviews.lists_all(caller, self.resource)
        async with _as(shared, caller, sees_all=everything) as conn:
            rows, following = await page(
                conn,
                self.pages,
                limit=asked.limit,
                filters=filters,
                order=asked.sort,
                after=place,
            )
        if everything:
            return rows, following
        if not await shared.catalogue.read(READY_S):
            raise UnavailableError(NOT_READY)
        foreign = partial(shared.sight.is_foreign, caller.identity, self.resource)
        return [row for row in rows if not foreign(row.name)], following


def _as(
    shared: Services, caller: Caller, *, sees_all: bool
) -> AbstractAsyncContextManager[AsyncConnection[Any]]:
    identity = caller.identity
    return as_person(shared.database.pool, identity.user, identity.idp_groups, sees_all=sees_all)


async def _cached(shared: Services, caller: Caller, resource: str) -> Iterable[bytes]:
    """Return what a person may see while the database is away."""
    if not await shared.catalogue.ready(READY_S):
        raise UnavailableError(NOT_READY)
    cache = shared.catalogue.cache(resource)
    if await shared.reviews.lists_all(caller, resource):
        return [cache.entries[name].raw for name in sorted(cache.entries)]
    return [entry.raw for entry in shared.catalogue.visible(resource, caller.identity).values()]


def _read(of: str, asked: Asked) -> Place | None:
    by_age = asked.sort.endswith("created")
    parts = cursors.read(of, asked.after, *((str, str) if by_age else (str,)))
    if parts is None:
        return None
    return Place(str(parts[0]), cursors.moment(parts[1]) if by_age else None)


def _next(of: str, place: Place | None) -> str | None:
    if place is None:
        return None
    made = [place.created_at.isoformat()] if place.created_at else []
    return cursors.written(of, str(place.name), *made)
