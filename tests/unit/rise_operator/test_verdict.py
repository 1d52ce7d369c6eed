"""How single conditions make up the summary."""

from datetime import timedelta
from typing import Any

import make
import pytest

from rise_crds.conditions import READY
from rise_crds.reasons import Reason
from rise_operator.verdict import good, invalid, listed, progress, ready, stuck, trouble, waiting

FINE = good("A", Reason.RECONCILED, "fine")
WAIT = waiting("B", Reason.PROGRESSING, "soon")
WAIT_TOO = waiting("C", Reason.NAMESPACE_TERMINATING, "later")
STUCK = stuck("D", Reason.NAMESPACE_CONFLICT, "mend it")


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        pytest.param([], None, id="nothing"),
        pytest.param([FINE], None, id="all is fine"),
        pytest.param([FINE, WAIT, WAIT_TOO], WAIT, id="the first that waits"),
        pytest.param([WAIT, FINE, STUCK], STUCK, id="what somebody has to mend comes first"),
    ],
)
def test_trouble(verdicts: Any, expected: Any) -> None:
    assert trouble(verdicts) == expected


@pytest.mark.parametrize(
    ("problem", "types"),
    [
        pytest.param(None, [], id="no problem"),
        pytest.param(WAIT, ["Reconciling"], id="time mends it"),
        pytest.param(STUCK, ["Stalled"], id="somebody mends it"),
    ],
)
def test_progress(problem: Any, types: list[str]) -> None:
    shown = progress(problem)
    assert [each.type for each in shown] == types
    assert all(each.status == "True" for each in shown)


def test_ready_repeats_the_problem() -> None:
    assert ready(None, "fine") == good(READY, Reason.RECONCILED, "fine")
    assert ready(STUCK, "fine") == stuck(READY, Reason.NAMESPACE_CONFLICT, "mend it")


@pytest.mark.parametrize(
    ("names", "text"),
    [
        pytest.param([], "", id="none"),
        pytest.param(["b", "a"], "a, b", id="sorted"),
        pytest.param(list("jihgfedcba"), "a, b, c, d, e, f, g, h, i, j", id="ten"),
        pytest.param(list("kjihgfedcba"), "a, b, c, d, e, f, g, h, i, j and 1 more", id="eleven"),
    ],
)
def test_names_in_a_message_are_few(names: list[str], text: str) -> None:
    assert listed(names) == text


BODY: dict[str, Any] = {
    "metadata": {"name": "shop", "generation": 5},
    "status": {
        "observedGeneration": 4,
        "owner": "team:eng",
        "ownerTeamUid": "uid-of-eng",
        "conditions": [
            {
                "type": "Ready",
                "status": "True",
                "reason": "Reconciled",
                "message": "",
                "observedGeneration": 4,
                "lastTransitionTime": "2026-01-01T00:00:00Z",
            }
        ],
    },
}


def test_what_does_not_parse_is_stalled_and_keeps_its_record() -> None:
    published = invalid(BODY, "spec.colour: unknown field, remove it", make.NOW)
    assert {key: published[key] for key in ("observedGeneration", "owner", "ownerTeamUid")} == {
        "observedGeneration": 5,
        "owner": "team:eng",
        "ownerTeamUid": "uid-of-eng",
    }
    assert [(each["type"], each["status"], each["reason"]) for each in published["conditions"]] == [
        ("Ready", "False", "InvalidSpec"),
        ("Stalled", "True", "InvalidSpec"),
    ]
    assert {each["message"] for each in published["conditions"]} == {
        "spec.colour: unknown field, remove it"
    }


def test_what_does_not_parse_is_published_once() -> None:
    first = invalid(BODY, "wrong", make.NOW)
    later = make.NOW + timedelta(days=1)
    assert invalid(BODY | {"status": first}, "wrong", later) == first


def test_what_never_had_a_status_gets_one() -> None:
    published = invalid({"metadata": {"generation": 1}}, "wrong", make.NOW)
    assert published["observedGeneration"] == 1
    assert len(published["conditions"]) == 2
