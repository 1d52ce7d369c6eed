"""How long a person's list takes among 100,000 projects, beside a question that reads nothing.

Pages are asked for as the backend asks: as its role, under row-level security, in a transaction
with the person's identity. The floor is `select 1` in the same kind of transaction. Both take
turns; medians are compared. Exits with 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import orjson
import psycopg
from machine import this_machine, warn_if_busy
from psycopg import AsyncConnection

from rise_backend.queries import projects
from rise_backend.queries.places import page
from rise_backend.queries.session import as_person
from rise_database.pool import Pool, open_pool
from rise_local import postgres
from rise_local.platform import Platform

PERSON = "u49@example.com"  # owns two projects, is in a team with 50, and a viewer of five
PAGE = 50
GOAL_MS = 5.0
MISSED = 1
MANY = Path(__file__).with_name("many_projects.sql")


@dataclass(frozen=True)
class Result:
    """Medians of a list and of its floor."""

    page_ms: float
    floor_ms: float
    goal_ms: float = GOAL_MS


async def _page(conn: AsyncConnection[Any]) -> None:
    found, _ = await page(conn, projects.PAGES, limit=PAGE)
    assert len(found) == PAGE, found


async def _nothing(conn: AsyncConnection[Any]) -> None:
    await (await conn.execute("select 1")).fetchone()


async def _ms(pool: Pool, ask: Callable[[AsyncConnection[Any]], Awaitable[None]]) -> float:
    began = time.perf_counter()
    async with as_person(pool, PERSON, (), sees_all=False) as conn:
        await ask(conn)
    return (time.perf_counter() - began) * 1000


async def measured(url: str, rounds: int) -> Result:
    """Ask for pages and for nothing in turn."""
    pool = await open_pool(url, application="bench", size=1)
    pages: list[float] = []
    floors: list[float] = []
    for _ in range(rounds):
        floors.append(await _ms(pool, _nothing))
        pages.append(await _ms(pool, _page))
    await pool.close()
    return Result(median(pages), median(floors))


def measure(rounds: int) -> Result:
    """Start servers of our own, fill the mirror, and measure."""
    with tempfile.TemporaryDirectory(prefix="rise-bench-") as directory:
        platform = Platform(Path(directory) / "rise")
        platform.serve()
        try:
            with psycopg.connect(postgres.url(platform.home, "postgres"), autocommit=True) as conn:
                conn.execute(MANY.read_bytes())
            return asyncio.run(measured(postgres.url(platform.home, "rise_backend"), rounds))
        finally:
            platform.reset()


def main() -> int:
    """Measure, print, and return the exit code."""
    parser = argparse.ArgumentParser(description="Measure a list among 100,000 projects.")
    parser.add_argument("--rounds", type=int, default=200, help="of each (default: 200)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    options = parser.parse_args()
    warn_if_busy()
    result, machine = measure(options.rounds), this_machine()
    sys.stdout.write(
        f"machine: {machine}\n"
        f"a page of {PAGE} among 100,000: {result.page_ms:.2f} ms, select 1: "
        f"{result.floor_ms:.2f} ms, ratio {result.page_ms / result.floor_ms:.1f} "
        f"(goal: {GOAL_MS} ms)\n"
    )
    if options.json:
        figures = {"machine": machine, "result": result}
        options.json.write_bytes(orjson.dumps(figures, option=orjson.OPT_INDENT_2))
    if result.page_ms > GOAL_MS:
        sys.stderr.write(f"missed: a page takes {result.page_ms:.2f} ms\n")
        return MISSED
    return 0


if __name__ == "__main__":
    sys.exit(main())
