"""The provider's keys: fetched once for everybody, and kept while it is away."""

import asyncio
from typing import Any

import pytest
import tokens

from rise_backend.errors import UnavailableError
from rise_backend.identity.keys import Keys, usable_keys


class World:
    """A provider, and the time, both in the test's hands."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.keys = tokens.key_set(tokens.jwk(tokens.rsa_key(), "a"))
        self.away = False
        self.fetched = 0
        self.slow = asyncio.Event()
        self.slow.set()

    async def fetch(self) -> dict[str, Any]:
        self.fetched += 1
        await self.slow.wait()
        if self.away:
            raise UnavailableError("away")
        return self.keys

    def rotate(self) -> None:
        self.keys = tokens.key_set(tokens.jwk(tokens.rsa_key("two"), "b"), *self.keys["keys"])


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def keys(world: World) -> Keys:
    return Keys(world.fetch, clock=lambda: world.now)


async def test_a_known_key_is_fetched_once(world: World, keys: Keys) -> None:
    assert await keys.get("a") is await keys.get("a")
    assert world.fetched == 1


async def test_everybody_waits_for_one_fetch(world: World, keys: Keys) -> None:
    world.slow.clear()
    waiting = [asyncio.create_task(keys.get("a")) for _ in range(20)]
    await asyncio.sleep(0)
    world.slow.set()
    assert all(await asyncio.gather(*waiting))
    assert world.fetched == 1


async def test_who_gives_up_does_not_end_the_others_fetch(world: World, keys: Keys) -> None:
    world.slow.clear()
    impatient = asyncio.create_task(keys.get("a"))
    patient = asyncio.create_task(keys.get("a"))
    await asyncio.sleep(0)
    impatient.cancel()
    await asyncio.sleep(0)
    world.slow.set()
    assert await patient
    assert world.fetched == 1


async def test_a_new_key_is_fetched_at_once(world: World, keys: Keys) -> None:
    await keys.get("a")
    world.now += 6
    world.rotate()
    assert await keys.get("b")


async def test_unknown_keys_cost_one_fetch_in_five_seconds(world: World, keys: Keys) -> None:
    await keys.get("a")
    world.now += 6
    for _ in range(10):
        assert await keys.get("bogus") is None
    assert world.fetched == 2
    world.now += 6
    assert await keys.get("bogus") is None
    assert world.fetched == 3


async def test_old_keys_are_used_while_new_ones_come(world: World, keys: Keys) -> None:
    await keys.get("a")
    world.now += 301
    world.slow.clear()
    assert await keys.get("a")
    await asyncio.sleep(0)
    assert world.fetched == 2
    await keys.close()


async def test_sessions_go_on_while_the_provider_is_away(world: World, keys: Keys) -> None:
    await keys.get("a")
    world.away = True
    world.now += 3500
    assert await keys.get("a")
    assert await keys.get("bogus") is None
    assert await keys.get("a")


async def test_after_an_hour_nobody_is_believed(world: World, keys: Keys) -> None:
    await keys.get("a")
    world.away = True
    world.now += 3601
    with pytest.raises(UnavailableError, match="identity provider does not answer"):
        await keys.get("a")


async def test_without_any_key_it_says_so_and_heals(world: World, keys: Keys) -> None:
    world.away = True
    with pytest.raises(UnavailableError):
        await keys.get("a")
    assert not keys.usable
    world.away = False
    with pytest.raises(UnavailableError):
        await keys.get("a")
    assert world.fetched == 1
    world.now += 6
    assert await keys.get("a")
    assert keys.usable


def test_only_signing_keys_are_kept() -> None:
    rsa = tokens.jwk(tokens.rsa_key(), "rsa")
    document = tokens.key_set(
        rsa,
        tokens.jwk(tokens.ec_key(), "ec"),
        {**rsa, "kid": "encryption", "use": "enc"},
        {**rsa, "kid": "another algorithm", "alg": "PS256"},
        {**rsa, "kid": 7},
        {**rsa, "kid": "private", "d": "secret"},
        {"kty": "oct", "kid": "shared", "use": "sig", "k": "c2VjcmV0"},
        {"kty": "RSA", "kid": "broken", "use": "sig", "alg": "RS256"},
    )
    document["keys"].append("not even an object")
    assert sorted(usable_keys(document)) == ["ec", "rsa"]
