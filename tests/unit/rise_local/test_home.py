"""The layout of the state directory."""

import stat
from pathlib import Path

import pytest

from rise_local.errors import LocalError
from rise_local.home import LONGEST_SOCKET_BYTES, Home, existing, prepared, write_private


def test_an_empty_directory_gets_the_layout(tmp_path: Path) -> None:
    home = prepared(tmp_path / "rise")
    assert stat.S_IMODE(home.root.stat().st_mode) == 0o700
    assert existing(home.root) == home


def test_another_version_is_refused_in_one_sentence(tmp_path: Path) -> None:
    prepared(tmp_path).version.write_text("0\n")
    with pytest.raises(LocalError) as refused:
        existing(tmp_path)
    assert "run `make reset`" in refused.value.message
    assert len(refused.value.message.splitlines()) == 1


def test_a_directory_without_version_is_of_an_unknown_one(tmp_path: Path) -> None:
    (tmp_path / "certificates").mkdir()
    with pytest.raises(LocalError, match="layout unknown"):
        prepared(tmp_path)


def test_a_colon_in_the_path_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match="no PATH can hold"):
        prepared(tmp_path / "a:b")


@pytest.mark.parametrize(
    ("root", "inside"),
    [
        pytest.param("/home/alice/rise/.rise", True, id="a usual checkout"),
        pytest.param("/home/alice/" + "deep/" * 20 + ".rise", False, id="too long for a socket"),
        pytest.param("/home/alice/my rise, again/.rise", False, id="PostgreSQL would see a list"),
    ],
)
def test_sockets_lie_inside_where_their_path_allows(root: str, *, inside: bool) -> None:
    home = Home(Path(root))
    assert home.run.is_relative_to(home.root) is inside
    assert len(str(home.postgres_socket / ".s.PGSQL.5432.lock")) <= LONGEST_SOCKET_BYTES


def test_two_checkouts_have_sockets_of_their_own() -> None:
    deep = "/home/alice/" + "deep/" * 20
    assert Home(Path(deep + "a")).run != Home(Path(deep + "b")).run


def test_a_private_file_is_written_whole_and_only_when_it_differs(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    assert write_private(path, "one")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not write_private(path, "one")
    assert write_private(path, "two")
    assert path.read_text() == "two"
    assert list(tmp_path.iterdir()) == [path]
