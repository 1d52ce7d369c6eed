"""When a ServiceAccount's token is asked for again."""

import base64
import json

import pytest

from rise_local.accounts import lasts

DAY = 24 * 3600


def token(life_s: int) -> str:
    claims = json.dumps({"iat": 0, "exp": life_s}).encode()
    return f"h.{base64.urlsafe_b64encode(claims).decode().rstrip('=')}.s"


@pytest.mark.parametrize(
    ("life_s", "now", "expected"),
    [
        pytest.param(365 * DAY, 0, True, id="new"),
        pytest.param(365 * DAY, 357 * DAY, True, id="eight days left of a year"),
        pytest.param(365 * DAY, 359 * DAY, False, id="six days left of a year"),
        pytest.param(DAY, DAY // 4, True, id="a cluster that gives a day, in the morning"),
        pytest.param(DAY, 3 * DAY // 4, False, id="a cluster that gives a day, in the evening"),
    ],
)
def test_a_token_is_renewed_in_good_time(life_s: int, now: int, *, expected: bool) -> None:
    assert lasts(token(life_s), now) is expected
