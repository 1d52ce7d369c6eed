"""Which credentials a registry keeps that no project names, and which of all ends first."""

import math
from datetime import UTC, datetime
from typing import Any

import pytest

from rise_operator.credentials.expiry import soonest
from rise_operator.credentials.inventory import strays
from rise_registry.contract import Issued


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
