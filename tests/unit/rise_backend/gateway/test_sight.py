"""What is out of somebody's sight, from the first moment of a backend on."""

import asyncio
from datetime import UTC, datetime

import pytest
from apiserver_script import Script, Scripted
from clockwork import ClockworkLoop

from rise_backend.errors import UnavailableError
from rise_backend.gateway.catalogue import Catalogue
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
