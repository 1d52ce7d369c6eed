"""One command at a time changes a platform."""

import os
import shutil
import threading
from pathlib import Path

import pytest

from rise_local.home import Home, prepared
from rise_local.lock import held


class Command(threading.Thread):
    """Another command, which wants the platform too, and keeps it until it is told to end."""

    def __init__(self, home: Home) -> None:
        super().__init__(daemon=True)
        self.said: list[str] = []
        self.waits, self.has_it, self.ends = (threading.Event() for _ in range(3))
        self._home = home

    def run(self) -> None:
        with held(self._home, self._say):
            self.has_it.set()
            self.ends.wait(60)

    def end(self) -> None:
        self.ends.set()
        self.join(60)

    def _say(self, text: str) -> None:
        self.said.append(text)
        self.waits.set()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return prepared(tmp_path / "rise")


def test_a_second_command_waits_and_says_for_whom(home: Home) -> None:
    second = Command(home)
    with held(home, print):
        second.start()
        assert second.waits.wait(60)
        assert not second.has_it.is_set()
    assert second.has_it.wait(60)
    second.end()
    assert second.said == [f"waiting for another command (process {os.getpid()})"]


def test_after_a_reset_those_who_waited_wait_for_each_other(home: Home) -> None:
    second, third = Command(home), Command(home)
    with held(home, print):
        second.start()
        assert second.waits.wait(60)
        shutil.rmtree(home.root)
    assert second.has_it.wait(60)
    third.start()
    assert third.waits.wait(60), "two commands at once"
    second.end()
    assert third.has_it.wait(60)
    third.end()
