"""`up` that does not come to its end: interrupted, hung up on, or killed."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from fixtures.people import inherited

from rise_local.platform import Platform
from rise_local.steps import Silent
from rise_local.supervisor import processes_of, until

UP = (sys.executable, "-m", "rise_local", "up", "--no-demo")
TAKE_THE_TERMINAL = """
import fcntl, os, sys, termios
os.setsid()
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""
PATIENCE_S = 90
INTERRUPTED = 130


@pytest.fixture(scope="module")
def own() -> Generator[Platform]:
    directory = Path(tempfile.mkdtemp(prefix="rise-interrupted-"))
    platform = Platform(directory / ".rise", steps=Silent())
    try:
        yield platform
    finally:
        platform.reset()
        shutil.rmtree(directory)


@contextmanager
def starting(own: Platform, when: Callable[[], object]) -> Generator[subprocess.Popen[bytes]]:
    """Run `up`, and yield it when it has come so far."""
    with subprocess.Popen(
        UP, env={**inherited(), "RISE_HOME": str(own.home.root)}, stderr=subprocess.DEVNULL
    ) as up:
        assert until(when, timeout_s=PATIENCE_S)
        yield up


@contextmanager
def on_a_terminal(own: Platform) -> Generator[tuple[subprocess.Popen[bytes], int]]:
    """Run `up` on a terminal of its own; yield it with our end of the terminal."""
    ours, theirs = os.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", TAKE_THE_TERMINAL, *UP],
        env={**inherited(), "RISE_HOME": str(own.home.root)},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    ) as up:
        os.close(theirs)
        yield up, ours


def test_after_killed_ups_the_next_one_goes_on_and_a_terminal_that_closes_later_ends_nothing(
    own: Platform,
) -> None:
    unfinished = own.home.postgres.with_name("postgres.unfinished")
    for when in (unfinished.is_dir, own.supervisor.alive):
        with starting(own, when) as up:
            up.kill()
    with on_a_terminal(own) as (up, ours):
        with suppress(OSError):  # the end, as Linux says it
            while os.read(ours, 1024):
                pass
        assert up.wait(PATIENCE_S) == 0
        os.close(ours)
    states = own.states()
    assert states
    assert [state.name for state in states if not state.is_up] == []
    own.down()
    assert processes_of(own.home) == []


def test_after_a_killed_up_down_leaves_nothing(own: Platform) -> None:
    own.down()
    with starting(own, own.supervisor.alive) as up:
        up.kill()
    assert processes_of(own.home) != []
    own.down()
    assert processes_of(own.home) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_up_leaves_nothing(own: Platform, number: signal.Signals) -> None:
    own.down()
    with starting(own, own.supervisor.alive) as up:
        up.send_signal(number)
        assert up.wait(PATIENCE_S) == INTERRUPTED
    assert processes_of(own.home) == []


def test_an_impatient_person_interrupts_again_and_nothing_is_left(own: Platform) -> None:
    own.down()
    with starting(own, own.supervisor.alive) as up:

        def ended() -> bool:
            up.send_signal(signal.SIGINT)
            return up.poll() is not None

        assert until(ended, timeout_s=PATIENCE_S)
        assert up.returncode == INTERRUPTED
    assert processes_of(own.home) == []


def test_a_closed_terminal_leaves_nothing(own: Platform) -> None:
    own.down()
    with on_a_terminal(own) as (up, ours):
        assert until(own.supervisor.alive, timeout_s=PATIENCE_S)
        os.close(ours)  # the kernel hangs up; whatever is printed from now on fails
        up.wait(PATIENCE_S)
    assert processes_of(own.home) == []
