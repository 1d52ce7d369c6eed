"""How often somebody may fail to sign in: by person and by address."""

import asyncio
from collections.abc import Sequence
from ipaddress import ip_network

import pytest
from clockwork import now, settled
from fastapi import Request

from rise_backend.rest import attempts
from rise_backend.rest.addresses import address
from rise_backend.rest.attempts import ADDRESS, PERSON, Attempts, TooManyFailuresError

HERE = "192.0.2.1"


async def _try(one: Attempts, *, fails: bool, person: str = "alice", at: str = HERE) -> None:
    async with one.one_more(address=at, person=person) as attempt:
        if fails:
            attempt.failed()


async def _fill(one: Attempts, times: int, person: str = "alice", at: str = HERE) -> None:
    for _ in range(times):
        await _try(one, fails=True, person=person, at=at)


async def test_a_person_may_fail_so_often_and_then_waits() -> None:
    one = Attempts(clock=now)
    await _fill(one, PERSON.burst)
    with pytest.raises(TooManyFailuresError) as refused:
        await _try(one, fails=False)
    await _try(one, fails=False, person="bob")
    await asyncio.sleep(refused.value.retry_after_s)
    await _try(one, fails=True)
    with pytest.raises(TooManyFailuresError):
        await _try(one, fails=False)
    await asyncio.sleep(PERSON.burst * PERSON.every_s)
    await _fill(one, PERSON.burst)


async def test_an_address_may_fail_so_often_whoever_it_tries_to_be() -> None:
    one = Attempts(clock=now)
    for number in range(ADDRESS.burst):
        await _try(one, fails=True, person=f"p{number}")
    with pytest.raises(TooManyFailuresError):
        await _try(one, fails=False, person="another")
    with pytest.raises(TooManyFailuresError):
        await _try(one, fails=False, person="")
    await _try(one, fails=True, person="another", at="192.0.2.2")


async def test_successes_never_count() -> None:
    one = Attempts(clock=now)
    for _ in range(5 * ADDRESS.burst):
        await _try(one, fails=False)


async def test_a_crash_is_no_failure() -> None:
    one = Attempts(clock=now)
    for _ in range(PERSON.burst + 1):
        with pytest.raises(ZeroDivisionError):
            async with one.one_more(address=HERE, person="alice"):
                raise ZeroDivisionError


async def _guess(one: Attempts, asked: list[int], *, right: bool) -> bool:
    try:
        async with one.one_more(address=HERE, person="alice") as attempt:
            asked.append(1)
            await asyncio.sleep(1.0)
            if not right:
                attempt.failed()
    except TooManyFailuresError:
        return False
    return True


async def test_a_thousand_guesses_at_once_are_no_way_round() -> None:
    one, asked = Attempts(clock=now), list[int]()
    passed = await asyncio.gather(*(_guess(one, asked, right=False) for _ in range(1000)))
    assert len(asked) == sum(passed) == PERSON.burst


async def test_a_hundred_programs_that_know_the_password_are_only_slowed_down() -> None:
    one, asked = Attempts(clock=now), list[int]()
    passed = await asyncio.gather(*(_guess(one, asked, right=True) for _ in range(100)))
    assert all(passed)


async def test_who_stops_waiting_leaves_nothing_behind() -> None:
    one, asked = Attempts(clock=now), list[int]()
    tasks = [asyncio.create_task(_guess(one, asked, right=True)) for _ in range(30)]
    await settled()
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    assert all(await asyncio.gather(*(_guess(one, asked, right=True) for _ in range(10))))


async def test_many_names_cannot_make_it_forget_whom_they_attack() -> None:
    kept = 100
    one = Attempts(kept=kept, clock=now)
    await _fill(one, PERSON.burst)
    for number in range(20 * kept):
        await _try(
            one, fails=True, person=f"p{number}", at=f"198.51.{number // 250}.{number % 250}"
        )
        assert len(one) <= kept + 2
    with pytest.raises(TooManyFailuresError):
        await _try(one, fails=False)


def test_nobody_waits_shorter_than_the_provider_may_take() -> None:
    assert attempts.WAIT_S > 10  # identity/provider.py: TIMEOUT


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        pytest.param("192.0.2.1", [], "192.0.2.1", id="nobody between"),
        pytest.param("192.0.2.1", ["198.51.100.9"], "192.0.2.1", id="said by nobody we trust"),
        pytest.param("10.0.0.1", ["198.51.100.9"], "198.51.100.9", id="said by our proxy"),
        pytest.param(
            "10.0.0.1", ["203.0.113.5, 198.51.100.9"], "198.51.100.9", id="forged before our proxy"
        ),
        pytest.param(
            "10.0.0.1", ["203.0.113.5", "198.51.100.9"], "198.51.100.9", id="in two headers"
        ),
        pytest.param(
            "10.0.0.1", ["198.51.100.9, 10.0.0.2"], "198.51.100.9", id="two proxies of ours"
        ),
        pytest.param("10.0.0.1", [""], "10.0.0.1", id="our proxy says nothing"),
        pytest.param("10.0.0.1", ["garbage"], "10.0.0.1", id="our proxy says nonsense"),
        pytest.param("10.0.0.1", ["198.51.100.9:4711"], "10.0.0.1", id="with a port"),
        pytest.param("2001:db8::1", [], "2001:db8::/64", id="a household"),
        pytest.param("2001:db8::ffff:1", [], "2001:db8::/64", id="the same household"),
        pytest.param("::ffff:192.0.2.1", [], "192.0.2.1", id="the old in the new"),
        pytest.param("", [], "", id="a socket without address"),
    ],
)
def test_an_address(peer: str, forwarded: Sequence[str], expected: str) -> None:
    scope = {
        "type": "http",
        "client": (peer, 1) if peer else None,
        "headers": [(b"x-forwarded-for", value.encode()) for value in forwarded],
    }
    assert address(Request(scope), [ip_network("10.0.0.0/8")]) == expected
