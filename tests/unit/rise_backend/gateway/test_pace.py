"""How often one person may ask."""

from http import HTTPStatus

import pytest

from rise_backend.gateway import pace
from rise_backend.gateway.lists import RefusedError
from rise_backend.gateway.pace import BURST_S, Pace

PER_S = 4.0
AT_ONCE = int(PER_S * BURST_S)


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def _counted(counting: Pace, person: str) -> int:
    """Ask until refused; return how often that worked."""
    for count in range(1000):
        try:
            counting.count(person)
        except RefusedError:
            return count
    return pytest.fail("nobody is refused")


def test_many_at_once_then_as_many_as_time_gives_back() -> None:
    clock = Clock()
    counting = Pace(PER_S, clock=clock)
    assert _counted(counting, "alice") == AT_ONCE
    clock.now += 2
    assert _counted(counting, "alice") == 2 * PER_S
    clock.now += 3600
    assert _counted(counting, "alice") == AT_ONCE


def test_one_person_leaves_room_for_the_others() -> None:
    counting = Pace(PER_S, clock=Clock())
    assert _counted(counting, "alice") == AT_ONCE
    assert _counted(counting, "bob") == AT_ONCE


def test_who_keeps_the_pace_is_never_refused() -> None:
    clock = Clock()
    counting = Pace(PER_S, clock=clock)
    for _ in range(1000):
        counting.count("alice")
        clock.now += 1 / PER_S


def test_a_refusal_says_how_long_to_wait_and_costs_nothing() -> None:
    clock = Clock()
    counting = Pace(1 / BURST_S, clock=clock)
    counting.count("alice")
    clock.now += 2.5
    for _ in range(3):
        assert _counted(counting, "alice") == 0
    with pytest.raises(RefusedError) as refused:
        counting.count("alice")
    assert refused.value.refusal.code == HTTPStatus.TOO_MANY_REQUESTS
    assert (b"retry-after", b"8") in refused.value.refusal.headers()
    clock.now += 8
    counting.count("alice")


def test_who_owes_nothing_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "KEPT", 3)
    clock = Clock()
    counting = Pace(PER_S, clock=clock)
    _counted(counting, "alice")
    for person in ("bob", "carol"):
        counting.count(person)
    clock.now += 1
    counting.count("dave")
    assert _counted(counting, "alice") == PER_S, "who owes is remembered"
