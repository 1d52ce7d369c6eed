"""`rise logout`: the session ends here in any case, and elsewhere as far as the server can."""

import pytest
import replies
from fixtures.command_line import Rise
from fixtures.loopback import Loopback, Reply

from rise_cli import session as sessions
from rise_cli.errors import NotSignedInError


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        pytest.param((200, {"refreshTokenRevoked": True, "note": "…"}), "", id="ended everywhere"),
        pytest.param(
            (200, {"refreshTokenRevoked": False, "note": "ask again in a moment"}),
            "on this machine; elsewhere not yet: ask again in a moment\n",
            id="used seconds ago",
        ),
        pytest.param((503, b"away"), "a copy of the session would go on", id="the server is away"),
    ],
)
def test_a_session_that_could_be_renewed(
    reply: Reply, says: str, loopback: Loopback, rise: Rise
) -> None:
    replies.session(loopback.url, refresh_token="r-1").save()
    loopback.on("POST", "/api/v1/logout", reply)
    ended = rise("logout")
    assert (ended.code, ended.out) == (0, "signed out\n")
    assert says in ended.err
    assert bool(says) == bool(ended.err)
    (asked,) = loopback.asked("POST", "/api/v1/logout")
    assert asked.json == {"refreshToken": "r-1"}
    with pytest.raises(NotSignedInError):
        sessions.load()


def test_a_session_that_ends_by_itself_is_only_forgotten(server: Loopback, rise: Rise) -> None:
    assert rise("logout").out == "signed out\n"
    assert server.received == []
    assert rise("logout").out == "nobody was signed in\n"
