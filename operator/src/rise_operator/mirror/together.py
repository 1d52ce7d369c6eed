"""Rows that come while others are being written are written together, in one transaction.

A bulk costs a few transactions instead of one for each object, and one connection: nobody waits in
a queue for another until the database seems to be away.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

import psycopg

from rise_operator.errors import Unavailable
from rise_operator.mirror.rows import ProjectRow, TeamRow

MOST = 100
# The fault of one row, for which the others must not suffer.
_OF_ONE_ROW = (psycopg.DataError, psycopg.IntegrityError)

RowT = TypeVar("RowT", ProjectRow, TeamRow)
Waiting = tuple[RowT, asyncio.Future[None]]


class Together(Generic[RowT]):
    """Gathers rows of one kind; `write` writes a few, all of them or none."""

    def __init__(self, write: Callable[[Sequence[RowT]], Awaitable[None]]) -> None:
        """Begin with nothing to write."""
        self._write = write
        self._waiting: deque[Waiting[RowT]] = deque()
        self._writing: asyncio.Task[None] | None = None

    async def add(self, row: RowT) -> None:
        """Return once `row` is written.

        Raises:
            Unavailable: it is not, and nothing of it was.
        """
        written = asyncio.get_running_loop().create_future()
        self._waiting.append((row, written))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_all(), name="mirror rows")
        await written

    async def _write_all(self) -> None:
        try:
            while self._waiting:
                await self._write_some(self._next())
        finally:
            self._writing = None

    def _next(self) -> list[Waiting[RowT]]:
        """Return who is next: in order, and no name twice, so that one row can follow another."""
        some: dict[str, Waiting[RowT]] = {}
        while self._waiting and len(some) < MOST:
            name = self._waiting[0][0].upsert.name
            if name in some:
                break
            some[name] = self._waiting.popleft()
        return list(some.values())

    async def _write_some(self, some: Sequence[Waiting[RowT]]) -> None:
        try:
            await self._write([row for row, _ in some])
        except Unavailable as error:
            if len(some) > 1 and isinstance(error.__cause__, _OF_ONE_ROW):
                for one in some:
                    await self._write_some([one])
            else:
                _tell(some, error)
        except Exception as error:  # noqa: BLE001 - whoever waits raises it
            _tell(some, error)
        else:
            _tell(some, None)


def _tell(some: Sequence[Waiting[RowT]], error: Exception | None) -> None:
    for _, written in some:
        if written.done():  # whoever waited has been cancelled
            continue
        if error is None:
            written.set_result(None)
        else:
            written.set_exception(error)
