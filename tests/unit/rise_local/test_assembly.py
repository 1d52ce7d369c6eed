"""Before servers are started."""

from pathlib import Path

import pytest

from rise_local.assembly import check_disk
from rise_local.errors import LocalError


def test_a_full_disk_is_said_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match="make room, or name a directory on another disk"):
        check_disk(tmp_path, needed_bytes=1 << 60)


def test_room_is_room(tmp_path: Path) -> None:
    check_disk(tmp_path, needed_bytes=1)
