"""What psycopg raises, in the operator's words; and no waiting for a server known to be away."""

import time
from collections.abc import Generator
from contextlib import contextmanager

import psycopg

from rise_operator.errors import Unavailable

PAUSE_S = 2.0
_AWAY = ("08", "53", "57P", "58")  # SQLSTATE classes: connection, resources, shutdown, system


class Outage:
    """Remember for PAUSE_S that the server is away: nobody waits for it once for each object."""

    def __init__(self) -> None:
        """Begin with a server that is there."""
        self._until = 0.0
        self._said = ""

    @contextmanager
    def watched(self) -> Generator[None]:
        """Turn every error of the database into Unavailable.

        Raises:
            Unavailable: the server is away, refused, or lacks the migrations.
        """
        if time.monotonic() < self._until:
            raise Unavailable(self._said)
        try:
            yield
        except psycopg.Error as error:
            said = f"the database did not take it ({_cause(error)}); {_advice(error)}"
            if _is_away(error):
                self._until, self._said = time.monotonic() + PAUSE_S, said
            raise Unavailable(said) from error


def _is_away(error: psycopg.Error) -> bool:
    if not isinstance(error, psycopg.OperationalError):
        return False
    return error.sqlstate is None or error.sqlstate.startswith(_AWAY)


def _cause(error: psycopg.Error) -> str:
    """Return one line without values of rows."""
    primary = error.diag.message_primary or str(error)
    return (primary.strip().splitlines() or [type(error).__name__])[0]


def _advice(error: psycopg.Error) -> str:
    if isinstance(error, psycopg.errors.DiskFull):
        return "its disk is full: make room there; the mirror catches up by itself"
    if isinstance(error, psycopg.errors.UndefinedTable | psycopg.errors.UndefinedColumn):
        return "run the migrations: python -m rise_database.migrate"
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        return "connect as rise_operator, and run the migrations"
    return "the mirror catches up by itself once it does"
