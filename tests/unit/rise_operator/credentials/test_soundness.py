"""What a provider says it made is looked at before any Secret holds it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rise_operator.credentials.soundness import complaint
from rise_registry.contract import Action, Credential

NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)
ID, PLACE = "0123456789abcdef", "registry.test/shop"
SOUND = Credential(
    id=ID,
    registry="registry.test",
    username="robot+shop",
    password="hunter2",
    repositories=(PLACE,),
    actions=frozenset({Action.PULL}),
    issued_at=NOW,
    expires_at=NOW + timedelta(hours=1),
)


@pytest.mark.parametrize(
    "differs",
    [
        pytest.param({}, id="as asked for"),
        pytest.param({"expires_at": None}, id="without an end"),
        pytest.param({"repositories": (PLACE, f"{PLACE}/web")}, id="and what is below"),
        pytest.param(
            {"issued_at": NOW + timedelta(minutes=2), "expires_at": NOW + timedelta(minutes=12)},
            id="by a clock two minutes ahead",
        ),
    ],
)
def test_what_is_taken(differs: dict[str, Any]) -> None:
    assert complaint(replace(SOUND, **differs), ID, PLACE, NOW) == ""


@pytest.mark.parametrize(
    ("differs", "says"),
    [
        pytest.param({"id": "another"}, "id", id="another id"),
        pytest.param({"actions": frozenset(Action)}, "than pull", id="may push"),
        pytest.param({"actions": frozenset[Action]()}, "than pull", id="may nothing"),
        pytest.param({"repositories": ()}, "alone", id="for nothing in particular"),
        pytest.param({"repositories": ("registry.test",)}, "alone", id="for everything"),
        pytest.param({"repositories": (f"{PLACE}2",)}, "alone", id="for a name that begins so"),
        pytest.param({"repositories": (PLACE, "registry.test/a")}, "alone", id="for another too"),
        pytest.param({"registry": ""}, "empty", id="no registry"),
        pytest.param({"username": ""}, "empty", id="no username"),
        pytest.param({"password": ""}, "empty", id="no password"),
        pytest.param({"username": "a:b"}, "colon", id="a colon"),
        pytest.param({"expires_at": NOW}, "clocks", id="ends now"),
        pytest.param({"expires_at": NOW - timedelta(days=1)}, "clocks", id="ended yesterday"),
        pytest.param(
            {"issued_at": NOW + timedelta(hours=2)}, "clocks", id="begins after its own end"
        ),
        pytest.param(
            {"expires_at": (NOW + timedelta(hours=1)).replace(tzinfo=None)}, "zone", id="no zone"
        ),
    ],
)
def test_what_is_refused(differs: dict[str, Any], says: str) -> None:
    said = complaint(replace(SOUND, **differs), ID, PLACE, NOW)
    assert says in said
    assert SOUND.password not in said
