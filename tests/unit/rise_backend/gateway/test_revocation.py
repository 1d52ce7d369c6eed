"""How soon a stream ends whose reader has lost the right to it, by a clock that jumps."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from apiserver_script import Script, Scripted, Whole, answered
from clockwork import ClockworkLoop, now

from rise_backend.gateway.asked import Asked
from rise_backend.gateway.catalogue import Catalogue
from rise_backend.gateway.reviews import Reviews
from rise_backend.gateway.revocation import ASKED_A_SECOND, UNANSWERED_S, Revocations
from rise_backend.gateway.upstream import Caller
from rise_backend.gateway.visibility import Visibility
from rise_backend.identity.identity import Identity

ADA = Caller(Identity("ada", "rise:ada", ("rise:users",), "u-ada", datetime.now(UTC)), "")
CHANGE_S = 100.0
NEVER_S = 1e9
LONG_S = 1000.0
COUNTED_S = 50.0
PROJECT = Asked("watch", "rise.dev", "projects", name="shop")
TEAM = Asked("watch", "rise.dev", "teams", name="core")
SERVICES = Asked("watch", "", "services", namespace="rise-shop")
EVERYWHERE = Asked("watch", "", "services")


class ApiServer(Scripted):
    """Holds a team's project; ada's roles stand until `until`, whatever the team says."""

    def __init__(self, until: float) -> None:
        """Begin with ada in the team."""
        self.script = Script()
        super().__init__(self.script)
        self.questions = 0
        self.silent_from = NEVER_S
        self._until = until
        self.has("ada")
        self.script.put("projects", "shop", {"spec": {"owner": {"team": "core"}}}, {})

    def has(self, person: str) -> None:
        """Make somebody the only person of the team."""
        self.script.put("teams", "core", {"spec": {"owners": [person]}}, {})

    def as_person(self, *_: Any, **__: Any) -> Any:
        """Answer whether ada may."""
        self.questions += 1
        if now() >= self.silent_from:
            return answered(Whole(b"", status=503))
        allowed = b"true" if now() < self._until else b"false"
        return answered(Whole(b'{"status":{"allowed":%s}}' % allowed, status=201))


async def _after_s(api_server: ApiServer, asked: Asked, change: Callable[[], None]) -> float:
    """Return how long after `change` a stream of ada's ends."""
    catalogue = Catalogue(Visibility(), api_server)
    running = asyncio.create_task(catalogue.run())
    assert await catalogue.ready(1)
    asyncio.get_running_loop().call_at(CHANGE_S, change)
    try:
        async with asyncio.timeout_at(CHANGE_S + LONG_S):
            await Revocations(catalogue, Reviews(api_server)).lost(ADA, asked)
    finally:
        running.cancel()
    return now() - CHANGE_S


def _run(api_server: ApiServer, asked: Asked, change: Callable[[], None]) -> float:
    with asyncio.Runner(loop_factory=ClockworkLoop) as runner:
        return runner.run(_after_s(api_server, asked, change))


@pytest.mark.parametrize("asked", [PROJECT, TEAM, SERVICES], ids=lambda asked: asked.resource)
def test_what_is_out_of_sight_ends_at_once_also_while_roles_stand(asked: Asked) -> None:
    api_server = ApiServer(NEVER_S)
    assert 0 <= _run(api_server, asked, partial(api_server.has, "bea")) < 0.1


@pytest.mark.parametrize("asked", [SERVICES, EVERYWHERE], ids=["a namespace", "everywhere"])
def test_a_role_that_is_taken_is_noticed_within_a_second(asked: Asked) -> None:
    assert 0 <= _run(ApiServer(CHANGE_S), asked, lambda: None) <= 1


@pytest.mark.parametrize("asked", [PROJECT, TEAM, SERVICES, EVERYWHERE])
def test_who_keeps_the_right_keeps_the_stream(asked: Asked) -> None:
    api_server = ApiServer(NEVER_S)
    with pytest.raises(TimeoutError):
        _run(
            api_server,
            asked,
            partial(
                api_server.script.put, "projects", "own", {"spec": {"owner": {"user": "ada"}}}, {}
            ),
        )


def test_a_right_that_nobody_knows_is_none_in_the_end() -> None:
    api_server = ApiServer(NEVER_S)
    api_server.silent_from = CHANGE_S
    ends = _run(api_server, EVERYWHERE, lambda: None)
    assert UNANSWERED_S - 1 <= ends <= UNANSWERED_S + 1


async def _questions_a_second(streams: int) -> float:
    api_server = ApiServer(NEVER_S)
    catalogue = Catalogue(Visibility(), api_server)
    running = asyncio.create_task(catalogue.run())
    assert await catalogue.ready(1)
    revocations = Revocations(catalogue, Reviews(api_server))
    watched = [Asked("watch", "", f"kind{number}") for number in range(streams)]
    open_ones = [asyncio.create_task(revocations.lost(ADA, each)) for each in watched]
    await asyncio.sleep(CHANGE_S)
    before = api_server.questions
    await asyncio.sleep(COUNTED_S)
    for each in (running, *open_ones):
        each.cancel()
    return (api_server.questions - before) / COUNTED_S


@pytest.mark.parametrize(("streams", "at_most"), [(1, 2), (100, ASKED_A_SECOND + 1), (500, 51)])
def test_many_streams_ask_more_seldom(streams: int, at_most: float) -> None:
    with asyncio.Runner(loop_factory=ClockworkLoop) as runner:
        assert 0 < runner.run(_questions_a_second(streams)) <= at_most
