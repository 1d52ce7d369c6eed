"""One switch for all requests: who waits, who asks, and when it goes on."""

import asyncio
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from clockwork import now, settled

from rise_operator.engine.breaker import LONGEST_S, Breaker


@dataclass
class Server:
    """A server that is away until a second on the loop's clock, and counts who asks."""

    back_at: float = 0.0
    asked_at: list[float] = field(default_factory=list[float])

    async def probe(self) -> bool:
        self.asked_at.append(now())
        return now() >= self.back_at


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def breaker(server: Server) -> Iterator[Breaker]:
    it = Breaker(server.probe)
    yield it
    it.stop()


async def test_at_first_nobody_waits_and_nobody_asks(server: Server, breaker: Breaker) -> None:
    await breaker.passed()
    assert not breaker.is_open
    assert server.asked_at == []


async def test_who_comes_while_the_server_is_away_waits_until_it_is_back(
    server: Server, breaker: Breaker
) -> None:
    server.back_at = 30
    breaker.trip("connection refused")
    waiting = [asyncio.create_task(breaker.passed()) for _ in range(100)]
    await asyncio.sleep(29)
    assert breaker.is_open
    assert not any(task.done() for task in waiting)
    await asyncio.gather(*waiting)
    assert not breaker.is_open
    assert 30 <= now() <= 30 + LONGEST_S


async def test_one_asks_for_all_and_not_more_often_than_it_must(
    server: Server, breaker: Breaker
) -> None:
    server.back_at = 60
    for _ in range(1000):
        breaker.trip("connection refused")
    await breaker.passed()
    assert 60 <= len(server.asked_at) <= 140
    gaps = [b - a for a, b in zip(server.asked_at, server.asked_at[1:], strict=False)]
    assert all(0 < gap <= LONGEST_S for gap in gaps)
    assert gaps[0] <= 0.1, "a short outage is noticed soon"
    assert len({round(gap, 6) for gap in gaps}) > 10, "many operators would ask together"


async def test_a_server_that_is_there_after_all_holds_nobody_up(
    server: Server, breaker: Breaker, caplog: pytest.LogCaptureFixture
) -> None:
    breaker.trip("one broken connection")
    await breaker.passed()
    assert now() == 0
    assert server.asked_at == [0]
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_an_outage_is_told_once_and_so_is_its_end(
    server: Server, breaker: Breaker, caplog: pytest.LogCaptureFixture
) -> None:
    server.back_at = 60
    breaker.trip("connection refused")
    await breaker.passed()
    told = [record.message for record in caplog.records if record.levelno >= logging.WARNING]
    assert told == [
        "the API server is away (connection refused): waiting for it",
        "the API server is back",
    ]


async def test_it_opens_again_at_the_next_outage(server: Server, breaker: Breaker) -> None:
    for end in (10, 50):
        server.back_at = end
        breaker.trip("connection refused")
        assert breaker.is_open
        await breaker.passed()
        assert now() >= end


async def test_stopped_it_asks_nobody_any_more(server: Server, breaker: Breaker) -> None:
    server.back_at = 1000
    breaker.trip("connection refused")
    await asyncio.sleep(5)
    breaker.stop()
    await settled()
    asked = len(server.asked_at)
    await asyncio.sleep(100)
    assert len(server.asked_at) == asked
