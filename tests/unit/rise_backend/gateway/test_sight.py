"""What is out of somebody's sight, from the first moment of a backend on."""

import asyncio
from datetime import UTC, datetime

import pytest
from apiserver_script import Script, Scripted
from clockwork import ClockworkLoop, settled

from rise_backend.errors import UnavailableError
from rise_backend.gateway import reflector
from rise_backend.gateway.catalogue import Catalogue
from rise_backend.gateway.lists import RefusedError
from rise_backend.gateway.reviews import Reviews
from rise_backend.gateway.sight import Sight
from rise_backend.gateway.upstream import Caller
from rise_backend.gateway.visibility import Visibility
from rise_backend.identity.identity import Identity

ADA = Caller(Identity("ada", "rise:ada", ("rise:users",), "u-ada", datetime.now(UTC)), "")


async def _lacks_while_it_starts(owner: str) -> bool:
    """Ask before the backend has read anything, then let it."""
    script = Script()
    script.put("teams", "core", {"spec": {"owners": [owner]}}, {})
    script.put("projects", "shop", {"spec": {"owner": {"team": "core"}}}, {})
    upstream = Scripted(script)
    catalogue = Catalogue(Visibility(), upstream)
    sight = Sight(catalogue, Reviews(upstream))
    asked = asyncio.create_task(sight.lacks(ADA, "projects", "shop"))
    await asyncio.sleep(1)
    assert not asked.done()
    running = asyncio.create_task(catalogue.run())
    try:
        return await asked
    finally:
        running.cancel()


@pytest.mark.parametrize(
    ("owner", "lacks"),
    [
        pytest.param("ada", False, id="a member waits"),
        pytest.param("bea", True, id="somebody who has left is not let through meanwhile"),
    ],
)
def test_who_sees_what_is_known_before_anybody_reads(owner: str, *, lacks: bool) -> None:
    with asyncio.Runner(loop_factory=ClockworkLoop) as runner:
        assert runner.run(_lacks_while_it_starts(owner)) is lacks


async def _asked_of_nothing() -> None:
    upstream = Scripted(Script())
    await Sight(Catalogue(Visibility(), upstream), Reviews(upstream)).lacks(ADA, "projects", "shop")


def test_what_stays_unknown_is_no_yes() -> None:
    with asyncio.Runner(loop_factory=ClockworkLoop) as runner, pytest.raises(UnavailableError):
        runner.run(_asked_of_nothing())


async def _checked_without_contact(owner: str) -> None:
    """Ask about a project's namespace when its team changed while the watch had broken off."""
    script = Script()
    script.put("teams", "core", {"spec": {"owners": ["ada"]}}, {})
    script.put("projects", "shop", {"spec": {"owner": {"team": "core"}}}, {})
    upstream = Scripted(script)
    catalogue = Catalogue(Visibility(), upstream)
    sight = Sight(catalogue, Reviews(upstream))
    running = asyncio.create_task(catalogue.run())
    try:
        assert await catalogue.ready(1)
        await settled()
        script.forget("teams")
        script.put("teams", "core", {"spec": {"owners": [owner]}}, {})
        script.end("teams", "broken off")
        await settled()
        assert not catalogue.usable
        pods = "/api/v1/namespaces/rise-shop/pods"
        await sight.check(ADA, "GET", pods, {}, watch=False)
    finally:
        running.cancel()


def test_what_may_be_out_of_date_lets_nobody_into_a_namespace(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reflector, "TOLERATED_S", -1.0)
    with asyncio.Runner(loop_factory=ClockworkLoop) as runner:
        runner.run(_checked_without_contact("ada"))
        with pytest.raises(RefusedError):
            runner.run(_checked_without_contact("bea"))
