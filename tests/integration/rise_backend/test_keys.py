"""The issuer's keys, live: a storm, a rotation, an outage, and tokens that bring a key along."""

import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http import HTTPStatus
from typing import Any

import pytest
import tokens
from fixtures.realm import Realm
from tokens import claims, signed

from rise_local.supervisor import until

STORM = 1_000
AT_ONCE = 20
EVERY_S = 5.0  # unknown keys may cost one fetch in so long
NOTICED_S = 60.0


def _code(realm: Realm, token: str) -> int:
    return realm.backend.get("/me", token).code


@pytest.mark.row(94)
def test_a_storm_of_unknown_keys_costs_one_fetch(realm: Realm) -> None:
    held = [signed(claims(issuer=realm.issuer), kid=f"bogus-{n}") for n in range(STORM)]
    before, began = realm.provider.fetched, time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as people:
        codes = set(people.map(partial(_asked, realm), _parts(held)))
    fetched, took = realm.provider.fetched - before, time.monotonic() - began
    assert codes == {HTTPStatus.UNAUTHORIZED}
    # one of each of the two backends may be its own, by the clock
    assert fetched <= took / EVERY_S + 2
    assert _code(realm, signed(claims(issuer=realm.issuer))) == HTTPStatus.OK


def _parts(held: list[str]) -> list[list[str]]:
    return [held[start::AT_ONCE] for start in range(AT_ONCE)]


def _asked(realm: Realm, held: list[str]) -> int:
    """Send tokens over one connection, and return the one answer to all."""
    connection = realm.backend.connection()
    codes: set[int] = set()
    for token in held:
        connection.request("GET", "/version", headers={"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        answer.read()
        codes.add(answer.status)
    connection.close()
    (code,) = codes
    return code


@pytest.mark.row(95)
def test_sessions_go_on_while_the_issuer_is_away(realm: Realm) -> None:
    with realm.provider.gone():
        anew = signed(claims(issuer=realm.issuer, jti="never seen"))
        assert _code(realm, anew) == HTTPStatus.OK
        assert (
            _code(realm, signed(claims(issuer=realm.issuer), kid="bogus"))
            == HTTPStatus.UNAUTHORIZED
        )
        assert _code(realm, signed(claims(issuer=realm.issuer, jti="another"))) == HTTPStatus.OK
        assert realm.backend.get("/readyz").json["checks"]["identity-provider"] == "ok"


@pytest.mark.row(96)
def test_a_new_key_is_noticed_and_the_old_one_forgotten(realm: Realm) -> None:
    fresh, old = tokens.rsa_key("fresh"), signed(claims(issuer=realm.issuer, jti="old"))
    anew = signed(claims(issuer=realm.issuer), key=fresh, kid="fresh")
    assert _code(realm, anew) == HTTPStatus.UNAUTHORIZED
    with realm.provider.rotated(tokens.jwk(fresh, "fresh")):
        assert until(lambda: _code(realm, anew) == HTTPStatus.OK, timeout_s=NOTICED_S)
        assert _code(realm, old) == HTTPStatus.UNAUTHORIZED
    assert until(lambda: _code(realm, old) == HTTPStatus.OK, timeout_s=NOTICED_S)


@pytest.mark.row(97)
@pytest.mark.parametrize("name", ["jku", "x5u"])
def test_no_key_is_fetched_from_where_a_token_says(realm: Realm, name: str) -> None:
    forger = tokens.rsa_key("forger")
    with realm.provider.rotated(*realm.provider.keys["keys"], tokens.jwk(forger, "forger")):
        before = realm.provider.fetched
        where: Any = {name: f"{realm.issuer}/keys"}
        forged = signed(claims(issuer=realm.issuer), key=forger, kid="forger", **where)
        assert _code(realm, forged) == HTTPStatus.UNAUTHORIZED
        assert realm.provider.fetched == before


@pytest.mark.row(97)
def test_a_key_that_a_token_brings_is_none(realm: Realm) -> None:
    forger = tokens.rsa_key("forger")
    brought: Any = {"jwk": tokens.jwk(forger, "forger")}
    forged = signed(claims(issuer=realm.issuer), key=forger, **brought)
    assert _code(realm, forged) == HTTPStatus.UNAUTHORIZED
