"""Which error follows from which answer of the API server."""

from typing import Any

import pytest

from rise_operator.engine.refusals import (
    ApiError,
    Away,
    Conflict,
    Forbidden,
    Gone,
    Invalid,
    NotFound,
    PolicyNotReady,
    refusal,
)
from rise_operator.errors import Unavailable


def _causes(*reasons: str) -> dict[str, Any]:
    return {"message": "refused", "details": {"causes": [{"reason": each} for each in reasons]}}


PARAMETERS = (
    "policy 'projects.live-membership.rise.dev' with binding 'projects.live-membership.rise.dev' "
    "denied request: failed to configure binding: failed to find resource referenced by paramKind: "
    "'rise.dev/v1alpha1, Kind=Team'"
)


@pytest.mark.parametrize(
    ("status", "answer", "error"),
    [
        pytest.param(400, {"message": "bad"}, Invalid, id="400: what was sent is wrong"),
        pytest.param(401, {"message": "who?"}, Forbidden, id="401: the token has ended"),
        pytest.param(403, {"message": "no"}, Forbidden, id="403: RBAC or a policy says no"),
        pytest.param(404, {"message": "none"}, NotFound, id="404: there is none"),
        pytest.param(405, {"message": "no"}, Invalid, id="405: any other 4xx"),
        pytest.param(409, {"message": "newer"}, Conflict, id="409: somebody was faster"),
        pytest.param(410, {"message": "old"}, Gone, id="410: the version is no longer kept"),
        pytest.param(422, {"message": "bad"}, Invalid, id="422: a field is wrong"),
        pytest.param(429, {"message": "busy"}, Away, id="429: too many requests"),
        pytest.param(500, {"message": "oh"}, Away, id="500: an error of the server's"),
        pytest.param(503, "starting", Away, id="503: not JSON"),
        pytest.param(504, {"message": "etcd"}, Away, id="504: etcd does not answer"),
        pytest.param(
            422, {"message": PARAMETERS}, PolicyNotReady, id="a policy's parameters are not loaded"
        ),
        pytest.param(403, {"message": PARAMETERS}, PolicyNotReady, id="the same as a 403"),
        pytest.param(
            403,
            {"message": "not yet ready to handle request"},
            PolicyNotReady,
            id="admission has only just started",
        ),
        pytest.param(
            504,
            _causes("ResourceVersionTooLarge"),
            Gone,
            id="a version that the server has not reached: restored from a backup",
        ),
    ],
)
def test_refusals(status: int, answer: Any, error: type[ApiError]) -> None:
    found = refusal(status, answer)
    assert type(found) is error
    assert found.status == status
    assert isinstance(found, Unavailable), "every refusal is tried again"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        pytest.param({"message": "the server rejected our request"}, Conflict, id="the test"),
        pytest.param(_causes("FieldValueInvalid"), Invalid, id="a field, whatever the test said"),
    ],
)
def test_a_json_patch_that_is_refused(answer: dict[str, Any], error: type[ApiError]) -> None:
    assert type(refusal(422, answer, tested=True)) is error
    assert type(refusal(422, answer)) is Invalid


def test_the_reasons_of_causes_are_kept() -> None:
    found = refusal(403, _causes("NamespaceTerminating", "Other"))
    assert found.causes == {"NamespaceTerminating", "Other"}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        pytest.param({"message": "it is so"}, "it is so", id="the server's message"),
        pytest.param("plain text", "plain text", id="plain text"),
        pytest.param({}, "HTTP 418", id="an empty object"),
        pytest.param(None, "HTTP 418", id="nothing"),
        pytest.param([1, 2], "[1, 2]", id="JSON of another shape"),
        pytest.param({"message": "x", "details": None}, "x", id="details are null"),
        pytest.param({"message": "x", "details": {"causes": None}}, "x", id="causes are null"),
    ],
)
def test_what_a_refusal_says(answer: Any, said: str) -> None:
    assert str(refusal(418, answer)) == said
