"""Give the programs that are asked for: found in the cache, or built into it."""

import signal
import threading
from collections.abc import Generator, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from types import FrameType
from typing import NoReturn

from rise_local.build import room, toolchain
from rise_local.build.compiler import Compiler
from rise_local.build.progress import Progress
from rise_local.build.servers import Server
from rise_local.build.store import Store, discard_unused, held, mark_used, user_cache
from rise_local.build.toolchain import Toolchain
from rise_local.errors import LocalError

SIDE_BY_SIDE = 2  # one module's linking, which uses one core, beside another's compiling


def binaries(
    names: Iterable[str] | None = None,
    progress: Progress | None = None,
    *,
    store: Store | None = None,
    search: str | None = None,
) -> Mapping[str, Path]:
    """Return the path of each program, built first where it is missing.

    Args:
        names: which programs; without, all that the platform runs.
        progress: where to say how far it is; standard error by default.
        store: where from and where to; by default tools/ and the user's cache.
        search: where to look for Go instead of PATH.

    Raises:
        LocalError: a name is unknown, or a build failed; says what to do.
    """
    store = store or Store(user_cache())
    wanted = _servers(store, names)
    chosen = toolchain.chosen(store, search)
    modules = sorted({server.module for server in wanted})
    shelves = {module: store.shelf(module, chosen.version) for module in modules}
    paths = {server: shelves[server.module] / server.name for server in wanted}
    missing = [server for server in wanted if not paths[server].exists()]
    if missing:
        _build(missing, shelves, chosen, store, progress or Progress())
    for shelf in shelves.values():
        mark_used(shelf)
    return {server.name: path for server, path in paths.items()}


def _servers(store: Store, names: Iterable[str] | None) -> list[Server]:
    if names is None:
        return [server for server in store.servers if server.wanted]
    asked = set(names)
    there = [server.name for server in store.servers]
    if unknown := asked.difference(there):
        raise LocalError(
            f"there is no server called {', '.join(sorted(unknown))}; there are {', '.join(there)}"
        )
    return [server for server in store.servers if server.name in asked]


def _build(
    missing: list[Server],
    shelves: Mapping[str, Path],
    chosen: Toolchain,
    store: Store,
    progress: Progress,
) -> None:
    go = toolchain.ensure(chosen, store, progress)
    room.check(store, missing, go)
    names = ", ".join(server.name for server in missing)
    progress.say(f"building {names} with {chosen.version}, once; all take 20 minutes on two cores")
    compiler = Compiler(go, store.tools, progress)
    modules = [list(servers) for _, servers in groupby(missing, lambda server: server.module)]
    with _stopping(compiler), ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        builds = [
            pool.submit(_module, each, shelves[each[0].module], compiler, progress)
            for each in modules
        ]
        try:
            for build in as_completed(builds):
                build.result()
        except BaseException:
            for build in builds:
                build.cancel()
            compiler.stop()
            raise


def _module(servers: list[Server], shelf: Path, compiler: Compiler, progress: Progress) -> None:
    with held(shelf, progress.say) as lock:
        for server in servers:
            if not (shelf / server.name).exists():  # whoever had the lock may have built it
                compiler.compile(server, shelf, lock)
    discard_unused(shelf, servers[0].module)


@contextmanager
def _stopping(compiler: Compiler) -> Generator[None]:
    """End the compilers when this process is asked to end, or its terminal goes away."""

    def stop(number: int, _: FrameType | None) -> NoReturn:
        compiler.stop()
        raise SystemExit(128 + number)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
