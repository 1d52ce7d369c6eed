"""Streams end with the token they began with: the API server would let them run on."""

import time
from http import HTTPStatus

import pytest
from fixtures.realm import Realm
from tokens import claims, signed
from watching import Watched, watch

from rise_local.supervisor import until

SECONDS = 6  # less than that, and a slow machine opens no stream in time


def _short_token(realm: Realm) -> tuple[str, float]:
    payload = claims(issuer=realm.issuer)
    payload["exp"] = payload["iat"] + SECONDS
    return signed(payload), payload["exp"]


@pytest.mark.row(105)
@pytest.mark.usefixtures("reader")
def test_a_stream_that_passes_through_ends_with_its_token(realm: Realm) -> None:
    token, ends = _short_token(realm)
    path = "/api/v1/namespaces"
    with watch(realm.backend, token, path) as through, watch(realm.api, token, path) as direct:
        assert through.ended.wait(SECONDS + 60)
        assert time.time() > ends - 1
        assert until(lambda: _names(direct) >= _names(through)), "it tells the same"
        assert _names(through) == _names(direct) != set()
        assert not direct.ended.is_set(), "the API server itself lets it run on"
    assert realm.backend.get(path, token).code == HTTPStatus.UNAUTHORIZED


def _names(watched: Watched) -> set[str]:
    return {name for _, name in list(watched.events)}
