"""From the bytes of a watch to its events."""

from collections.abc import AsyncGenerator, Sequence
from typing import Any

import orjson
import pytest

from rise_operator.engine.refusals import ApiError, Away, Gone
from rise_operator.engine.stream import ends_initial_events, events, lines


async def _chunks(chunks: Sequence[bytes]) -> AsyncGenerator[bytes]:
    for chunk in chunks:
        yield chunk


async def _lines(*chunks: bytes) -> list[bytes]:
    return [line async for line in lines(_chunks(chunks))]


@pytest.mark.parametrize(
    ("chunks", "expected"),
    [
        pytest.param([b"a\nb\n"], [b"a", b"b"], id="two lines in one chunk"),
        pytest.param([b"ab", b"cd\n"], [b"abcd"], id="a line in two chunks"),
        pytest.param([b"a", b"", b"b", b"\n"], [b"ab"], id="an empty chunk inside"),
        pytest.param([b"ab\nc", b"d\n"], [b"ab", b"cd"], id="a chunk that ends inside a line"),
        pytest.param([b"ab", b"\n", b"cd\n"], [b"ab", b"cd"], id="a line break alone"),
        pytest.param([b"a\n\n\nb\n"], [b"a", b"b"], id="empty lines"),
        pytest.param([b"a\r\nb\r\n"], [b"a\r", b"b\r"], id="carriage returns are JSON's business"),
        pytest.param([b"a\nhalf"], [b"a"], id="the last line was cut off"),
        pytest.param([b"half"], [], id="only half a line"),
        pytest.param([], [], id="nothing"),
    ],
)
async def test_lines(chunks: list[bytes], expected: list[bytes]) -> None:
    assert await _lines(*chunks) == expected


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 64])
async def test_it_does_not_matter_where_a_stream_is_cut(size: int) -> None:
    text = b'{"a": 1}\n\n{"b": "\xc3\xa4\xc3\xb6"}\n{"c": 3}\n'
    cut = [text[start : start + size] for start in range(0, len(text), size)]
    assert await _lines(*cut) == await _lines(text)


async def test_a_line_may_be_longer_than_any_buffer() -> None:
    line = b"x" * (3 * 1024 * 1024)
    cut = [line[start : start + 65536] for start in range(0, len(line), 65536)]
    assert await _lines(*cut, b"\n", b"next\n") == [line, b"next"]


def _event(type_: str, obj: dict[str, Any]) -> bytes:
    return orjson.dumps({"type": type_, "object": obj}) + b"\n"


async def test_events_come_as_type_and_object() -> None:
    sent = _event("ADDED", {"metadata": {"name": "shop"}}) + _event("BOOKMARK", {"a": 1})
    got = [event async for event in events(_chunks([sent]))]
    assert got == [("ADDED", {"metadata": {"name": "shop"}}), ("BOOKMARK", {"a": 1})]


@pytest.mark.parametrize(
    ("status", "error"),
    [
        pytest.param({"code": 410, "reason": "Expired", "message": "too old"}, Gone, id="410"),
        pytest.param({"code": 500, "message": "etcd is away"}, Away, id="500"),
        pytest.param({"code": 504, "message": "timed out"}, Away, id="504"),
        pytest.param({"message": "something"}, Away, id="without a code"),
    ],
)
async def test_an_error_event_ends_the_stream(
    status: dict[str, Any], error: type[ApiError]
) -> None:
    sent = _event("ADDED", {}) + _event("ERROR", status) + _event("ADDED", {})
    stream = events(_chunks([sent]))
    assert (await anext(stream))[0] == "ADDED"
    with pytest.raises(error) as caught:
        await anext(stream)
    assert type(caught.value) is error
    assert str(caught.value) == status["message"]


@pytest.mark.parametrize(
    ("metadata", "ends"),
    [
        pytest.param({"annotations": {"k8s.io/initial-events-end": "true"}}, True, id="it says so"),
        pytest.param({"annotations": {"k8s.io/initial-events-end": "false"}}, False, id="false"),
        pytest.param({"annotations": None}, False, id="annotations are null"),
        pytest.param({}, False, id="an ordinary bookmark"),
    ],
)
def test_a_bookmark_ends_the_initial_events(metadata: dict[str, Any], *, ends: bool) -> None:
    assert ends_initial_events({"metadata": metadata}) is ends
