"""What somebody knows at a resourceVersion, and the difference to what is true now."""

import json
from dataclasses import replace

import msgspec
import pytest

from rise_backend.gateway.objects import Entry, Row, project_entry
from rise_backend.gateway.told import Question, Told
from rise_backend.gateway.watches import difference

QUESTION = Question("projects", ("alice",), "", "")


def entry(name: str = "shop", version: int = 1, uid: str = "u") -> Entry:
    metadata = {"name": name, "uid": uid, "resourceVersion": str(version)}
    raw = json.dumps({"metadata": metadata, "spec": {"owner": {"user": "a"}}}).encode()
    return project_entry(Row(cells=[name], object=msgspec.Raw(raw)))


def test_what_was_told_is_remembered() -> None:
    memory = Told()
    memory.remember(QUESTION, 5, {"shop": entry()})
    assert memory.recall(QUESTION, 5) == {"shop": entry()}
    assert memory.recall(QUESTION, 6) is None
    assert memory.recall(replace(QUESTION, person=("bob",)), 5) is None
    assert memory.recall(replace(QUESTION, labels="a=b"), 5) is None


def test_when_two_know_differently_both_are_told_again() -> None:
    memory = Told()
    memory.remember(QUESTION, 5, {"a": entry("a"), "b": entry("b", 1), "same": entry("same")})
    memory.remember(QUESTION, 5, {"b": entry("b", 2), "same": entry("same")})
    known = memory.recall(QUESTION, 5)
    assert known is not None
    assert {name: one.version for name, one in known.items()} == {"a": -1, "b": -1, "same": 1}


def test_the_oldest_are_forgotten_first() -> None:
    memory = Told(kept=2)
    for version in (1, 2, 3):
        memory.remember(QUESTION, version, {"shop": entry()})
    assert [memory.recall(QUESTION, version) is None for version in (1, 2, 3)] == [
        True,
        False,
        False,
    ]


def test_one_large_answer_is_kept() -> None:
    memory = Told(kept_names=1)
    memory.remember(QUESTION, 1, {"a": entry("a")})
    memory.remember(QUESTION, 2, {"a": entry("a"), "b": entry("b")})
    assert memory.recall(QUESTION, 1) is None
    assert memory.recall(QUESTION, 2) is not None


@pytest.mark.parametrize(
    ("before", "after", "events"),
    [
        pytest.param(None, None, [], id="never seen"),
        pytest.param(None, entry(), ["ADDED 1"], id="new"),
        pytest.param(entry(), entry(), [], id="the same"),
        pytest.param(entry(), entry(version=2), ["MODIFIED 2"], id="changed"),
        pytest.param(entry(), None, ["DELETED 9"], id="gone"),
        pytest.param(entry(), entry(version=3, uid="v"), ["DELETED 3", "ADDED 3"], id="made anew"),
    ],
)
def test_the_difference(before: Entry | None, after: Entry | None, events: list[str]) -> None:
    told_now = difference(before, after, 9)
    assert [f"{event.type} {event.entry.version}" for event in told_now] == events


def test_who_may_no_longer_see_it_gets_the_state_they_knew() -> None:
    (event,) = difference(entry(version=3), None, 9)
    assert json.loads(event.entry.raw)["metadata"]["resourceVersion"] == "9"
    assert json.loads(event.entry.partial)["metadata"]["resourceVersion"] == "9"
    assert json.loads(event.entry.raw)["spec"] == {"owner": {"user": "a"}}
