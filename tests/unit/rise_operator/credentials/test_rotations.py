"""Whoever has a credential made anew in a loop waits; nobody's last word is lost."""

from datetime import UTC, datetime, timedelta

import pytest

from rise_operator.credentials.rotations import Rotations

NOW = datetime(2026, 1, 2, 12, 0, 0, 500_000, tzinfo=UTC)
MOST, WITHIN_S = 3, 600.0
SECOND = timedelta(seconds=1)


@pytest.fixture
def rotations() -> Rotations:
    return Rotations(MOST, WITHIN_S)


def test_as_many_as_are_allowed_wait_for_nothing(rotations: Rotations) -> None:
    for _ in range(MOST):
        assert rotations.next_at("a", NOW) is None
        rotations.made("a", NOW)


def test_the_next_one_waits_until_the_first_is_long_ago(rotations: Rotations) -> None:
    for number in range(MOST):
        rotations.made("a", NOW + number * SECOND)
    free = datetime(2026, 1, 2, 12, 10, 1, tzinfo=UTC)
    assert rotations.next_at("a", NOW + 5 * SECOND) == free, "in whole seconds, and not before"
    assert rotations.next_at("a", NOW + 300 * SECOND) == free, "it stays what was said"
    assert rotations.next_at("a", free) is None
    rotations.made("a", free)
    assert rotations.next_at("a", free) == free + SECOND


def test_one_project_keeps_no_other_waiting(rotations: Rotations) -> None:
    for _ in range(MOST):
        rotations.made("a", NOW)
    assert rotations.next_at("b", NOW) is None


@pytest.mark.parametrize("back_s", [2, 3600, 30 * 86400])
def test_a_clock_that_goes_back_keeps_nobody_waiting_for_longer(
    rotations: Rotations, back_s: int
) -> None:
    for _ in range(MOST):
        rotations.made("a", NOW)
    now = NOW - timedelta(seconds=back_s)
    free = rotations.next_at("a", now)
    assert free is None or free - now <= timedelta(seconds=WITHIN_S + 1)


def test_nothing_is_remembered_of_projects_that_are_gone(rotations: Rotations) -> None:
    for _ in range(MOST):
        rotations.made("a", NOW)
    rotations.retain({"b"})
    assert rotations.next_at("a", NOW) is None
