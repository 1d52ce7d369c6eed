"""Dex itself gives tokens to people who sign in, and to nobody else."""

from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import urlencode

import pytest
from web import Answer, TokenOf, Web

pytestmark = pytest.mark.e2e
TOKEN_TYPE = "urn:ietf:params:oauth:token-type:id_token"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
FORM = ("Content-Type", "application/x-www-form-urlencoded")


def _asked(env: Mapping[str, str], **form: str) -> Answer:
    dex = Web(env["RISE_ISSUER"], env["RISE_CA_FILE"])
    body = urlencode({"client_id": "rise-cli", "scope": "openid email", **form}).encode()
    return dex.ask("POST", "/token", headers=[FORM], body=body)


@pytest.mark.row(82)
@pytest.mark.parametrize("connector", ["local", "mock", ""])
def test_no_token_is_exchanged_for_another(
    env: Mapping[str, str], token_of: TokenOf, connector: str
) -> None:
    answer = _asked(
        env,
        grant_type=EXCHANGE,
        connector_id=connector,
        subject_token=token_of("alice"),
        subject_token_type=TOKEN_TYPE,
        requested_token_type=TOKEN_TYPE,
    )
    assert answer.code == HTTPStatus.BAD_REQUEST
    assert answer.json["error"] == "unsupported_grant_type"


@pytest.mark.row(12)
def test_no_program_gets_a_token_of_its_own(env: Mapping[str, str]) -> None:
    answer = _asked(env, grant_type="client_credentials")
    assert answer.code == HTTPStatus.BAD_REQUEST
    assert answer.json["error"] == "unsupported_grant_type"


def test_a_person_gets_one(env: Mapping[str, str]) -> None:
    """The twin: the very same endpoint, asked as the command does."""
    person = {"username": "alice@example.com", "password": "password"}
    answer = _asked(env, grant_type="password", **person)
    assert answer.code == HTTPStatus.OK, answer.body
    assert answer.json["id_token"]
