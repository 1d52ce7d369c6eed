"""What belongs to a platform: its programs, ports, certificates and processes, put together."""

import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from rise_local import cluster, dex, ports, postgres, programs
from rise_local import registry as oci
from rise_local.build import binaries
from rise_local.certificates import Authority
from rise_local.errors import LocalError
from rise_local.home import Home
from rise_local.process import Process, compose
from rise_local.site import Site

PORTS = (
    *("dex", "etcd", "etcd-metrics", "etcd-peer", "kube-apiserver", "kube-controller-manager"),
    *("registry", "operator", "backend"),
)
PROGRAMS = ("process-compose", "dex", "registry", "kubectl", "helm")
NEEDED_BYTES = 1 << 30


@dataclass(frozen=True)
class Assembly:
    """One platform, ready to be started."""

    site: Site
    target: cluster.Cluster
    processes: tuple[Process, ...]

    @property
    def configuration(self) -> str:
        """What the supervisor is told."""
        return compose(self.site.home, self.processes, self.site.ca)

    @property
    def servers(self) -> list[str]:
        """The processes that run first, by name."""
        return [process.name for process in self.processes if not process.waits]


def assemble(home: Home, chosen: Mapping[str, int], target: str) -> Assembly:
    """Write certificates and configuration files, and return what runs with them."""
    now = datetime.now(UTC)
    authority = Authority(home.pki)
    authority.ensure(now)
    site = Site(home, chosen, built(target), authority)
    where = cluster.chosen(site, target, now)
    backend = authority.ensure_server("backend", now)
    site.tokens.ensure(now)
    for program, account in programs.ACCOUNTS.items():
        site.tokens.ensure_client(program, account, (), now)
    processes = (
        postgres.process(home),
        dex.process(site, authority.ensure_server("dex", now)),
        *where.processes(),
        oci.process(site, authority.ensure_server("registry", now)),
        programs.operator(site),
        programs.backend(site, backend, where.upstream_identity),
    )
    return Assembly(site, where, processes)


def described(home: Home, target: str) -> Assembly:
    """Return the platform as it was assembled last; nothing is written that exists."""
    return assemble(home, ports.remembered(home), target)


@cache
def built(target: str) -> Mapping[str, Path]:
    """Return the programs of a platform with the cluster `target`, built where they are missing.

    Raises:
        LocalError: a build failed, or this machine cannot run the cluster.
    """
    return binaries((*PROGRAMS, *cluster.needed(target)))


def migrate(home: Home) -> None:
    """Bring the database to the schema that the programs expect.

    Raises:
        LocalError: a migration failed.
    """
    command = [sys.executable, "-m", "rise_database.migrate", "--url", postgres.url(home, "rise")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own program
    log = home.log_of("migrate")
    log.write_text(done.stdout + done.stderr)
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()
        raise LocalError(f"the migrations failed ({said[-1] if said else 'no reason'}): see {log}")


def check_disk(root: Path, needed_bytes: int = NEEDED_BYTES) -> None:
    """Refuse to start servers that would find no room to write.

    Raises:
        LocalError: less than `needed_bytes` are free.
    """
    free = shutil.disk_usage(root).free
    if free < needed_bytes:
        raise LocalError(
            f"{free >> 20} MiB are free under {root}, the servers need {needed_bytes >> 20}: "
            "make room, or name a directory on another disk in RISE_HOME"
        )
