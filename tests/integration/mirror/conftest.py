"""A mirror on the session's server, and what an inspecting person reads there."""

from collections.abc import AsyncGenerator, Generator
from typing import Any

import psycopg
import pytest
from fixtures.postgres import Inspection, Postgres
from psycopg.rows import dict_row

from rise_database.pool import open_pool
from rise_operator.mirror import Mirror


@pytest.fixture
async def mirror(database: Postgres) -> AsyncGenerator[Mirror]:
    pool = await open_pool(database.url("rise_operator"), application="test", wait_s=60)
    yield Mirror(pool)
    await pool.close()


@pytest.fixture
def inspect(database: Postgres) -> Generator[Inspection]:
    with psycopg.Connection[dict[str, Any]].connect(
        database.url("rise_inspect"), row_factory=dict_row, autocommit=True
    ) as conn:
        yield Inspection(conn)
