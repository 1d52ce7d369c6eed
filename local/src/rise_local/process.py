"""What a supervised process is, and how process-compose is told."""

import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from rise_local.home import Home

# process-compose ends a process whose probe failed this often in a row and does not start it again:
# a server that is away for long must stay under its restart policy, so this is never reached.
NEVER = 1_000_000
LOG_MIB = 10
LOG_FILES = 3
STOP_S = 20
MARK = "RISE_LOCAL_PLATFORM"  # in the environment of whatever runs for a home: to find what is left


@dataclass(frozen=True)
class Probe:
    """How to see that a process answers: an URL (200), or a command (exit code 0)."""

    url: str = ""
    command: Sequence[str] = ()


@dataclass(frozen=True)
class Process:
    """One process of the platform."""

    name: str
    command: Sequence[str]
    probe: Probe
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    files: Sequence[Path] = ()  # read when it starts and not again: another content, another start
    after: Sequence[str] = ()
    stop_signal: int = 15
    stop_parent_only: bool = False
    waits: bool = False  # not started with the supervisor, but by `up` when its time has come


def compose(home: Home, processes: Sequence[Process], ca: Path) -> str:
    """Return process-compose's configuration.

    The text is expanded by process-compose like a shell's: a literal `$` is written twice.
    """
    document = {
        "version": "0.5",
        "is_strict": True,
        "log_level": "info",
        "shell": {"shell_command": "/bin/sh", "shell_argument": "-c"},
        "environment": [f"{MARK}={home.root}", f"SSL_CERT_FILE={ca}"],
        "processes": {process.name: _entry(home, process, ca) for process in processes},
    }
    return yaml.safe_dump(document, sort_keys=True, width=1000).replace("$", "$$")


def _literal(text: str) -> str:
    """Return `text` as process-compose's templates print it; only some fields are templates."""
    return text.replace("{{", '{{"{{"}}')


def _entry(home: Home, process: Process, ca: Path) -> dict[str, Any]:
    return {
        "entrypoint": list(process.command),
        "environment": [f"{key}={value}" for key, value in sorted(process.env.items())],
        "working_dir": _literal(str(home.root)),
        "disabled": process.waits,
        "log_location": _literal(str(home.log_of(process.name))),
        "log_configuration": {
            "rotation": {"max_size_mb": LOG_MIB, "max_backups": LOG_FILES},
            "disable_json": True,
            "no_metadata": True,
            "no_color": True,
            "fields_order": ["message"],
            "flush_each_line": True,
        },
        "availability": {"restart": "always", "backoff_seconds": 1},
        "depends_on": {name: {"condition": "process_healthy"} for name in process.after},
        "readiness_probe": _probe(process.probe, ca),
        "shutdown": {
            "signal": process.stop_signal,
            "timeout_seconds": STOP_S,
            "parent_only": process.stop_parent_only,
        },
    }


def _probe(probe: Probe, ca: Path) -> dict[str, Any]:
    rhythm = {"period_seconds": 1, "timeout_seconds": 5, "failure_threshold": NEVER}
    if probe.command:
        return {**rhythm, "exec": _exec(probe.command)}
    scheme, _, rest = probe.url.partition("://")
    # Go takes SSL_CERT_FILE everywhere but on macOS, which always has curl.
    if scheme == "https" and sys.platform == "darwin":
        ask = ("/usr/bin/curl", "--fail", "--silent", "--cacert", str(ca), probe.url)
        return {**rhythm, "exec": _exec(ask)}
    address, _, path = rest.partition("/")
    host, _, port = address.rpartition(":")
    target = {"scheme": scheme, "host": host, "port": port, "path": f"/{path}"}
    return {**rhythm, "http_get": target}


def _exec(command: Sequence[str]) -> dict[str, str]:
    return {"command": _literal(shlex.join(command)), "working_dir": "/"}
