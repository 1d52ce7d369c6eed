"""What events tell of a Project in one reconcile, however it ends."""

from datetime import datetime
from types import SimpleNamespace
from typing import Any, cast

import make
import pytest
from projects import FACTS

from rise_operator.engine.refusals import Conflict
from rise_operator.project.facts import ProjectFacts
from rise_operator.project.registry_status import Pull
from rise_operator.project.status import Outcome
from rise_operator.project.subject import Subject
from rise_operator.tools import Tools

Body = dict[str, Any]


class _Around:
    """Everything outside the Project: somebody changes it after so many writes of ours."""

    def __init__(self, writes: int) -> None:
        self.writes = writes
        self.told: list[tuple[str, str]] = []
        self.tools = cast(
            "Tools",
            SimpleNamespace(cluster=self, mirror=self, events=self, facts=_facts, clock=_clock),
        )

    async def publish(self, _resource: object, body: Body, status: Body) -> Body:
        if not self.writes:
            raise Conflict("changed meanwhile", 409)
        self.writes -= 1
        return {**body, "status": status}

    def says(self, _body: Body) -> bool:
        return False

    async def write_project(self, *_: object) -> None:
        return None

    async def transition(self, before: Body, status: Body) -> None:
        pair = (_ready(before.get("status") or {}), _ready(status))
        if pair[0] != pair[1]:
            self.told.append(pair)


def _facts(_project: object) -> ProjectFacts:
    return FACTS


def _clock() -> datetime:
    return make.NOW


def _ready(status: Body) -> str:
    found = [each["reason"] for each in status.get("conditions", ()) if each["type"] == "Ready"]
    return next(iter(found), "")


def _subject() -> Subject:
    project = make.project(suspend=True)
    return Subject(project, project.model_dump(mode="json", by_alias=True, exclude={"status"}))


async def test_a_transition_is_told_once() -> None:
    around, subject = _Around(writes=2), _subject()
    await subject.announce(Pull(pending=True), around.tools)
    assert around.told == []
    await subject.publish(Outcome(pull=Pull()), around.tools)
    await subject.tell(around.tools)
    assert around.told == [("", "Suspended")]


async def test_what_was_announced_is_told_when_somebody_is_faster_then() -> None:
    around, subject = _Around(writes=1), _subject()
    await subject.announce(Pull(pending=True), around.tools)
    with pytest.raises(Conflict):
        await subject.publish(Outcome(pull=Pull()), around.tools)
    assert around.told == [("", "Suspended")]


async def test_what_was_refused_is_not_told() -> None:
    around, subject = _Around(writes=0), _subject()
    with pytest.raises(Conflict):
        await subject.publish(Outcome(pull=Pull()), around.tools)
    assert around.told == []
