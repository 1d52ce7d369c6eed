"""What is remembered of Secrets ends with their projects, and says when to look again."""

from typing import Any, cast

import pytest

from rise_operator.credentials.secrets import Secrets
from rise_operator.engine.client import Client

SWEEP_S = 600.0


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def secrets(clock: Clock) -> Secrets:
    """Secrets that nobody reads or writes: what is remembered of marks is asked alone."""
    return Secrets(cast("Client", cast("Any", None)), SWEEP_S, clock)


def test_the_first_look_after_a_start_is_spread_over_the_whole_time(secrets: Secrets) -> None:
    dues = sorted(secrets.due_in_s(f"uid-{number}") for number in range(1000))
    assert 0 <= dues[0] < 0.1 * SWEEP_S
    assert 0.9 * SWEEP_S < dues[-1] <= SWEEP_S


def test_what_could_not_be_looked_at_is_not_asked_for_again_at_once(
    secrets: Secrets, clock: Clock
) -> None:
    left = secrets.next_look_in_s("a")
    assert left == secrets.due_in_s("a")
    clock.now += 2 * SWEEP_S
    assert secrets.due_in_s("a") < 0
    assert secrets.next_look_in_s("a") == SWEEP_S


def test_nothing_stays_of_projects_that_are_gone(secrets: Secrets) -> None:
    for uid in ("a", "b"):
        secrets.end(uid)
        secrets.untidy(uid)
    secrets.retain({"b", "c"})
    assert not secrets.is_ended("a")
    assert not secrets.is_untidy("a")
    assert secrets.is_ended("b")
    assert secrets.is_untidy("b")
