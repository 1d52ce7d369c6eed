"""Files for their owner alone, whatever the umask and wherever they should lie."""

import os
import stat
from collections.abc import Generator
from pathlib import Path

import pytest

from rise_cli import private

UMASKS = {"nothing is kept from others": 0o000, "folders cannot be entered": 0o177}


@pytest.fixture(params=UMASKS.values(), ids=list(UMASKS))
def umask(request: pytest.FixtureRequest) -> Generator[int]:
    """An odd umask."""
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.usefixtures("umask")
def test_no_umask_opens_or_closes_them(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "in it"
    private.make_folder(folder)
    private.write(folder / "file", "a secret\r\n")
    assert (mode(folder.parent), mode(folder), mode(folder / "file")) == (0o700, 0o700, 0o600)
    assert (folder / "file").read_bytes() == b"a secret\r\n"


def test_a_folder_of_somebodys_stays_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    private.make_folder(tmp_path)
    private.make_folder(tmp_path / "new")
    assert (mode(tmp_path), mode(tmp_path / "new")) == (0o755, 0o700)


def test_what_others_could_read_they_read_no_more(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("before")
    path.chmod(0o666)
    private.write(path, "after")
    assert (mode(path), path.read_text()) == (0o600, "after")


@pytest.mark.parametrize("below", ["file", "file/folder"])
def test_a_file_is_no_folder(tmp_path: Path, below: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match=r"File exists|Not a directory"):
        private.make_folder(tmp_path / below)


def test_nothing_is_left_of_what_could_not_be_written(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError, match="directory"):
        private.write(tmp_path / "taken", "text")
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]
