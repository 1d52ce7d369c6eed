"""The operator's process: as the platform runs it, but started, measured and ended by hand."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

import writes
from machine import check_ended, cpu_s, peak_mib
from writes import Samples, Writes, total

from rise_local import programs
from rise_local.site import Site

NAME = "operator"
WITHIN_S = 120.0
POLL_S = 0.05
_INHERITED = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "TMPDIR", "TZ")


class Candidate:
    """An operator that runs until the end of `running`."""

    def __init__(self, process: subprocess.Popen[bytes], address: str) -> None:
        """Measure `process`, which exposes its metrics at `address`."""
        self.peak_mib = 0.0  # known at the end
        self._process = process
        self._metrics = f"http://{address}/metrics"

    def samples(self) -> Samples:
        """Return everything that the operator counts.

        Raises:
            OSError: it does not answer yet.
        """
        return writes.exposed(self._metrics)

    def sent(self) -> Writes:
        """Return the writes that it has sent since it started."""
        return writes.sent(self.samples())

    def cpu_s(self) -> float:
        """Return the CPU time used since it started, that of the start included."""
        return cpu_s(self._process.pid)

    def wait_idle(self, projects: int) -> None:
        """Wait until it has looked at that many Projects and there is nothing left to do.

        Raises:
            TimeoutError: it goes on and on.
            ChildProcessError: it has ended.
        """
        deadline = time.monotonic() + WITHIN_S
        while not self._is_idle(projects):
            if self._process.poll() is not None:
                raise ChildProcessError(f"the operator ended with {self._process.returncode}")
            if time.monotonic() > deadline:
                raise TimeoutError(f"the operator is not idle within {WITHIN_S:.0f} s")
            time.sleep(POLL_S)

    def stop(self) -> None:
        """End it in order.

        Raises:
            ChildProcessError: it failed.
        """
        self.peak_mib = peak_mib(self._process.pid)
        self._process.terminate()
        check_ended(self._process)

    def _is_idle(self, projects: int) -> bool:
        try:
            samples = self.samples()
        except OSError:
            return False
        done = "controller_runtime_reconcile_total"
        return (
            total(samples, done, controller="gateway-groups", result="success") > 0
            and total(samples, done, controller="project", result="success") >= projects
            and total(samples, "workqueue_depth") == 0
            and total(samples, "controller_runtime_active_workers") == 0
        )


@contextmanager
def running(
    site: Site, kubeconfig: Path | None = None, settings: Mapping[str, str] | None = None
) -> Generator[Candidate]:
    """Run the operator as the platform would, with another kubeconfig if one is given.

    `settings`: variables of the environment that differ.
    """
    process = programs.operator(site)
    env = {key: os.environ[key] for key in _INHERITED if key in os.environ} | dict(process.env)
    env |= settings or {}
    if kubeconfig is not None:
        env["KUBECONFIG"] = str(kubeconfig)
    with site.home.log_of(NAME).open("ab") as log:
        started = subprocess.Popen(
            process.command, env=env, stdout=log, stderr=log, cwd=site.home.root
        )
    candidate = Candidate(started, site.address(NAME))
    try:
        yield candidate
        candidate.stop()
    finally:
        if started.returncode is None:
            started.kill()
            started.wait()


def start_s(site: Site) -> float:
    """Return the CPU time of a start that does nothing: the interpreter and the imports."""
    command = [*programs.operator(site).command, "--version"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime
