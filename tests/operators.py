"""Operators looked at from outside: what they count, what they say, and a second one beside."""

from __future__ import annotations

import os
import re
import subprocess
import time
import urllib.error
import urllib.request
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from beside import chosen_ports

from rise_local import assembly, ports, programs
from rise_local.home import existing
from rise_local.process import MARK

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

    from rise_local.platform import Platform

DEADLINE_S = 120.0
POLL_S = 0.05
QUIET = 6  # readings in a row
WRITES = ("POST", "PATCH", "DELETE")  # PUT is the Lease's alone


def until(claim: Callable[[], object], what: str, within_s: float = DEADLINE_S) -> None:
    """Wait until `claim` holds; fail with `what` after `within_s`."""
    deadline = time.monotonic() + within_s
    while not claim():
        if time.monotonic() > deadline:
            pytest.fail(f"not within {within_s:.0f} s: {what}")
        time.sleep(POLL_S)


@dataclass(frozen=True)
class Counts:
    """One reading of /metrics."""

    text: str

    def by(self, name: str, label: str) -> Counter[str]:
        """Return the values of the metric `name`, summed for each value of `label`."""
        found: Counter[str] = Counter()
        sample = rf'^{name}{{(?:[^}}]*,)?{label}="([^"]*)"[^}}]*}} (\S+)$'
        for value, number in re.findall(sample, self.text, re.MULTILINE):
            found[value] += int(float(number))
        return found

    def writes(self) -> int:
        """Return how many writes were sent but for those to the Lease."""
        sent = self.by("rest_client_requests_total", "method")
        return sum(sent[method] for method in WRITES)

    def reconciles(self, controller: str) -> int:
        return self.by("controller_runtime_reconcile_total", "controller")[controller]

    def is_idle(self) -> bool:
        """Tell whether nobody waits and nobody works."""
        waiting = self.by("workqueue_depth", "name")
        busy = self.by("controller_runtime_active_workers", "controller")
        return bool(busy) and waiting.total() == 0 and busy.total() == 0


@dataclass(frozen=True)
class Endpoint:
    """One operator's /livez, /readyz and /metrics."""

    address: str

    def ask(self, path: str) -> tuple[int, str]:
        """Return status and text; 0 while nobody listens."""
        try:
            with urllib.request.urlopen(f"http://{self.address}{path}", timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def is_ready(self) -> bool:
        return self.ask("/readyz")[0] == 200

    def counts(self) -> Counts:
        """Return what it has counted up to now; nothing while nobody listens."""
        status, text = self.ask("/metrics")
        return Counts(text if status == 200 else "")

    def writes(self) -> int:
        return self.counts().writes()

    def reconciles(self, controller: str = "project") -> int:
        return self.counts().reconciles(controller)

    def began(self) -> float:
        """Return when its process began, in seconds since 1970; 0 while nobody listens."""
        found = re.search(r"^process_start_time_seconds (\S+)$", self.counts().text, re.MULTILINE)
        return float(found[1]) if found else 0.0

    def leads(self) -> bool:
        return self.counts().by("leader_election_master_status", "name")["rise-operator"] == 1

    def settle(self) -> None:
        """Wait until it has had nothing to do for a while."""
        seen: list[int] = []

        def quiet() -> bool:
            now = self.counts()
            moved = now.writes() + now.reconciles("project") + now.reconciles("team")
            seen.append(moved if now.is_idle() else -len(seen) - 1)
            return len(seen) > QUIET and len(set(seen[-QUIET:])) == 1

        until(quiet, "the operator has nothing to do any more")


@dataclass(frozen=True)
class Second:
    """An operator beside the platform's own."""

    endpoint: Endpoint
    process: subprocess.Popen[bytes]
    log: Path

    def text(self) -> str:
        return self.log.read_text()


@contextmanager
def second_operator(
    platform: Platform, log: Path, package: Path | None = None, /, **settings: str
) -> Generator[Second]:
    """Run one more operator with the same rights and database, and other `settings`.

    `package`: a folder with a package that it has installed besides.
    """
    site = assembly.described(existing(platform.home.root), "").site
    process = programs.operator(site)
    env = {
        "PATH": os.environ["PATH"],
        MARK: str(platform.home.root),  # so that it never outlives the platform
        **process.env,
        **({"PYTHONPATH": str(package)} if package else {}),
        **{f"RISE_OPERATOR_{name.upper()}": value for name, value in settings.items()},
    }
    with chosen_ports("operator") as chosen, log.open("wb") as output:
        listen = f"{ports.LOOPBACK}:{chosen['operator']}"
        env["RISE_OPERATOR_LISTEN"] = listen
        running = subprocess.Popen(process.command, env=env, stdout=output, stderr=output)
        try:
            it = Second(Endpoint(listen), running, log)
            until(it.endpoint.is_ready, f"the second operator is ready: see {log}")
            yield it
        finally:
            running.terminate()
            try:
                running.wait(60)
            except subprocess.TimeoutExpired:
                running.kill()
                running.wait()


def killed(platform: Platform) -> None:
    """Kill the platform's own operator, and wait until the supervisor has begun another."""
    operator = own(platform)
    before = operator.began()
    platform.kill("operator")
    until(lambda: operator.began() not in {0.0, before}, "it has begun again")


def own(platform: Platform) -> Endpoint:
    """Return the endpoint of the platform's own operator."""
    return Endpoint(platform.address("operator"))


def tokens_in(text: str) -> list[str]:
    """Return what looks like a signed token."""
    return re.findall(r"eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}", text)
