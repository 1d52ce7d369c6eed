"""What a watcher is told, and how long."""

import time
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from rise_backend.gateway.objects import Entry, Row, project_entry
from rise_backend.gateway.watches import LONGEST_S, difference, ends_at
from rise_backend.identity.identity import Identity


def _entry(version: int, uid: str = "u", description: str = "") -> Entry:
    manifest = {
        "metadata": {"name": "shop", "uid": uid, "resourceVersion": str(version)},
        "spec": {"owner": {"user": "a"}, "description": description},
    }
    return project_entry(Row(cells=["shop"], object=msgspec.Raw(msgspec.json.encode(manifest))))


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        pytest.param(None, None, [], id="never seen"),
        pytest.param(None, _entry(1), ["ADDED"], id="appeared"),
        pytest.param(_entry(1), _entry(1), [], id="unchanged"),
        pytest.param(_entry(1), _entry(2), ["MODIFIED"], id="changed"),
        pytest.param(_entry(1), None, ["DELETED"], id="gone, or hidden"),
        pytest.param(_entry(1), _entry(2, "v"), ["DELETED", "ADDED"], id="another of the name"),
    ],
)
def test_the_difference(before: Entry | None, after: Entry | None, told: list[str]) -> None:
    assert [event.type for event in difference(before, after, 9)] == told


def test_who_sees_no_longer_is_told_what_they_knew_at_the_version_of_now() -> None:
    (event,) = difference(_entry(1, description="known"), None, 9)
    assert event.entry.version == 9
    assert b'"resourceVersion":"9"' in event.entry.raw
    assert b"known" in event.entry.raw


CLOCKS_S = 0.5  # by so much the two clocks may run apart meanwhile


def _left(timeout: str, token_s: float) -> tuple[float, float]:
    """Return how long a watch goes on, at least and at most: the question itself takes a while."""
    began = time.monotonic()
    expires = datetime.now(UTC) + timedelta(seconds=token_s)
    identity = Identity("a", "rise:a", ("rise:users",), "u", expires)
    ends = ends_at(timeout, identity)
    return ends - time.monotonic(), ends - began


@pytest.mark.parametrize(
    ("timeout", "token_s", "least", "most"),
    [
        pytest.param("30", 600, 30, 30, id="as asked"),
        pytest.param("30", 10, 10, 10, id="never after the token"),
        pytest.param("", 10, 10, 10, id="nothing asked, a short token"),
        pytest.param("", 9999, LONGEST_S / 2, LONGEST_S, id="nothing asked"),
        pytest.param("0", 9999, LONGEST_S / 2, LONGEST_S, id="zero is nothing"),
        pytest.param("x", 9999, LONGEST_S / 2, LONGEST_S, id="no number"),
        pytest.param("-5", 9999, LONGEST_S / 2, LONGEST_S, id="less than nothing"),
        pytest.param("9" * 5000, 10, 10, 10, id="no end"),
        pytest.param("30", -5, 0, 0, id="a token that has ended"),
    ],
)
def test_when_a_watch_ends(timeout: str, token_s: float, least: float, most: float) -> None:
    at_least, at_most = _left(timeout, token_s)
    assert at_most >= least - CLOCKS_S
    assert at_least <= most + CLOCKS_S
