"""A project's repositories on the disk of a registry that keeps its images in files.

What the API does not list is found here: manifests without a tag, layers without a manifest. And
what it cannot remove goes from here: uploads that never ended, the name. The content itself is kept
once for all repositories and waits for the registry's own `garbage-collect`; without a link nobody
can ask for it.
"""

import os
import re
import secrets
import shutil
import stat
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from rise_registry.contract import RegistryError

BELOW = ("docker", "registry", "v2", "repositories")
PROJECT = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
LINK = re.compile(
    r"(?P<repository>[^_].*?)/(?P<kind>_layers|_manifests/revisions)"
    r"/(?P<algorithm>[a-z0-9]+)/(?P<hex>[0-9a-f]+)"
)
REMOVED = "_rise-removed-"  # the registry takes no name that begins with _ for a repository


@dataclass(frozen=True)
class Link:
    """One thing in a repository, as the API calls it: `blobs` or `manifests`, by digest."""

    repository: str
    kind: str
    digest: str


def holds(storage: Path, project: str) -> bool:
    """Tell whether the registry has anything of `project`.

    Raises:
        RegistryError: the directory cannot be read.
    """
    with _repositories(storage) as directory:
        return directory is not None and _there(directory, _checked(project))


def remove(storage: Path, project: str) -> None:
    """Remove all that the registry has of `project`: out of its sight at once, then from the disk.

    No symbolic link is followed, neither on the way nor below.

    Raises:
        RegistryError: the directory cannot be written, or there is a link on the way to it.
    """
    with _repositories(storage) as directory:
        if directory is None:
            return
        if _there(directory, _checked(project)):
            aside = REMOVED + secrets.token_hex(8)
            with suppress(FileNotFoundError):  # somebody else was quicker
                os.rename(project, aside, src_dir_fd=directory, dst_dir_fd=directory)
        # What an earlier removal left, too.
        names = os.listdir(directory)  # noqa: PTH208 - a descriptor is no path
        for left in [name for name in names if name.startswith(REMOVED)]:
            with suppress(FileNotFoundError):
                _discard(directory, left)


def links(storage: Path, project: str) -> list[Link]:
    """Return what can be asked for by digest in the repositories of `project`.

    Raises:
        RegistryError: the directory cannot be read.
    """
    found: list[Link] = []
    with _repositories(storage) as directory:
        if directory is not None and _there(directory, _checked(project)):
            for place, _, files, _ in os.fwalk(project, dir_fd=directory, follow_symlinks=False):
                named = LINK.fullmatch(place) if "link" in files else None
                if named:
                    kind = "blobs" if named["kind"] == "_layers" else "manifests"
                    digest = f"{named['algorithm']}:{named['hex']}"
                    found.append(Link(named["repository"], kind, digest))
    return found


@contextmanager
def _repositories(storage: Path) -> Generator[int | None]:
    """Yield a descriptor of the directory of all repositories; None before the first push."""
    opened: list[int] = []
    try:
        opened.append(os.open(storage, os.O_RDONLY | os.O_DIRECTORY))
        for name in BELOW:
            flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
            try:
                opened.append(os.open(name, flags, dir_fd=opened[-1]))
            except FileNotFoundError:
                yield None
                return
        yield opened[-1]
    except OSError as error:
        raise RegistryError(
            f"the registry's storage {storage} cannot be used ({error}): it must be the directory "
            "itself, which this program may read and write, without symbolic links below"
        ) from error
    finally:
        for descriptor in opened:
            os.close(descriptor)


def _discard(directory: int, name: str) -> None:
    if stat.S_ISDIR(os.stat(name, dir_fd=directory, follow_symlinks=False).st_mode):
        shutil.rmtree(name, dir_fd=directory)
    else:
        os.unlink(name, dir_fd=directory)  # a symbolic link goes, what it leads to stays


def _checked(project: str) -> str:
    if not PROJECT.fullmatch(project):
        raise RegistryError(f"{project!r} is no name of a project: nothing is removed")
    return project


def _there(directory: int, project: str) -> bool:
    try:
        os.stat(project, dir_fd=directory, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True
