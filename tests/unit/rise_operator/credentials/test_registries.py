"""A registry that is away is left alone, and one that is busy keeps nobody waiting."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Collection
from typing import Any, ClassVar, cast

import pytest

from rise_operator.credentials.registries import CALLS, LONG_CALLS, DefectError, Registry
from rise_operator.engine.metrics import Metrics
from rise_operator.errors import Busy
from rise_registry.configuration import RegistryConfiguration, load
from rise_registry.contract import (
    Issued,
    Project,
    RegistryError,
    RegistryProvider,
    RegistryUnavailableError,
    RepositoryConflictError,
)

CONFIGURATION = RegistryConfiguration(
    name="local", provider="distribution", url="https://registry.test"
)

SHOP = Project("shop", "uid-of-shop")


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


class Trouble:
    """A registry where some projects' images cannot be read, until they are mended."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.registry = _registry(self.clock)
        self.broken: set[str] = set()
        self.asked: Counter[str] = Counter()

    async def ask(self, whose: str) -> float:
        """Return for how long `whose` is left alone now; 0: the registry answered."""

        async def call(_: Any) -> None:
            self.asked[whose] += 1
            if whose in self.broken:
                raise RegistryUnavailableError(f"answers 500 for {whose}")

        try:
            await self.registry.call(call, whose=whose)
        except RegistryUnavailableError as error:
            return error.retry_after_s or 0.0
        return 0.0

    async def found_out(self, whose: str) -> None:
        """Let `whose` fail, and another be answered: whose trouble it is is known then."""
        self.clock.now += await self.ask(whose)
        assert await self.ask("well") == 0


async def test_one_project_whose_images_are_broken_holds_up_nobody_else() -> None:
    it = Trouble()
    it.broken.add("ill")
    await it.found_out("ill")
    pauses: list[float] = []
    for _ in range(10):
        pauses.append(await it.ask("ill"))
        assert await it.ask("well") == 0, "right after the other's failure"
        assert await it.ask("ill") > 0
        it.clock.now += pauses[-1]
    assert it.asked["ill"] == 1 + len(pauses), "it is asked once for each pause"
    assert 1 <= pauses[0] <= 1.25
    assert 60 <= pauses[-1] <= 75


async def test_whose_images_are_mended_begins_with_short_pauses_again() -> None:
    it = Trouble()
    it.broken.add("ill")
    await it.found_out("ill")
    for _ in range(5):
        it.clock.now += await it.ask("ill")
    it.broken.clear()
    assert await it.ask("ill") == 0
    it.broken.add("ill")
    assert 1 <= await it.ask("ill") <= 1.25


async def test_who_failed_alone_does_not_hide_an_outage() -> None:
    it = Trouble()
    it.broken.add("ill")
    await it.found_out("ill")
    it.clock.now += await it.ask("ill")
    it.broken |= {"well", "another"}
    assert await it.ask("well") > 0
    assert await it.ask("another") > 0
    assert it.asked["another"] == 0, "the registry is left alone"
    it.clock.now += 2
    assert 2 <= await it.ask("ill") <= 2.5, "an outage's pause: nobody was answered meanwhile"
    assert await it.ask("well") > 0


async def test_a_project_alone_at_its_registry_finds_out_for_all() -> None:
    it = Trouble()
    it.broken.add("only")
    for pause in (1, 2, 4):
        left = await it.ask("only")
        assert pause <= left <= pause * 1.25
        it.clock.now += left
    it.broken.clear()
    assert await it.ask("only") == 0


async def test_nothing_is_remembered_of_projects_that_are_gone() -> None:
    it = Trouble()
    it.broken.add("ill")
    await it.found_out("ill")
    assert await it.ask("ill") > 0
    it.registry.retain({"well"})
    it.broken.clear()
    assert await it.ask("ill") == 0


async def test_a_registry_that_keeps_nothing_is_not_asked_and_does_not_count_as_back() -> None:
    clock = Clock()
    registry = _registry(clock)
    pauses: list[float] = []
    for _ in range(4):
        with pytest.raises(RegistryUnavailableError) as caught:
            await registry.call(_raising(AWAY))
        pauses.append(caught.value.retry_after_s or 0)
        await registry.revoke(SHOP)  # also while it is closed
        clock.now += pauses[-1]
        await registry.revoke(SHOP)
        assert await registry.inventory(60) == ()
    assert pauses == sorted(pauses)
    assert pauses[-1] >= 8


async def test_a_registry_that_keeps_credentials_is_asked_and_counts() -> None:
    registry = Registry(CONFIGURATION, cast("RegistryProvider", Keeping()), Metrics(), Clock())
    await registry.revoke(SHOP, ["a"])
    assert Keeping.revoked == [(SHOP, ["a"])]
    assert await registry.inventory(60) == [Issued("uid", "b", None)]


class Keeping:
    """A provider of somebody else, who does not say whether it keeps anything."""

    revoked: ClassVar[list[tuple[Project, Collection[str]]]] = []

    async def revoke(self, project: Project, keep: Collection[str] = ()) -> None:
        self.revoked.append((project, keep))

    async def inventory(self) -> list[Issued]:
        return [Issued("uid", "b", None)]
