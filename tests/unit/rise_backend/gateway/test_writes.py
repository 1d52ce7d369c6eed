"""Which refusals of the API server are worth waiting for."""

import pytest

from rise_backend.gateway.relay import Answer
from rise_backend.gateway.writes import policies_starting

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
