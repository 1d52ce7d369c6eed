"""Whether a cold build fits on the disks, looked at before it begins."""

import json
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from rise_local.build.servers import Server
from rise_local.build.store import Store
from rise_local.errors import LocalError

_MIB = 1 << 20
# What a cold build was seen to write, with a margin: modules, Go's build cache, the programs.
LARGE = ("kubernetes",)


def check(store: Store, servers: Iterable[Server], go: Path) -> None:
    """Look for room for all that a cold build of `servers` writes.

    Raises:
        LocalError: a disk is too full; says which directory, and how to name another.
    """
    asked = [str(go), "env", "-json", "GOCACHE", "GOMODCACHE"]
    done = subprocess.run(asked, cwd="/", capture_output=True, text=True, check=True)  # noqa: S603 - Go
    places = json.loads(done.stdout)
    wanted = set(servers)
    modules = {server.module for server in wanted}
    large = len(modules.intersection(LARGE))
    small = len(modules) - large
    require(
        {
            ("the servers", "XDG_CACHE_HOME", store.cache): 100 * len(wanted),
            ("Go's build cache", "GOCACHE", Path(places["GOCACHE"])): 1500 * large + 250 * small,
            ("Go's modules", "GOMODCACHE", Path(places["GOMODCACHE"])): 1200 * large + 250 * small,
        }
    )


def require(needs: dict[tuple[str, str, Path], int]) -> None:
    """Look for room: MiB by what it is for, the variable that moves it, and its directory.

    Raises:
        LocalError: the directories on one file system need more than is free there.
    """
    by_disk: defaultdict[int, list[tuple[str, str, Path, int]]] = defaultdict(list)
    for (what, variable, path), mib in needs.items():
        there = next(each for each in (path, *path.parents) if each.exists())
        by_disk[there.stat().st_dev].append((what, variable, there, mib))
    for uses in by_disk.values():
        needed = sum(mib for *_, mib in uses)
        free = shutil.disk_usage(uses[0][2]).free // _MIB
        if free < needed:
            what = ", ".join(each[0] for each in uses)
            variables = ", ".join(each[1] for each in uses)
            raise LocalError(
                f"building needs {needed / 1024:.1f} GiB for {what}, and {free / 1024:.1f} GiB are "
                f"free under {uses[0][2]}: make room, or name another disk in {variables}"
            )
