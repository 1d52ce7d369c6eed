"""The connection pool: a program comes up, and stays up, while PostgreSQL is away."""

from __future__ import annotations

import logging
from typing import Any

import psycopg
from psycopg_pool import AsyncConnectionPool

Pool = AsyncConnectionPool[psycopg.AsyncConnection[Any]]

_log = logging.getLogger(__name__)


async def open_pool(
    url: str,
    *,
    application: str,
    size: int = 8,
    wait_s: float = 2.0,
    statement_s: float = 10.0,
) -> Pool:
    """Return an open pool without having spoken to the server.

    Connections are made when asked for and checked before they are lent, so a restarted server
    costs nobody an error. Nobody waits longer than `wait_s` for one, and no statement runs longer
    than `statement_s`: both end in psycopg.OperationalError.
    """
    milliseconds = int(statement_s * 1000)
    pool: Pool = AsyncConnectionPool(
        url,
        open=False,
        min_size=0,
        max_size=size,
        name=application,
        timeout=wait_s,
        reconnect_timeout=0.5,  # then begin afresh: its own back-off would grow to minutes
        max_idle=300,
        check=AsyncConnectionPool.check_connection,
        kwargs={
            "application_name": application,
            "connect_timeout": 2,
            "options": f"-c statement_timeout={milliseconds} -c lock_timeout={milliseconds}"
            f" -c idle_in_transaction_session_timeout={milliseconds}",
            "keepalives_idle": 10,
            "tcp_user_timeout": milliseconds,
        },
    )
    logging.getLogger("psycopg.pool").setLevel(
        logging.ERROR
    )  # a line for each try: the programs say it once
    await pool.open(wait=False)
    return pool


async def is_healthy(pool: Pool) -> bool:
    """Say whether a connection can be had and answers."""
    try:
        async with pool.connection() as conn:
            await conn.execute("select 1")
    except psycopg.OperationalError as error:
        _log.debug("the database does not answer: %s", type(error).__name__)
        return False
    return True
