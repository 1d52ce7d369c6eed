"""Where finished programs lie, and how two builds keep out of each other's way."""

import os
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from fixtures.go import VERSION, Workshop

from rise_local.build import Store, store
from rise_local.errors import LocalError

MONTH_S = 31 * 24 * 3600


def shelf(
    workshop: Workshop, *, go: str = VERSION, flags: str = "-s -w", tags: tuple[str, ...] = ()
) -> Path:
    server = replace(workshop.tool, linker_flags=flags, tags=tags)
    return Store(workshop.store.cache, workshop.store.tools, (server,)).shelf("tool", go)


@pytest.mark.parametrize("name", ["go.mod", "go.sum"])
def test_another_checksum_is_another_place(workshop: Workshop, name: str) -> None:
    before = shelf(workshop)
    file = workshop.store.tools / "tool" / name
    file.write_text(file.read_text() + "\n")
    assert shelf(workshop) != before


def test_another_compiler_is_another_place(workshop: Workshop) -> None:
    assert shelf(workshop, go="go1.99.1") != shelf(workshop)


def test_other_flags_are_another_place(workshop: Workshop) -> None:
    assert shelf(workshop, flags="-s") != shelf(workshop)


def test_other_tags_are_another_place(workshop: Workshop) -> None:
    assert shelf(workshop, tags=("netgo",)) != shelf(workshop)


def test_what_another_module_needs_changes_nothing(workshop: Workshop) -> None:
    before = shelf(workshop)
    other = workshop.store.tools / "other"
    other.mkdir()
    (other / "go.sum").write_text("another sum\n")
    assert shelf(workshop) == before


def test_whoever_waits_is_told_who_builds(workshop: Workshop) -> None:
    said: list[str] = []
    waiting = threading.Event()
    entered = threading.Event()

    def say(text: str) -> None:
        said.append(text)
        waiting.set()

    def second() -> None:
        with store.held(workshop.shelf, say):
            entered.set()

    thread = threading.Thread(target=second)
    with store.held(workshop.shelf, print):
        thread.start()
        assert waiting.wait(60)
        assert not entered.is_set()
    thread.join(60)
    assert entered.is_set()
    assert said[0].startswith(
        f"waiting for another build of {workshop.shelf.name}, by process {os.getpid()} on "
    )


def test_a_cache_that_cannot_be_written_is_said(workshop: Workshop) -> None:
    workshop.store.cache.write_text("a file")
    with pytest.raises(LocalError, match=r"cannot be written .* another place in XDG_CACHE_HOME"):
        workshop.build()


def test_a_program_is_replaced_whole(tmp_path: Path) -> None:
    program, part = tmp_path / "tool", tmp_path / ".tool.1.part"
    program.write_text("old")
    part.write_text("new")
    store.finish(part, program)
    assert program.read_text() == "new"
    assert list(tmp_path.iterdir()) == [program]


def test_without_a_part_the_program_stays(tmp_path: Path) -> None:
    program = tmp_path / "tool"
    program.write_text("old")
    with pytest.raises(FileNotFoundError):
        store.finish(tmp_path / "missing", program)
    assert program.read_text() == "old"


def test_earlier_builds_go_once_nobody_has_used_them_for_a_month(workshop: Workshop) -> None:
    new, used, unused, foreign = (
        workshop.store.cache / "tools" / f"{module}-{digit * 16}"
        for module, digit in (("tool", "1"), ("tool", "2"), ("tool", "3"), ("tool-box", "4"))
    )
    for directory in (new, used, unused, foreign):
        directory.mkdir(parents=True)
    for old in (new, unused, foreign):
        os.utime(old, (0, time.time() - MONTH_S))
    store.discard_unused(new, "tool")
    assert [each.exists() for each in (new, used, unused, foreign)] == [True, True, False, True]


def test_use_is_remembered(workshop: Workshop) -> None:
    workshop.build()
    os.utime(workshop.shelf, (0, 0))
    workshop.build()
    assert time.time() - workshop.shelf.stat().st_mtime < MONTH_S


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        pytest.param("/somewhere", "/somewhere/rise", id="XDG_CACHE_HOME moves it"),
        pytest.param("here", None, id="a relative one is ignored, as the specification says"),
    ],
)
def test_the_cache_is_the_users(
    chosen: str, expected: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", chosen)
    monkeypatch.setenv("HOME", str(tmp_path))
    found = store.user_cache()
    assert found.is_relative_to(expected or tmp_path)
    assert found.name == "rise"
