"""The rules of client-go's workqueue, one by one."""

import asyncio
from collections.abc import Mapping

import pytest
from clockwork import now, settled

from rise_operator.engine.metrics import Metrics
from rise_operator.engine.queue import BASE_S, CEILING_S, Queue


def _queue(metrics: Metrics | None = None) -> Queue:
    return Queue("project", metrics or Metrics(), clock=now)


async def _taken(queue: Queue) -> list[str]:
    """Take and finish everything that waits now, as one worker would."""
    taken: list[str] = []
    while len(queue):
        key = await queue.get()
        taken.append(key)
        queue.done(key)
    return taken


async def test_keys_come_in_the_order_they_were_added() -> None:
    queue = _queue()
    for key in ("b", "a", "c"):
        queue.add(key)
    assert await _taken(queue) == ["b", "a", "c"]


async def test_a_key_waits_at_most_once() -> None:
    queue = _queue()
    for _ in range(3):
        queue.add("shop")
    assert len(queue) == 1
    assert await _taken(queue) == ["shop"]


async def test_who_comes_first_waits_for_a_key() -> None:
    queue = _queue()
    worker = asyncio.create_task(queue.get())
    await settled()
    assert not worker.done()
    queue.add("shop")
    assert await worker == "shop"


async def test_a_key_added_while_it_is_worked_on_waits_until_it_is_given_back() -> None:
    queue = _queue()
    queue.add("shop")
    assert await queue.get() == "shop"
    queue.add("shop")
    queue.add("shop")
    second = asyncio.create_task(queue.get())
    await settled()
    assert not second.done(), "two workers have one key"
    queue.done("shop")
    assert await second == "shop"
    queue.done("shop")
    assert await _taken(queue) == []


async def test_a_key_given_back_does_not_come_again_by_itself() -> None:
    queue = _queue()
    queue.add("shop")
    queue.done(await queue.get())
    again = asyncio.create_task(queue.get())
    await settled()
    assert not again.done()
    again.cancel()


async def test_other_keys_go_on_while_one_is_worked_on() -> None:
    queue = _queue()
    queue.add("slow")
    await queue.get()
    queue.add("slow")
    queue.add("quick")
    assert await queue.get() == "quick"


@pytest.mark.parametrize(
    "added_first",
    [pytest.param(True, id="it was just about to get one"), pytest.param(False, id="it waited")],
)
async def test_a_worker_that_is_cancelled_takes_no_key_along(*, added_first: bool) -> None:
    queue = _queue()
    worker = asyncio.create_task(queue.get())
    await settled()
    if added_first:
        queue.add("shop")
    worker.cancel()
    await settled()
    queue.add("shop")
    assert worker.cancelled()
    assert await _taken(queue) == ["shop"]


async def test_a_key_added_for_later_comes_then() -> None:
    queue = _queue()
    queue.add_after("shop", 60)
    assert len(queue) == 0
    assert await queue.get() == "shop"
    assert now() == 60


@pytest.mark.parametrize(
    "delays_s",
    [
        pytest.param((60, 10), id="the earlier one is asked for last"),
        pytest.param((10, 60), id="the earlier one is asked for first"),
        pytest.param((10, 10), id="both at the same time"),
    ],
)
async def test_of_two_times_the_earlier_counts(delays_s: tuple[float, float]) -> None:
    queue = _queue()
    for delay_s in delays_s:
        queue.add_after("shop", delay_s)
    queue.done(await queue.get())
    assert now() == 10
    await asyncio.sleep(100)
    assert len(queue) == 0, "the later time still counts"


async def test_a_time_counts_from_when_it_was_asked_for() -> None:
    queue = _queue()
    queue.add_after("shop", 60)
    await asyncio.sleep(30)
    queue.add_after("shop", 40)
    await queue.get()
    assert now() == 60


async def test_a_key_asked_for_now_does_not_wait_for_its_time() -> None:
    queue = _queue()
    queue.add_after("shop", 60)
    queue.add("shop")
    assert await queue.get() == "shop"
    assert now() == 0


async def test_pauses_double_up_to_a_ceiling_and_never_end() -> None:
    queue = _queue()
    nominal = BASE_S
    for failures in range(1, 60):
        pause = queue.retry("shop")
        assert 0.75 * nominal <= pause <= 1.25 * nominal
        assert queue.failures("shop") == failures
        began = now()
        queue.done(await queue.get())
        assert now() - began == pytest.approx(pause)
        nominal = min(nominal * 2, CEILING_S)
    assert nominal == CEILING_S


async def test_keys_that_fail_together_do_not_come_back_together() -> None:
    queue = _queue()
    pauses = [queue.retry(f"p{number}") for number in range(50)]
    assert len(set(pauses)) > 40
    assert max(pauses) - min(pauses) > 0.25 * BASE_S


async def test_a_success_is_remembered_by_forgetting_the_failures() -> None:
    queue = _queue()
    for _ in range(8):
        queue.retry("shop")
    queue.forget("shop")
    assert queue.failures("shop") == 0
    assert queue.retry("shop") <= 1.25 * BASE_S
    queue.forget("never failed")


async def test_failures_of_one_key_are_not_those_of_another() -> None:
    queue = _queue()
    for _ in range(5):
        queue.retry("bad")
    assert queue.failures("good") == 0
    assert queue.retry("good") <= 1.25 * BASE_S


async def test_nothing_is_kept_of_keys_that_are_done() -> None:
    queue = _queue()
    for number in range(100):
        key = f"p{number}"
        queue.retry(key)
        assert await queue.get() == key
        queue.done(key)
        queue.forget(key)
    kept = {name: value for name, value in vars(queue).items() if isinstance(value, dict)}
    assert len(kept) >= 4
    assert not any(kept.values())


def _value(metrics: Metrics, name: str, labels: Mapping[str, str]) -> float:
    value = metrics.registry.get_sample_value(name, dict(labels))
    assert value is not None, name
    return value


async def test_the_metrics_tell_how_it_stands() -> None:
    metrics = Metrics()
    queue = _queue(metrics)

    def value(name: str) -> float:
        return _value(metrics, f"workqueue_{name}", {"name": "project"})

    queue.add("a")
    queue.add("a")
    queue.add("b")
    assert (value("depth"), value("adds_total")) == (2, 2)
    await asyncio.sleep(3)
    await queue.get()
    await asyncio.sleep(2)
    assert value("depth") == 1
    assert value("queue_duration_seconds_sum") == 3
    assert value("unfinished_work_seconds") == 2
    await queue.get()
    await asyncio.sleep(1)
    assert value("unfinished_work_seconds") == 4
    assert value("longest_running_processor_seconds") == 3
    queue.done("a")
    queue.done("b")
    assert value("work_duration_seconds_sum") == 4
    assert value("longest_running_processor_seconds") == 0
    queue.retry("a")
    assert value("retries_total") == 1
