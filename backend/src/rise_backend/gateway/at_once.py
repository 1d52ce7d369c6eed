"""How much may be open at once: one runaway client leaves room for the others."""

from collections.abc import Hashable
from contextlib import AbstractContextManager
from types import TracebackType

from rise_backend.gateway import statuses
from rise_backend.gateway.lists import RefusedError

MOST = 256  # requests and watches of one person
MOST_IN_ALL = 8192  # a watch costs some 50 KB


class AtOnce:
    """Counts what each person has open."""

    def __init__(self, most: int = MOST, most_in_all: int = MOST_IN_ALL) -> None:
        """Let everybody have `most` open, and all together `most_in_all`."""
        self._most = most
        self._most_in_all = most_in_all
        self._open: dict[Hashable, int] = {}
        self._open_in_all = 0

    def one_more(self, person: Hashable) -> AbstractContextManager[None]:
        """Count one request of a person while it lasts.

        Raises:
            RefusedError: on entering: it is one too many.
        """
        return _OneMore(self, person)

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

    def end(self, person: Hashable) -> None:
        """Count one less."""
        self._open_in_all -= 1
        self._open[person] -= 1
        if not self._open[person]:
            del self._open[person]


class _OneMore(AbstractContextManager[None]):
    """A request that is counted; no generator, which costs each request more than the counting."""

    __slots__ = ("_at_once", "_person")

    def __init__(self, at_once: AtOnce, person: Hashable) -> None:
        self._at_once = at_once
        self._person = person

    def __enter__(self) -> None:
        self._at_once.begin(self._person)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._at_once.end(self._person)
