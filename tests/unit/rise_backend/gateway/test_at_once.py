"""How much one person may have open at once."""

from contextlib import ExitStack
from http import HTTPStatus

import pytest

from rise_backend.gateway import at_once as limits
from rise_backend.gateway.at_once import AtOnce, OneMore
from rise_backend.gateway.lists import RefusedError


def test_the_third_of_two_is_refused_until_one_ends() -> None:
    at_once = AtOnce(2)
    with ExitStack() as others:
        others.enter_context(at_once.one_more("alice"))
        with at_once.one_more("alice"):
            with pytest.raises(RefusedError) as refused, at_once.one_more("alice"):
                pass
            with at_once.one_more("bob"):
                pass
        assert refused.value.refusal.code == HTTPStatus.TOO_MANY_REQUESTS
        assert (b"retry-after", b"1") in refused.value.refusal.headers()
        with at_once.one_more("alice"):
            pass


def test_all_together_have_an_end_too() -> None:
    at_once = AtOnce(2, 3)
    with ExitStack() as others:
        for person in ("alice", "alice", "bob"):
            others.enter_context(at_once.one_more(person))
        with pytest.raises(RefusedError) as refused, at_once.one_more("carol"):
            pass
        assert refused.value.refusal.code == HTTPStatus.TOO_MANY_REQUESTS
        assert (b"retry-after", b"5") in refused.value.refusal.headers()
    with at_once.one_more("carol"):
        pass


def test_what_fails_counts_no_longer() -> None:
    at_once = AtOnce(1)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), at_once.one_more("alice"):
            raise ZeroDivisionError


def _is_refused(counted: OneMore, size: int, retry_after: bytes) -> None:
    with pytest.raises(RefusedError) as refused:
        counted.hold(size)
    assert refused.value.refusal.code == HTTPStatus.TOO_MANY_REQUESTS
    assert (b"retry-after", retry_after) in refused.value.refusal.headers()


def test_what_bodies_hold_has_an_end_until_they_are_let_go() -> None:
    at_once = AtOnce()
    with at_once.one_more("alice") as first:
        first.hold(limits.MOST_BYTES - 1)
        with at_once.one_more("alice") as second:
            _is_refused(second, 2, b"1")
            second.hold(1)
            _is_refused(first, 1, b"1")
        first.hold(1)
    with at_once.one_more("alice") as again:
        again.hold(limits.MOST_BYTES)


def test_what_all_bodies_hold_has_an_end() -> None:
    at_once = AtOnce()
    people = limits.MOST_BYTES_IN_ALL // limits.MOST_BYTES
    with ExitStack() as others:
        for person in range(people):
            others.enter_context(at_once.one_more(person)).hold(limits.MOST_BYTES)
        with at_once.one_more("alice") as counted:
            _is_refused(counted, 1, b"5")
    with at_once.one_more("alice") as counted:
        counted.hold(1)
