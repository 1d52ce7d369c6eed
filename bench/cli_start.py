"""How long `rise` takes to start, beside what the interpreter needs in any case.

`rise --help` is compared with `import click`, `rise kube-credential`, which kubectl starts for
every command, with an interpreter that does nothing, and `docker-credential-rise get`, which
clients of registries start, with one that imports what a request needs: it makes one, to a server
of the bench's own. The commands take turns, so that a machine that slows down slows all of them;
medians are compared. Exits with 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from statistics import median

import orjson
from machine import Machine, this_machine, warn_if_busy

RISE = str(Path(sys.prefix) / "bin" / "rise")
HELPER = str(Path(sys.prefix) / "bin" / "docker-credential-rise")
HOST = "registry.test"
LOGIN = {"username": "alice@example.com", "password": "a password of minutes"}
TOKEN = "a token that lasts"  # noqa: S105 - no secret
LASTS_S = 3600
MISSED = 1


@dataclass(frozen=True)
class Comparison:
    """A command, what it is measured against, and how much longer it may take."""

    command: tuple[str, ...]
    floor: tuple[str, ...]
    goal: float
    says: str  # what a right answer contains
    asks: str = ""  # on standard input


COMPARISONS = (
    Comparison((RISE, "--help"), (sys.executable, "-c", "import click"), 1.5, "kube-credential"),
    Comparison((RISE, "kube-credential"), (sys.executable, "-c", "pass"), 3.0, TOKEN),
    Comparison(
        (HELPER, "get"),
        (sys.executable, "-c", "import http.client, json, ssl"),
        2.0,
        LOGIN["password"],
        HOST,
    ),
)


@dataclass(frozen=True)
class Result:
    """Medians of one comparison."""

    command: str
    floor: str
    command_ms: float
    floor_ms: float
    ratio: float
    goal: float


def measure(comparison: Comparison, env: Mapping[str, str], runs: int) -> Result:
    """Run both sides in turn.

    Raises:
        AssertionError: the command does not answer as it should.
    """
    said = _run(comparison.command, env, comparison.asks)[1]
    assert comparison.says in said, said
    _run(comparison.floor, env)
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(runs):
        theirs.append(_run(comparison.floor, env)[0])
        ours.append(_run(comparison.command, env, comparison.asks)[0])
    ratio = median(ours) / median(theirs)
    names = (_shown(comparison.command), _shown(comparison.floor))
    return Result(*names, median(ours) * 1000, median(theirs) * 1000, ratio, comparison.goal)


def _run(command: Sequence[str], env: Mapping[str, str], asks: str = "") -> tuple[float, str]:
    """Return the seconds that `command` took, and what it printed."""
    began = time.perf_counter()
    done = subprocess.run(
        command, env=env, input=asks, stdout=subprocess.PIPE, text=True, check=True
    )
    return time.perf_counter() - began, done.stdout


def _shown(command: Sequence[str]) -> str:
    program, *arguments = command
    return " ".join([Path(program).name, *arguments])


class _Logins(BaseHTTPRequestHandler):
    """Gives everybody the same login."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        content = json.dumps(LOGIN).encode()
        self.send_response(201)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as above
        """Say nothing."""


@contextmanager
def _serving() -> Generator[str]:
    """Return the URL of a server that gives logins."""
    server = HTTPServer(("127.0.0.1", 0), _Logins)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _environment(sessions: Path, server: str) -> dict[str, str]:
    """Return an environment in which somebody is signed in at `server`, whose token lasts."""
    session = sessions / "session.json"
    session.touch(mode=0o600)
    ends = time.time() + LASTS_S
    session.write_text(
        json.dumps({"server": server, "caFile": "", "token": TOKEN, "expiresAt": ends})
    )
    known = {"server": server, "at": time.time(), "hosts": [HOST]}
    (sessions / "registries.json").write_text(json.dumps(known))
    kept = {key: value for key, value in os.environ.items() if not key.startswith("COVERAGE_")}
    return kept | {"RISE_CONFIG_DIR": str(sessions)}


def shown(machine: Machine, results: Sequence[Result]) -> Iterator[str]:
    """Return the lines that people read."""
    yield f"machine: {machine}"
    for each in results:
        ours, theirs = (f"{each.command}: {each.command_ms:.1f} ms", f"{each.floor_ms:.1f} ms")
        yield f"{ours}, {each.floor}: {theirs}, ratio {each.ratio:.2f} (goal: {each.goal})"


def main() -> int:
    """Measure, print, and return the exit code."""
    parser = argparse.ArgumentParser(description="Measure how long `rise` takes to start.")
    parser.add_argument("--runs", type=int, default=40, help="of each command (default: 40)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    options = parser.parse_args()
    warn_if_busy()
    with tempfile.TemporaryDirectory(prefix="rise-bench-") as sessions, _serving() as server:
        env = _environment(Path(sessions), server)
        results = [measure(each, env, options.runs) for each in COMPARISONS]
    machine = this_machine()
    sys.stdout.write("\n".join(shown(machine, results)) + "\n")
    if options.json:
        figures = {"machine": machine, "results": results}
        options.json.write_bytes(orjson.dumps(figures, option=orjson.OPT_INDENT_2))
    missed = [each for each in results if each.ratio > each.goal]
    for each in missed:
        sys.stderr.write(
            f"missed: {each.command} takes {each.ratio:.2f} x `{each.floor}`, "
            f"the goal is {each.goal} x\n"
        )
    return MISSED if missed else 0


if __name__ == "__main__":
    sys.exit(main())
