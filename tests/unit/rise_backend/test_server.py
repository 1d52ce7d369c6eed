"""How the server's thread shares a busy machine."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
import uvicorn

from rise_backend import server

LINUX = sys.platform == "linux"


def _policy_of_a_server() -> int:
    """Start a server in a thread of its own; return how that is scheduled then."""

    async def never(_scope: object, _receive: object, _send: object) -> None:
        raise ValueError("it does not come to listening")

    configuration = uvicorn.Config(never, interface="asgi3", lifespan="on", log_config=None)
    with ThreadPoolExecutor(1) as thread:
        running = server.Server(configuration, lambda: None)
        ended = thread.submit(running.run).exception()
        policy = thread.submit(os.sched_getscheduler, 0).result() if LINUX else 0
    assert isinstance(ended, SystemExit)
    return policy


def test_a_server_interrupts_nobody() -> None:
    assert _policy_of_a_server() == (os.SCHED_BATCH if LINUX else 0)


def test_a_container_that_forbids_it_is_no_reason_not_to_serve(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[object] = []

    def forbidden(*given: object) -> None:
        asked.append(given)
        raise PermissionError

    monkeypatch.setattr(os, "sched_setscheduler", forbidden, raising=False)
    assert _policy_of_a_server() == 0
    assert bool(asked) is LINUX
