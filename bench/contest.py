"""Operator and floor at one API server, one after the other, each with Projects of its own."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import floor
import orjson
import psutil
import psycopg
from candidate import running
from creation import Created, bulk
from machine import check_ended, cpu_s, peak_mib
from recording import recorder
from template import Template, templates
from writes import Writes, agreed

from rise_crds.api import LABEL_PROJECT_UID
from rise_local import accounts, assembly, postgres, programs
from rise_local.kubeconfig import token_kubeconfig, token_of
from rise_local.platform import Platform
from rise_local.supervisor import until
from rise_operator.engine.resource import CHILDREN
from rise_operator.settings import Settings

FLOOR, OPERATOR = "floor", "operator"
WORKERS: int = Settings.model_fields["workers"].default
# Besides its children a Project needs a finalizer, a status that names its pull credential, the
# Secret that holds it, a status that says so, and the event that it is Ready.
NEEDED_BESIDES = 5
QUIET_CORES = 0.3
QUIET_S = 1.0
QUIET_WITHIN_S = 120.0


@dataclass(frozen=True)
class Round:
    """One bulk, by the floor or by the operator."""

    who: str
    wall_s: float
    cpu_s: float
    writes: Writes
    peak_mib: float


@dataclass(frozen=True)
class Restart:
    """An operator that finds everything as it should be."""

    projects: int
    wall_s: float  # from the start of the process until it has nothing left to do
    cpu_s: float
    writes: Writes
    rows_written: bool
    peak_mib: float


class Contest:
    """Everything that is measured on one platform."""

    def __init__(self, platform: Platform) -> None:
        """Measure on `platform`, whose servers run."""
        assembled = assembly.described(platform.home, "")
        self.site = assembled.site
        self.projects = 0
        self.needed = 0  # writes for one Project
        self.requests: list[Template] = []
        self._platform = platform
        self._kubectl = assembled.target.connect()
        self._series = 0
        endpoint, account = assembled.target.endpoint(), programs.ACCOUNTS[OPERATOR]
        accounts.ensure(platform.home, self._kubectl, endpoint, OPERATOR, account)
        self._token = token_of(platform.home.kubeconfig_of(OPERATOR))

    def record(self) -> None:
        """Learn from one Project what the operator sends, and how many writes are needed."""
        made: list[Created] = []
        kubeconfig = self.site.home.kubeconfig_of("recorded")
        with recorder(self.site) as (kept, address):
            token_kubeconfig(kubeconfig, address, "", self._token)
            with running(self.site, kubeconfig) as operator:
                operator.wait_idle(self.projects)
                kept.sent.clear()
                asyncio.run(bulk(self.site, self._names(1), made.append))
                operator.wait_idle(self.projects)
                sent = list(kept.sent)
        (project,) = made
        self.requests = templates(sent, project.name, project.uid, project.version)
        self.needed = self._children(project.uid) + NEEDED_BESIDES

    def by_floor(self, size: int) -> Round:
        """Let the floor provide for `size` Projects."""
        self._rest()
        names, since = self._names(size), datetime.now(UTC)
        with self._floor() as (process, told, answers):
            before = cpu_s(process.pid)
            wall_s = asyncio.run(bulk(self.site, names, _teller(told)))
            used_s = cpu_s(process.pid) - before
            most_mib = peak_mib(process.pid)
            told.close()
            writes = Writes()
            for status, times in orjson.loads(answers.readline()).items():
                writes = writes.counted(int(status), times)
            check_ended(process)
        return Round(FLOOR, wall_s, used_s, agreed(writes, self.site.home.logs, since), most_mib)

    def by_operator(self, size: int) -> Round:
        """Let an operator provide for `size` Projects, once it has looked at those there are."""
        self._rest()
        since = datetime.now(UTC)
        with running(self.site) as operator:
            operator.wait_idle(self.projects)
            found = agreed(operator.sent(), self.site.home.logs, since)
            if found != Writes():
                raise AssertionError(f"the operator mends what the floor made: {found}")
            self._rest()
            names, since = self._names(size), datetime.now(UTC)
            before = operator.cpu_s()
            wall_s = asyncio.run(bulk(self.site, names, lambda _: None))
            used_s = operator.cpu_s() - before
            operator.wait_idle(self.projects)
            writes = agreed(operator.sent(), self.site.home.logs, since)
        self._check_mirror()
        return Round(OPERATOR, wall_s, used_s, writes, operator.peak_mib)

    def restart(self) -> Restart:
        """Start an operator with nothing to do, and end it again."""
        self._rest()
        rows, since, began = self._rows(), datetime.now(UTC), time.perf_counter()
        with running(self.site) as operator:
            operator.wait_idle(self.projects)
            wall_s, used_s = time.perf_counter() - began, operator.cpu_s()
            writes = agreed(operator.sent(), self.site.home.logs, since)
        written = rows != self._rows()
        return Restart(self.projects, wall_s, used_s, writes, written, operator.peak_mib)

    def annotate(self, name: str, what: str) -> None:
        """Annotate a Project, as an administrator."""
        self._kubectl.run("annotate", "--overwrite", "project", name, what)

    def _check_mirror(self) -> None:
        ready, _ = self._rows()
        if ready != self.projects:
            raise AssertionError(f"{ready} of {self.projects} projects are Ready in the database")

    def _rows(self) -> tuple[int, str]:
        """Return how many rows say Ready, and a word that changes when any row is written."""
        url = postgres.url(self.site.home, "rise_inspect")
        with psycopg.connect(url) as connection:
            found = connection.execute(
                "select count(*) filter (where ready and deleted_at is null), "
                "coalesce(md5(string_agg(xmin::text, ' ' order by uid)), '') from projects"
            ).fetchone()
        assert found
        return int(found[0]), str(found[1])

    def _names(self, count: int) -> list[str]:
        """Return names that nobody has had, all of one length."""
        self._series += 1
        self.projects += count
        return [f"bench-{self._series:02}-{number:06}" for number in range(count)]

    def _children(self, uid: str) -> int:
        kinds = ",".join(resource.plural for resource in CHILDREN)
        selector = f"--selector={LABEL_PROJECT_UID}={uid}"
        return len(self._kubectl.run("get", kinds, "-A", selector, "-o", "name").split())

    @contextmanager
    def _floor(self) -> Generator[tuple[subprocess.Popen[bytes], IO[bytes], IO[bytes]]]:
        """Start the floor's process; give it, where it listens and where it answers."""
        order = floor.Order(
            server=self.site.url("kube-apiserver"),
            ca=str(self.site.ca),
            token=self._token,
            workers=WORKERS,
            templates=self.requests,
        )
        command = [sys.executable, str(Path(floor.__file__))]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        told, answers = process.stdin, process.stdout
        assert told
        assert answers
        try:
            told.write(orjson.dumps(asdict(order)) + b"\n")
            told.flush()
            assert answers.readline().decode().strip() == floor.READY
            yield process, told, answers
        finally:
            if process.returncode is None:
                process.kill()
                process.wait()
            answers.close()

    def _rest(self) -> None:
        """Wait until the servers have done what follows from what was there before.

        Raises:
            TimeoutError: they do not come to rest.
        """
        if not until(self._is_quiet, timeout_s=QUIET_WITHIN_S):
            raise TimeoutError("the servers do not come to rest: measure on a machine of your own")

    def _is_quiet(self) -> bool:
        before = self._servers_cpu_s()
        time.sleep(QUIET_S)
        return self._servers_cpu_s() - before < QUIET_CORES * QUIET_S

    def _servers_cpu_s(self) -> float:
        used_s = 0.0
        for state in self._platform.states():
            with suppress(psutil.NoSuchProcess):
                used_s += cpu_s(state.pid) if state.running else 0.0
        return used_s


def _teller(told: IO[bytes]) -> Callable[[Created], None]:
    def tell(project: Created) -> None:
        told.write(f"{project.name} {project.uid} {project.version}\n".encode())
        told.flush()

    return tell
