"""A registry that is away is left alone, and one that is busy keeps nobody waiting."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from rise_operator.credentials.registries import CALLS, LONG_CALLS, DefectError, Registry
from rise_operator.engine.metrics import Metrics
from rise_operator.errors import Busy
from rise_registry.configuration import RegistryConfiguration, load
from rise_registry.contract import (
    RegistryError,
    RegistryUnavailableError,
    RepositoryConflictError,
)

CONFIGURATION = RegistryConfiguration(
    name="local", provider="distribution", url="https://registry.test"
)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def _registry(clock: Clock) -> Registry:
    return Registry(CONFIGURATION, load([CONFIGURATION])["local"], Metrics(), clock)


def _raising(error: Exception) -> Callable[[Any], Awaitable[None]]:
    async def call(_: Any) -> None:
        raise error

    return call


async def _answers(_: Any) -> str:
    return "answered"


AWAY = RegistryUnavailableError("registry local does not answer")


async def test_after_a_failure_nobody_asks_until_the_pause_is_over() -> None:
    clock = Clock()
    registry = _registry(clock)
    with pytest.raises(RegistryUnavailableError) as first:
        await registry.call(_raising(AWAY))
    with pytest.raises(RegistryUnavailableError, match="does not answer"):
        await registry.call(_answers)
    clock.now += first.value.retry_after_s or 0
    assert await registry.call(_answers) == "answered"
    assert await registry.call(_answers) == "answered"


async def test_the_pause_grows_to_a_minute_and_begins_anew_after_an_answer() -> None:
    clock = Clock()
    registry = _registry(clock)
    pauses: list[float] = []
    for _ in range(10):
        with pytest.raises(RegistryUnavailableError) as caught:
            await registry.call(_raising(AWAY))
        pauses.append(caught.value.retry_after_s or 0)
        clock.now += pauses[-1]
    assert 1 <= pauses[0] <= 1.25
    assert 60 <= pauses[-1] <= 75
    await registry.call(_answers)
    with pytest.raises(RegistryUnavailableError) as caught:
        await registry.call(_raising(AWAY))
    assert (caught.value.retry_after_s or 0) <= 1.25


async def test_a_registry_that_asks_for_a_pause_gets_it() -> None:
    registry = _registry(Clock())
    with pytest.raises(RegistryUnavailableError) as caught:
        await registry.call(_raising(RegistryUnavailableError("too many requests", 90.0)))
    assert (caught.value.retry_after_s or 0) >= 90


@pytest.mark.parametrize("error", [RegistryError("no"), RepositoryConflictError("theirs")])
async def test_a_refusal_concerns_one_project_alone(error: RegistryError) -> None:
    registry = _registry(Clock())
    with pytest.raises(type(error)):
        await registry.call(_raising(error))
    assert await registry.call(_answers) == "answered"


async def test_what_a_broken_provider_says_is_told_nobody(
    caplog: pytest.LogCaptureFixture,
) -> None:
    registry = _registry(Clock())
    with pytest.raises(DefectError, match="ValueError") as caught:
        await registry.call(_raising(ValueError("hunter2")))
    assert "hunter2" not in str(caught.value)
    assert "hunter2" not in caplog.text
    assert "ValueError" in caplog.text


async def test_who_finds_it_busy_comes_back_instead_of_waiting() -> None:
    registry, release = _registry(Clock()), asyncio.Event()

    async def waits(_: Any) -> None:
        await release.wait()

    under_way = [asyncio.create_task(registry.call(waits)) for _ in range(CALLS)]
    await asyncio.sleep(0)
    with pytest.raises(Busy, match="busy") as caught:
        await registry.call(_answers)
    assert caught.value.retry_s < 1
    release.set()
    await asyncio.gather(*under_way)
    assert await registry.call(_answers) == "answered"


async def test_failures_at_the_same_time_count_once() -> None:
    registry, release = _registry(Clock()), asyncio.Event()

    async def fails(_: Any) -> None:
        await release.wait()
        raise AWAY

    under_way = [asyncio.create_task(registry.call(fails)) for _ in range(CALLS)]
    await asyncio.sleep(0)
    release.set()
    errors = await asyncio.gather(*under_way, return_exceptions=True)
    assert all(isinstance(each, RegistryUnavailableError) for each in errors)
    assert max(getattr(each, "retry_after_s", 0) for each in errors) <= 1.25


async def test_after_a_failure_one_call_finds_out() -> None:
    clock = Clock()
    registry, release = _registry(clock), asyncio.Event()
    with pytest.raises(RegistryUnavailableError):
        await registry.call(_raising(AWAY))
    clock.now += 2

    async def waits(_: Any) -> None:
        await release.wait()

    probe = asyncio.create_task(registry.call(waits))
    await asyncio.sleep(0)
    with pytest.raises(RegistryUnavailableError, match="does not answer"):  # nothing new to say
        await registry.call(_answers)
    release.set()
    await probe
    assert await registry.call(_answers) == "answered"


async def test_ten_thousand_who_find_it_busy_come_back_one_after_the_other() -> None:
    registry, release = _registry(Clock()), asyncio.Event()

    async def waits(_: Any) -> None:
        await release.wait()

    under_way = [asyncio.create_task(registry.call(waits)) for _ in range(CALLS)]
    await asyncio.sleep(0)
    moments: list[float] = []
    for _ in range(10_000):
        with pytest.raises(Busy) as caught:
            await registry.call(_answers)
        moments.append(caught.value.retry_s)
    at_most = max(Counter(int(moment) for moment in moments).values())
    assert at_most <= 101, "so many ask within one second"
    assert moments[-1] < 101
    release.set()
    await asyncio.gather(*under_way)


async def test_what_takes_long_by_its_nature_closes_the_registry_for_nobody() -> None:
    registry = _registry(Clock())

    async def waits(_: Any) -> None:
        await asyncio.Event().wait()

    with pytest.raises(RegistryUnavailableError, match="not done within"):
        await registry.call(waits, long_s=0.01)
    assert await registry.call(_answers) == "answered"


async def test_what_takes_long_leaves_room_for_the_rest() -> None:
    registry, release = _registry(Clock()), asyncio.Event()

    async def waits(_: Any) -> None:
        await release.wait()

    long = [asyncio.create_task(registry.call(waits, long_s=60)) for _ in range(LONG_CALLS)]
    await asyncio.sleep(0)
    with pytest.raises(Busy):
        await registry.call(_answers, long_s=60)
    assert await registry.call(_answers) == "answered"
    release.set()
    await asyncio.gather(*long)
