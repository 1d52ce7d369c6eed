"""What the provider says of itself, and what of it is believed."""

from typing import Any

import pytest

from rise_backend.errors import UnavailableError
from rise_backend.identity.provider import Endpoints, endpoints

ISSUER = "https://dex.test:5556"
DOCUMENT = {
    "issuer": ISSUER,
    "jwks_uri": f"{ISSUER}/keys",
    "token_endpoint": f"{ISSUER}/token",
}


def test_its_own_endpoints() -> None:
    assert endpoints(ISSUER, DOCUMENT) == Endpoints(f"{ISSUER}/keys", f"{ISSUER}/token")


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"issuer": ISSUER + "/"}, id="an issuer with a slash more"),
        pytest.param({"issuer": "https://elsewhere.test"}, id="another issuer"),
        pytest.param({"issuer": None}, id="no issuer"),
        pytest.param({"jwks_uri": "https://elsewhere.test/keys"}, id="keys on another host"),
        pytest.param({"jwks_uri": "https://dex.test/keys"}, id="keys on another port"),
        pytest.param({"jwks_uri": "http://dex.test:5556/keys"}, id="keys without TLS"),
        pytest.param({"jwks_uri": "file:///etc/passwd"}, id="keys in a file"),
        pytest.param({"token_endpoint": ""}, id="no token endpoint"),
        pytest.param(
            {"authorization_endpoint": "https://elsewhere.test/auth"}, id="a page on another host"
        ),
        pytest.param(
            {"device_authorization_endpoint": "http://dex.test:5556/d"}, id="devices without TLS"
        ),
    ],
)
def test_what_is_not_believed(changes: dict[str, Any]) -> None:
    with pytest.raises(UnavailableError):
        endpoints(ISSUER, DOCUMENT | changes)
