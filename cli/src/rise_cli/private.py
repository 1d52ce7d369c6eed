"""Files that only their owner reads, whatever the umask says."""

import os
import tempfile
from pathlib import Path


def make_folder(path: Path) -> None:
    """Make a folder where there is none, and those that it lies in, each for its owner alone.

    Raises:
        OSError: it cannot be made.
    """
    missing = [each for each in (path, *path.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir(mode=0o700, exist_ok=True)
        each.chmod(0o700)
    if not missing:
        path.mkdir(exist_ok=True)  # says so where a file has the name


def check_folder(path: Path) -> None:
    """See that a file can be written into `path`, before anything is made that it should hold.

    Raises:
        OSError: none can.
    """
    make_folder(path)
    with tempfile.TemporaryFile(dir=path):
        return


def write(path: Path, text: str) -> None:
    """Write by one rename: whoever reads finds what was there before, or `text`, whole.

    Raises:
        OSError: it cannot be written; it is as it was then.
    """
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            os.fchmod(descriptor, 0o600)
            file.write(text)
            file.flush()
            os.fsync(descriptor)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
