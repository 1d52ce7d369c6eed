"""Which servers run with another configuration than the one that their files hold now."""

from pathlib import Path

import pytest

from rise_local.home import Home, prepared
from rise_local.process import Probe, Process
from rise_local.started_with import outdated, remember


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An empty home."""
    return prepared(tmp_path / "rise")


@pytest.fixture
def processes(tmp_path: Path) -> list[Process]:
    """A registry with two files, Dex with one, a database that has none."""
    said = {"registry": ("yaml", "ca"), "dex": ("yaml",), "postgres": ()}
    found: list[Process] = []
    for name, kinds in said.items():
        files = [tmp_path / f"{name}.{kind}" for kind in kinds]
        for path in files:
            path.write_text(f"{path.name}, as it was")
        found.append(Process(name, ["serve"], Probe(), files=files))
    return found


def test_nothing_changed(home: Home, processes: list[Process]) -> None:
    remember(home, processes)
    assert outdated(home, processes) == []
    assert home.started_with.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("name", "changed"),
    [("registry.yaml", ["registry"]), ("registry.ca", ["registry"]), ("dex.yaml", ["dex"])],
)
def test_the_one_that_changed_until_it_was_started_again(
    home: Home, processes: list[Process], tmp_path: Path, name: str, changed: list[str]
) -> None:
    remember(home, processes)
    (tmp_path / name).write_text("another one")
    assert outdated(home, processes) == changed
    assert outdated(home, processes) == changed, "to ask is not to start"
    remember(home, processes)
    assert outdated(home, processes) == []


def test_what_moves_from_one_file_to_the_next_is_a_change(
    home: Home, processes: list[Process], tmp_path: Path
) -> None:
    remember(home, processes)
    first, second = tmp_path / "registry.yaml", tmp_path / "registry.ca"
    text = first.read_text() + second.read_text()
    first.write_text(text[:3])
    second.write_text(text[3:])
    assert outdated(home, processes) == ["registry"]


@pytest.mark.parametrize("kept", [None, "", "{", "{}"])
def test_what_nobody_knows_is_started_again(
    home: Home, processes: list[Process], kept: str | None
) -> None:
    if kept is not None:
        home.started_with.write_text(kept)
    assert outdated(home, processes) == ["registry", "dex"]
