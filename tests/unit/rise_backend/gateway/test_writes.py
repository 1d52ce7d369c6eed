"""How long a write is waited for: until its effect is there, and no longer than it helps."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from apiserver_script import Script, Scripted, Whole, answered
from clockwork import ClockworkLoop, now

from rise_backend.gateway.catalogue import KINDS, Catalogue
from rise_backend.gateway.relay import Answer
from rise_backend.gateway.reviews import Reviews
from rise_backend.gateway.sight import Sight
from rise_backend.gateway.upstream import Caller
from rise_backend.gateway.visibility import Visibility
from rise_backend.gateway.writes import POLICY_S, Write, Writes, policies_starting
from rise_backend.identity.identity import Identity

ADA = Caller(Identity("ada", "rise:ada", ("rise:users",), "u-ada", datetime.now(UTC)), "")
PROJECTS = "/apis/rise.dev/v1alpha1/projects"
CREATE = Write("POST", PROJECTS, KINDS["projects"], body=b"{}")
NEVER_S = 1e9

PARAMETERS = (
    b"denied request: failed to configure binding: failed to find resource referenced by "
    b"paramKind: 'rise.dev/v1alpha1, Kind=Team'"
)


@pytest.mark.parametrize(
    ("code", "said", "starting"),
    [
        pytest.param(403, PARAMETERS, True, id="the parameters' kind is not known yet"),
        pytest.param(
            403,
            b"paramKind kind `rise.dev/v1alpha1, Kind=Team` not yet synced to use for admission",
            True,
            id="the parameters are not read yet",
        ),
        pytest.param(403, b"not yet ready to handle request", True, id="nothing is read yet"),
        pytest.param(422, PARAMETERS, True, id="refused as invalid"),
        pytest.param(403, b"it belongs to bob", False, id="a rule says no"),
        pytest.param(201, PARAMETERS, False, id="an object that says so in its description"),
    ],
)
def test_a_server_that_is_starting_is_told_from_one_that_refuses(
    code: int, said: bytes, *, starting: bool
) -> None:
    assert policies_starting(Answer(code, [], said)) is starting


class ApiServer(Scripted):
    """Makes what ada asks for from `ready_at` on; from `granted_at` on she may use it."""

    def __init__(self, granted_at: float, ready_at: float = 0.0) -> None:
        """Begin at second 0."""
        self.script = Script()
        super().__init__(self.script)
        self._granted_at = granted_at
        self._ready_at = ready_at

    def as_person(self, _caller: Any, method: str, target: str, **_: Any) -> Any:
        """Create, or answer what was created."""
        if method == "POST" and now() < self._ready_at:
            return answered(Whole(PARAMETERS, 403))
        if method == "POST":
            self.script.put("projects", "shop", {"spec": {"owner": {"user": "ada"}}}, {})
            made = json.dumps(self.script.objects["projects"]["shop"]).encode()
            return answered(Whole(made, 201))
        assert target == f"{PROJECTS}/shop"
        return answered(Whole(b"{}", 200 if now() >= self._granted_at else 403))


async def _created(api_server: ApiServer) -> tuple[int, float]:
    """Return the answer to a creation, and after how many seconds it came."""
    catalogue = Catalogue(Visibility(), api_server)
    sight = Sight(catalogue, Reviews(api_server))
    running = asyncio.create_task(catalogue.run())
    assert await catalogue.ready(1)
    began = now()
    answer = await Writes(api_server, catalogue, sight).answer(ADA, CREATE)
    running.cancel()
    return answer.code, now() - began


@pytest.mark.parametrize(
    ("granted_at", "least_s", "most_s"),
    [
        pytest.param(0.0, 0.0, 0.1, id="at once"),
        pytest.param(2.0, 2.0, 2.5, id="when the role is there"),
        pytest.param(NEVER_S, 5.0, 5.5, id="after five seconds, whatever the operator does"),
    ],
)
def test_a_creation_is_answered_when_its_creator_may_go_on(
    granted_at: float, least_s: float, most_s: float
) -> None:
    with asyncio.Runner(loop_factory=ClockworkLoop) as runner:
        code, after_s = runner.run(_created(ApiServer(granted_at)))
    assert code == 201
    assert least_s <= after_s <= most_s


@pytest.mark.parametrize(
    ("ready_at", "code", "least_s", "most_s"),
    [
        pytest.param(10.0, 201, 10.0, 11.0, id="they are there at last"),
        pytest.param(NEVER_S, 403, POLICY_S, POLICY_S + 1.0, id="they are never"),
    ],
)
def test_policies_that_are_starting_are_waited_for(
    ready_at: float, code: int, least_s: float, most_s: float
) -> None:
    with asyncio.Runner(loop_factory=ClockworkLoop) as runner:
        answered, after_s = runner.run(_created(ApiServer(0.0, ready_at)))
    assert answered == code
    assert least_s <= after_s <= most_s
