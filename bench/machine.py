"""The machine that measures, and what it costs to run a process here."""

import os
import platform
import sys
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from typing import Any

import psutil

BUSY = 0.5  # runnable processes a core, before anything is measured


@dataclass(frozen=True)
class Machine:
    """The size of this machine; figures without it mean nothing."""

    cores: int
    memory_gib: int
    system: str
    python: str

    def __str__(self) -> str:
        """Return one line for people."""
        size = f"{self.cores} cores, {self.memory_gib} GiB"
        return f"{size}, {self.system}, Python {self.python}"


def this_machine() -> Machine:
    """Return the machine that this runs on."""
    return Machine(
        cores=os.cpu_count() or 1,
        memory_gib=round(psutil.virtual_memory().total / 2**30),
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
    )


def warn_if_busy() -> None:
    """Say that others use the machine: the figures would tell of them, too."""
    load = os.getloadavg()[0]
    if load > BUSY * (os.cpu_count() or 1):
        sys.stderr.write(f"note: this machine is busy (load {load:.1f}): figures will be noisy\n")


def cpu_s(pid: int) -> float:
    """Return the CPU time that the process has used so far."""
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system


def peak_mib(pid: int) -> float:
    """Return the most memory that the process has held; what it holds now where nobody counts that.

    Not getrusage: on Linux a child's figure begins with that of the parent it was forked from.
    """
    status = Path(f"/proc/{pid}/status")
    if status.is_file():
        fields = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return int(fields["VmHWM"].split()[0]) / 1024
    return psutil.Process(pid).memory_info().rss / 2**20


def check_ended(process: Popen[Any]) -> None:
    """Wait until `process` has ended.

    Raises:
        ChildProcessError: it failed.
    """
    if process.wait() != 0:
        raise ChildProcessError(f"{process.args} ended with {process.returncode}")
