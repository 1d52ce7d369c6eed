"""Head and body of an answer leave in one write, in order, and nothing is lost at the end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
import uvicorn
from transport import THE_END, Recording
from uvicorn.server import ServerState

from rise_backend.joined_writes import HELD_BYTES, JoinedWrites
from rise_backend.server import Protocol


def _written(
    *turns: Callable[[asyncio.Transport], None],
) -> list[bytes]:
    async def run() -> list[bytes]:
        recording = Recording()
        transport = JoinedWrites(recording, asyncio.get_running_loop())
        for turn in turns:
            turn(transport)
            await asyncio.sleep(0)
        assert transport.is_closing() is recording.is_closing()
        assert transport.get_extra_info("peername") == ("127.0.0.1", 1)
        return recording.written

    return asyncio.run(run())


def _write(*parts: bytes) -> Callable[[asyncio.Transport], None]:
    def turn(transport: asyncio.Transport) -> None:
        for part in parts:
            transport.write(part)

    return turn


def _write_and_close(*parts: bytes) -> Callable[[asyncio.Transport], None]:
    def turn(transport: asyncio.Transport) -> None:
        _write(*parts)(transport)
        transport.close()

    return turn


def _send(*parts: bytes) -> Callable[[asyncio.Transport], None]:
    def turn(transport: asyncio.Transport) -> None:
        assert isinstance(transport, JoinedWrites)
        for part in parts:
            transport.send(part)

    return turn


def _write_then_send(written: bytes, sent: bytes) -> Callable[[asyncio.Transport], None]:
    def turn(transport: asyncio.Transport) -> None:
        _write(written)(transport)
        _send(sent)(transport)

    return turn


LARGE = b"x" * (HELD_BYTES + 1)


@pytest.mark.parametrize(
    ("turns", "told"),
    [
        pytest.param([_write(b"head", b"body")], [b"headbody"], id="one turn, one write"),
        pytest.param([_write(b"head"), _write(b"event")], [b"head", b"event"], id="turn by turn"),
        pytest.param([_write_and_close(b"head", b"body")], [b"headbody", THE_END], id="the end"),
        pytest.param([_write(b"head"), _write_and_close()], [b"head", THE_END], id="a late end"),
        pytest.param([_write(b"head", LARGE)], [b"head" + LARGE], id="a large body"),
        pytest.param([_send(b"one", b"two")], [b"one", b"two"], id="answers that are whole"),
        pytest.param([_write_then_send(b"head", b"rest")], [b"headrest"], id="after what is held"),
        pytest.param(
            [_write(LARGE, b"more"), _write(b"last")], [LARGE, b"more", b"last"], id="in parts"
        ),
    ],
)
def test_writes_of_one_turn_leave_together(
    turns: list[Callable[[asyncio.Transport], None]], told: list[bytes]
) -> None:
    assert _written(*turns) == told


def test_a_large_part_is_sent_at_once_so_that_the_writer_can_be_told_to_wait() -> None:
    async def run() -> list[bytes]:
        recording = Recording()
        JoinedWrites(recording, asyncio.get_running_loop()).write(LARGE)
        return recording.written

    assert asyncio.run(run()) == [LARGE]


def test_the_server_sends_head_and_body_of_an_answer_in_one_write_and_at_once() -> None:
    recording, told = Recording(), list[bytes]()

    async def answer(_scope: object, _receive: object, send: Callable[[object], Any]) -> None:
        headers = [(b"content-length", b"4")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"body"})
        told.extend(recording.written)

    async def run() -> None:
        configuration = uvicorn.Config(answer, lifespan="off", log_config=None)
        configuration.load()
        state = ServerState()
        protocol = Protocol(configuration, state, {})
        protocol.connection_made(recording)
        protocol.data_received(b"GET / HTTP/1.1\r\nhost: here\r\n\r\n")
        await asyncio.gather(*state.tasks)
        protocol.connection_lost(None)

    asyncio.run(run())
    assert recording.written == [*told, THE_END]
    (written,) = told
    assert written.startswith(b"HTTP/1.1 200 OK\r\n")
    assert written.endswith(b"\r\n\r\nbody")
