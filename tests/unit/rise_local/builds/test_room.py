"""Whether a build fits, looked at before it begins."""

import shutil
from pathlib import Path

import pytest
from fixtures.go import Workshop

from rise_local.build import Server, room
from rise_local.errors import LocalError

MIB = 1 << 20


def test_a_full_disk_is_named_with_what_moves_it(tmp_path: Path) -> None:
    needs = {("Go's modules", "GOMODCACHE", tmp_path / "not" / "yet"): 1 << 40}
    with pytest.raises(LocalError) as refused:
        room.require(needs)
    assert f"are free under {tmp_path}: make room" in refused.value.message
    assert "another disk in GOMODCACHE" in refused.value.message
    assert len(refused.value.message.splitlines()) == 1


def test_what_shares_a_disk_is_added_up(tmp_path: Path) -> None:
    most = shutil.disk_usage(tmp_path).free // MIB * 2 // 3
    one = ("the servers", "XDG_CACHE_HOME", tmp_path)
    other = ("Go's build cache", "GOCACHE", tmp_path)
    room.require({one: most})
    with pytest.raises(LocalError, match="XDG_CACHE_HOME, GOCACHE"):
        room.require({one: most, other: most})


def test_a_small_build_needs_little(workshop: Workshop) -> None:
    room.check(workshop.store, [workshop.tool], workshop.go)


def test_what_is_too_large_for_the_disk_is_not_begun(workshop: Workshop) -> None:
    free = shutil.disk_usage(workshop.root).free // MIB
    many = [Server(f"s{n}", f"m{n}", "example.com/m") for n in range(free // 500)]
    with pytest.raises(LocalError, match="building needs"):
        room.check(workshop.store, many, workshop.go)
