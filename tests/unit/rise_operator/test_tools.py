"""What a failure becomes in a status, and which failures never get there."""

import pytest

from rise_crds.reasons import Reason
from rise_operator.engine.refusals import Away, Conflict, Forbidden, PolicyNotReady
from rise_operator.errors import Busy, InvalidSpec, NotOurs, NotReady, PolicyMissing, Unavailable
from rise_operator.tools import failure_of, is_passing


@pytest.mark.parametrize(
    ("error", "reason", "final", "says"),
    [
        pytest.param(
            NotOurs("it is theirs"),
            Reason.ACCESS_PENDING,
            True,
            "it is theirs",
            id="somebody else's object",
        ),
        pytest.param(
            PolicyMissing("missing: policy x"),
            Reason.POLICY_MISSING,
            False,
            "policy x",
            id="a policy is missing",
        ),
        pytest.param(
            NotReady("soon"), Reason.PROGRESSING, False, "soon", id="something is on its way"
        ),
        pytest.param(
            InvalidSpec("mend it"),
            Reason.INVALID_SPEC,
            True,
            "mend it",
            id="the spec cannot be read",
        ),
        pytest.param(
            Unavailable("no"),
            Reason.API_UNAVAILABLE,
            False,
            "it is tried again by itself",
            id="a dependency is down",
        ),
        pytest.param(
            Forbidden("no right"),
            Reason.API_UNAVAILABLE,
            False,
            "no right",
            id="a right is missing",
        ),
        pytest.param(
            KeyError("secret"), Reason.INTERNAL_ERROR, False, "KeyError", id="a defect of our own"
        ),
    ],
)
def test_a_failure(error: Exception, reason: Reason, *, final: bool, says: str) -> None:
    failure = failure_of(error)
    assert failure.reason is reason
    assert failure.final is final
    assert says in failure.message


def test_what_a_defect_says_stays_in_the_log() -> None:
    assert "hunter2" not in failure_of(ValueError("hunter2")).message


@pytest.mark.parametrize("error", [Unavailable("x"), Away("x"), Conflict("x"), PolicyNotReady("x")])
def test_what_may_be_over_by_the_next_try_is_told_only_when_it_lasts(error: Exception) -> None:
    assert [is_passing(error, failures) for failures in range(4)] == [True, True, False, False]


@pytest.mark.parametrize("error", [NotReady("x"), NotOurs("x"), InvalidSpec("x"), KeyError("x")])
def test_what_lasts_is_told_at_once(error: Exception) -> None:
    assert not is_passing(error, 0)


def test_who_waits_for_a_turn_is_told_only_when_that_takes_a_while() -> None:
    assert is_passing(Busy("x", 0.1), 99)
    assert not is_passing(Busy("x", 60.0), 0)
