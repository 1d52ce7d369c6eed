"""One token, in one header, as one person sends it."""

import pytest

from rise_backend.errors import InvalidTokenError
from rise_backend.identity.bearer import bearer_token


@pytest.mark.parametrize("scheme", [b"Bearer", b"bearer", b"BEARER"])
def test_a_bearer_token(scheme: bytes) -> None:
    assert bearer_token([(b"host", b"x"), (b"authorization", scheme + b" a.b-_.c")]) == "a.b-_.c"


@pytest.mark.parametrize(
    "values",
    [
        pytest.param([], id="none"),
        pytest.param([b"Bearer a.b.c", b"Bearer a.b.c"], id="two"),
        pytest.param([b""], id="empty"),
        pytest.param([b"Bearer"], id="no token"),
        pytest.param([b"Bearer "], id="an empty token"),
        pytest.param([b"Basic a.b.c"], id="another scheme"),
        pytest.param([b"a.b.c"], id="no scheme"),
        pytest.param([b"Bearer a.b"], id="two segments"),
        pytest.param([b"Bearer a.b.c.d"], id="four segments"),
        pytest.param([b"Bearer a..c"], id="an empty segment"),
        pytest.param([b"Bearer .b.c"], id="an empty first segment"),
        pytest.param([b"Bearer a.b."], id="an empty last segment"),
        pytest.param([b"Bearer a.b.c, Bearer a.b.c"], id="two in one"),
        pytest.param([b"Bearer a.b.c\xc3\xa4"], id="not ASCII"),
        pytest.param([b"Bearer a." + b"b" * 16384 + b".c"], id="more than 16 KiB"),
    ],
)
def test_what_is_refused(values: list[bytes]) -> None:
    with pytest.raises(InvalidTokenError):
        bearer_token([(b"authorization", value) for value in values])
