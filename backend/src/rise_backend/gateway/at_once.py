"""How much may be open at once: one runaway client leaves room for the others."""

from collections import Counter
from collections.abc import Generator, Hashable
from contextlib import contextmanager

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
        self._open: Counter[Hashable] = Counter()

    @contextmanager
    def one_more(self, person: Hashable) -> Generator[None]:
        """Count one request of a person while it lasts.

        Raises:
            RefusedError: it is one too many.
        """
        if self._open[person] >= self._most:
            raise RefusedError(statuses.too_many(self._most))
        if self._open.total() >= self._most_in_all:
            raise RefusedError(statuses.too_busy())
        self._open[person] += 1
        try:
            yield
        finally:
            self._open[person] -= 1
            if not self._open[person]:
                del self._open[person]
