"""One program of the platform, run by a test without the supervisor."""

import os
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from rise_local.process import MARK, Process
from rise_local.site import Site


@contextmanager
def running(site: Site, process: Process) -> Generator[Path]:
    """Run `process` and hand out where its log is."""
    path = site.home.log_of(process.name)
    with path.open("wb") as log:
        child = subprocess.Popen(
            list(process.command),
            env={**os.environ, **process.env, MARK: str(site.home.root)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        try:
            yield path
        finally:
            child.terminate()
            try:
                child.wait(timeout=20)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
