"""What follows from each way in which a reconcile ends."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from clockwork import now, settled

from rise_operator.engine.controller import Controller
from rise_operator.engine.metrics import Metrics
from rise_operator.engine.queue import BASE_S, Queue
from rise_operator.engine.refusals import Away, Conflict
from rise_operator.errors import InvalidSpec, NotOurs, NotReady, PolicyMissing, Unavailable

LONG_S = 100_000.0


@dataclass
class Work:
    """Reconciles that end as `outcome` says, and when each began."""

    outcome: Callable[[str, int], Exception | None] = lambda _key, _time: None
    duration_s: float = 0.0
    began: list[tuple[str, float]] = field(default_factory=list[tuple[str, float]])
    busy: int = 0
    busiest: int = 0

    async def reconcile(self, key: str) -> None:
        self.began.append((key, now()))
        self.busy += 1
        self.busiest = max(self.busiest, self.busy)
        try:
            await asyncio.sleep(self.duration_s)
        finally:
            self.busy -= 1
        error = self.outcome(key, len(self.began))
        if error is not None:
            raise error

    @property
    def times(self) -> list[float]:
        return [at for _, at in self.began]


@dataclass
class Running:
    queue: Queue
    metrics: Metrics
    task: asyncio.Task[None]

    def results(self) -> dict[str, float]:
        names = ("success", "requeue_after", "requeue", "error")
        found = {name: self._value("controller_runtime_reconcile_total", name) for name in names}
        return {name: value for name, value in found.items() if value}

    def errors(self) -> float:
        return self._value("controller_runtime_reconcile_errors_total")

    def _value(self, name: str, result: str = "") -> float:
        labels = {"controller": "project", **({"result": result} if result else {})}
        return self.metrics.registry.get_sample_value(name, labels) or 0


@asynccontextmanager
async def running(work: Work, workers: int = 1) -> AsyncGenerator[Running]:
    metrics = Metrics()
    queue = Queue("project", metrics, clock=now)
    controller = Controller(queue, work.reconcile, workers, metrics)
    task = asyncio.create_task(controller.run())
    yield Running(queue, metrics, task)
    assert not task.done(), "a failure ended the workers"
    task.cancel()
    await asyncio.wait({task})


def _once(error: Exception) -> Callable[[str, int], Exception | None]:
    return lambda _key, time: error if time == 1 else None


@pytest.mark.parametrize(
    ("error", "result", "again_after_s"),
    [
        pytest.param(None, "success", None, id="it went well: not again"),
        pytest.param(InvalidSpec("x"), "success", None, id="only an edit can help: not again"),
        pytest.param(NotReady("x"), "requeue_after", 10, id="something is on its way: in 10 s"),
        pytest.param(NotReady("x", retry_s=1.5), "requeue_after", 1.5, id="when it says"),
        pytest.param(NotOurs("x"), "requeue_after", 10, id="somebody else's object: in 10 s"),
        pytest.param(PolicyMissing("x"), "requeue_after", 10, id="a policy is missing: in 10 s"),
        pytest.param(Unavailable("x"), "requeue", BASE_S, id="a dependency is down: soon"),
        pytest.param(Away("x"), "requeue", BASE_S, id="the API server is away: soon"),
        pytest.param(Conflict("x"), "requeue", BASE_S, id="somebody was faster: soon"),
        pytest.param(KeyError("x"), "error", BASE_S, id="a defect of our own: soon"),
    ],
)
async def test_how_a_reconcile_ends(
    error: Exception | None, result: str, again_after_s: float | None
) -> None:
    work = Work(_once(error) if error else lambda _key, _time: None)
    async with running(work) as it:
        it.queue.add("shop")
        await settled()
        assert it.results() == {result: 1}
        assert it.errors() == (1 if result in {"requeue", "error"} else 0)
        await asyncio.sleep(LONG_S)
        if again_after_s is None:
            assert work.times == [0]
        elif again_after_s == BASE_S:
            assert 0.75 * BASE_S <= work.times[1] <= 1.25 * BASE_S
        else:
            assert work.times[1] == pytest.approx(again_after_s)
        assert len(work.times) == (1 if again_after_s is None else 2)


@pytest.mark.parametrize("error", [Unavailable("x"), ValueError("x")], ids=["refused", "defect"])
async def test_what_goes_on_failing_comes_later_and_later(error: Exception) -> None:
    work = Work(lambda _key, _time: error)
    async with running(work) as it:
        it.queue.add("shop")
        await asyncio.sleep(600)
    gaps = [b - a for a, b in zip(work.times, work.times[1:], strict=False)]
    assert gaps[0] < 0.3
    assert all(20 < gap < 40 for gap in gaps[9:])
    assert len(gaps) < 40


@pytest.mark.parametrize(
    ("end", "short_again"),
    [
        pytest.param(None, True, id="a success"),
        pytest.param(InvalidSpec("x"), True, id="a spec that cannot be read"),
        pytest.param(NotReady("x", retry_s=1), True, id="waiting for something"),
        pytest.param(Unavailable("x"), False, id="another failure"),
    ],
)
async def test_what_makes_the_pauses_short_again(
    end: Exception | None, *, short_again: bool
) -> None:
    ninth = asyncio.Event()

    def outcome(_key: str, time: int) -> Exception | None:
        if time == 9:
            ninth.set()
        return Unavailable("x") if time <= 8 else end

    async with running(Work(outcome)) as it:
        it.queue.add("shop")
        await ninth.wait()
        await settled()
        assert it.queue.failures("shop") == (0 if short_again else 9)


async def test_a_defect_of_one_object_does_not_stop_the_others(
    caplog: pytest.LogCaptureFixture,
) -> None:
    work = Work(lambda key, _time: ZeroDivisionError() if key == "bad" else None)
    async with running(work) as it:
        for key in ("bad", "good"):
            it.queue.add(key)
        await settled()
        assert [key for key, _ in work.began] == ["bad", "good"]
        assert it.results() == {"error": 1, "success": 1}
    (record,) = [each for each in caplog.records if each.levelno >= logging.ERROR]
    assert record.message == "project bad: an error of our own"
    assert record.exc_info is not None, "without a traceback nobody finds it"


async def test_only_what_lasts_is_loud(caplog: pytest.LogCaptureFixture) -> None:
    work = Work(lambda _key, time: Unavailable("no answer") if time <= 4 else None)
    async with running(work) as it:
        caplog.set_level(logging.DEBUG)
        it.queue.add("shop")
        await asyncio.sleep(60)
    levels = [record.levelname for record in caplog.records if "no answer" in record.message]
    assert levels == ["DEBUG", "DEBUG", "WARNING", "WARNING"]


async def test_many_workers_take_many_keys_and_never_one_key_twice() -> None:
    work = Work(duration_s=1)
    async with running(work, workers=4) as it:
        for _ in range(3):
            for number in range(8):
                it.queue.add(f"p{number}")
            await settled()
        await asyncio.sleep(2.5)
        assert work.busiest == 4
        counted = [key for key, _ in work.began]
        assert sorted(counted)[:2] == ["p0", "p0"], "added while it was worked on: once more"
        assert max(counted.count(key) for key in set(counted)) == 2


async def test_a_key_whose_worker_is_cancelled_is_the_next_ones() -> None:
    metrics = Metrics()
    queue = Queue("project", metrics, clock=now)
    queue.add("shop")
    first, second = Work(duration_s=10), Work()
    for work in (first, second):
        task = asyncio.create_task(Controller(queue, work.reconcile, 1, metrics).run())
        await asyncio.sleep(5)
        task.cancel()
        await asyncio.wait({task})
    assert first.began == [("shop", 0)]
    assert second.began == [("shop", 5)]
    assert len(queue) == 0
