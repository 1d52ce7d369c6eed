"""Which credentials a registry keeps that no project names, and which of all ends first."""

import asyncio
import math
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from rise_operator.credentials.expiry import soonest
from rise_operator.credentials.inventory import Inventory, strays
from rise_operator.credentials.registries import Registry
from rise_operator.engine.metrics import Metrics
from rise_operator.tools import Tools
from rise_registry.configuration import RegistryConfiguration
from rise_registry.contract import Issued, RegistryError, RegistryProvider

CONFIGURATION = RegistryConfiguration(
    name="odd", provider="distribution", url="https://registry.test"
)


def _project(uid: str, *ids: str, leaving: bool = False, **status: Any) -> dict[str, Any]:
    metadata = {"name": uid, "uid": uid}
    credentials = [{"id": each} for each in ids]
    return {
        "metadata": metadata | ({"deletionTimestamp": "2026-01-02T00:00:00Z"} if leaving else {}),
        "spec": {},
        "status": {"registry": {"credentials": credentials, **status}},
    }


def _issued(uid: str, id_: str) -> Issued:
    return Issued(uid, id_, None)


@pytest.mark.parametrize(
    ("issued", "projects", "expected"),
    [
        pytest.param([], [_project("a", "1")], set(), id="the registry keeps none"),
        pytest.param(
            [_issued("a", "2"), _issued("a", "1")],
            [_project("a", "2", "1")],
            set(),
            id="the newest and the one before it",
        ),
        pytest.param(
            [_issued("a", "1"), _issued("a", "9")],
            [_project("a", "1")],
            {("a", "9")},
            id="forgotten between mint and status",
        ),
        pytest.param([_issued("b", "1")], [_project("a", "1")], {("b", "1")}, id="nobody's"),
        pytest.param(
            [_issued("a", "1")], [_project("a", leaving=True)], set(), id="it ends its own"
        ),
        pytest.param(
            [_issued("a", "1")],
            [{"metadata": {"name": "a", "uid": "a"}, "spec": {}}],
            {("a", "1")},
            id="a project without a status",
        ),
    ],
)
def test_strays(
    issued: list[Issued], projects: list[dict[str, Any]], expected: set[tuple[str, str]]
) -> None:
    assert strays(issued, projects) == expected


def test_the_first_to_end_of_each_registry() -> None:
    projects = [
        _project("a", expiresAt="2026-01-02T00:00:00Z"),
        _project("b", expiresAt="2026-01-01T00:00:00Z"),
        _project("c"),
    ]
    projects[1]["spec"] = {"registry": "other"}
    assert soonest(projects, "local", "local") == datetime(2026, 1, 2, tzinfo=UTC).timestamp()
    assert soonest(projects, "other", "local") == datetime(2026, 1, 1, tzinfo=UTC).timestamp()
    assert math.isnan(soonest(projects, "third", "local"))


class Odd:
    """A provider of somebody else's that answers `listed`, or fails with it."""

    def __init__(self, listed: object) -> None:
        self.listed = listed
        self.asked = 0

    async def inventory(self) -> Any:
        self.asked += 1
        if isinstance(self.listed, BaseException):
            raise self.listed
        return self.listed


@pytest.mark.parametrize(
    "listed",
    [
        pytest.param(None, id="nothing"),
        pytest.param(["a"], id="strings"),
        pytest.param(KeyError("x"), id="a defect"),
        pytest.param(RegistryError("no"), id="a refusal"),
    ],
)
async def test_a_provider_that_talks_nonsense_ends_nothing_and_is_asked_again(
    listed: object,
) -> None:
    metrics, odd = Metrics(), Odd(listed)
    registry = Registry(CONFIGURATION, cast("RegistryProvider", odd), metrics)
    tools = SimpleNamespace(
        registries={"odd": registry}, cluster=SimpleNamespace(projects=[]), secrets=None
    )

    async def had(uid: str) -> str:
        return pytest.fail(f"somebody would end the credentials of {uid}")

    def wake(kind: str, name: str) -> None:
        pytest.fail(f"{kind} {name} would be woken")

    inventory = Inventory(cast("Tools", tools), had, wake, metrics)
    running = asyncio.create_task(inventory.run(0.001))
    async with asyncio.timeout(60):
        while odd.asked < 3:
            assert not running.done(), "one registry ends the inventory of all"
            await asyncio.sleep(0.001)
    running.cancel()
    await asyncio.wait({running})
