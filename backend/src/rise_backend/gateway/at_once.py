"""How much may be open at once: one runaway client leaves room for the others."""

from collections.abc import Hashable
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Self

from rise_backend.gateway import statuses
from rise_backend.gateway.lists import RefusedError

MOST = 256  # requests and watches of one person
MOST_IN_ALL = 8192  # a watch costs some 50 KB
MOST_BYTES = 32 * 1024 * 1024  # of one person's bodies: ten of the largest
MOST_BYTES_IN_ALL = 256 * 1024 * 1024


class AtOnce:
    """Counts what each person has open, and what their bodies hold."""

    def __init__(self, most: int = MOST, most_in_all: int = MOST_IN_ALL) -> None:
        """Let everybody have `most` open, and all together `most_in_all`."""
        self._most = most
        self._most_in_all = most_in_all
        self._open: dict[Hashable, int] = {}
        self._open_in_all = 0
        self._bytes: dict[Hashable, int] = {}
        self._bytes_in_all = 0

    def one_more(self, person: Hashable) -> "OneMore":
        """Count one request of a person while it lasts.

        Raises:
            RefusedError: on entering: it is one too many.
        """
        return OneMore(self, person)

    def begin(self, person: Hashable) -> None:
        """Count one more.

        Raises:
            RefusedError: it is one too many.
        """
        open_now = self._open.get(person, 0)
        if open_now >= self._most:
            raise RefusedError(statuses.too_many(self._most))
        if self._open_in_all >= self._most_in_all:
            raise RefusedError(statuses.too_busy())
        self._open[person] = open_now + 1
        self._open_in_all += 1

    def hold(self, person: Hashable, size: int) -> None:
        """Count `size` bytes more of a person's bodies; fewer when it is negative.

        Raises:
            RefusedError: they are too many.
        """
        held = self._bytes.get(person, 0) + size
        if size > 0 and held > MOST_BYTES:
            raise RefusedError(statuses.too_much(MOST_BYTES))
        if size > 0 and self._bytes_in_all + size > MOST_BYTES_IN_ALL:
            raise RefusedError(statuses.too_busy())
        self._bytes_in_all += size
        self._bytes[person] = held
        if not held:
            del self._bytes[person]

    def end(self, person: Hashable) -> None:
        """Count one less."""
        self._open_in_all -= 1
        self._open[person] -= 1
        if not self._open[person]:
            del self._open[person]


class OneMore(AbstractContextManager["OneMore"]):
    """A request that is counted; no generator, which costs each request more than the counting."""

    __slots__ = ("_at_once", "_held", "_person")

    def __init__(self, at_once: AtOnce, person: Hashable) -> None:
        """Prepare to count a request of `person`."""
        self._at_once = at_once
        self._person = person
        self._held = 0

    def hold(self, size: int) -> None:
        """Count `size` bytes of its body, too, until it ends.

        Raises:
            RefusedError: they are too many.
        """
        self._at_once.hold(self._person, size)
        self._held += size

    def __enter__(self) -> Self:
        """Begin to count.

        Raises:
            RefusedError: it is one too many.
        """
        self._at_once.begin(self._person)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Count no longer."""
        self._at_once.end(self._person)
        if self._held:
            self._at_once.hold(self._person, -self._held)
