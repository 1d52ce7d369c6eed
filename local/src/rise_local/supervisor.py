"""process-compose, which owns the servers: apart from any terminal, asked over its socket."""

import http.client
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from rise_local.errors import LocalError
from rise_local.home import Home
from rise_local.process import MARK, STOP_S

ANSWER_S = 30.0  # on a busy machine it is in no hurry
LAUNCH_S = 20.0
POLL_S = 0.05
STATES_POLL_S = 0.2  # the supervisor reads all of /proc for each answer
ENDED = frozenset({"Disabled", "Completed", "Error", "Skipped"})


@dataclass(frozen=True)
class State:
    """What the supervisor knows of one process."""

    name: str
    status: str
    ready: bool
    pid: int
    restarts: int
    exit_code: int
    age_s: float

    @property
    def running(self) -> bool:
        """Whether there is a process."""
        return self.status in {"Running", "Launched", "Launching"}

    @property
    def is_up(self) -> bool:
        """Whether there is a process, and it answers."""
        return self.running and self.ready


class _UnixConnection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: Path, timeout_s: float) -> None:
        super().__init__("localhost", timeout=timeout_s)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


@dataclass(frozen=True)
class Supervisor:
    """The supervisor of one home."""

    home: Home

    @property
    def configuration(self) -> Path:
        """What the running supervisor was started with."""
        return self.home.etc / "process-compose.yaml"

    @property
    def log(self) -> Path:
        """The supervisor's own log."""
        return self.home.log_of("process-compose")

    def alive(self) -> bool:
        """Return whether the supervisor answers."""
        try:
            self._ask("GET", "/live")
        except OSError:
            return False
        return True

    def launch(self, program: Path) -> None:
        """Start the supervisor in a session of its own: a closed terminal does not end it.

        Raises:
            LocalError: it did not come up.
        """
        command = [str(program), "up", "-D", "--config", str(self.configuration)]
        command += ["--use-uds", "--unix-socket", str(self.home.supervisor_socket)]
        command += ["--keep-project", "--ordered-shutdown", "--disable-dotenv"]
        command += ["--log-file", str(self.log)]
        started = subprocess.run(  # noqa: S603 - the program that we built
            command,
            cwd=self.home.root,
            env=_environment(self.home),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if started.returncode != 0 or not until(self.alive, timeout_s=LAUNCH_S):
            raise LocalError(f"the supervisor did not start: see {self.log}")

    def states(self) -> dict[str, State]:
        """Return the state of every process.

        Raises:
            OSError: the supervisor does not answer.
        """
        answer = self._ask("GET", "/processes")
        return {each["name"]: _state(each) for each in answer.get("data") or []}

    def start(self, name: str) -> None:
        """Start `name`; nothing happens when it runs or is about to.

        Raises:
            LocalError: the supervisor refuses.
        """
        until(lambda: self.states()[name].status != "Terminating", timeout_s=STOP_S + ANSWER_S)
        before = self.states()[name]
        if before.status not in ENDED:
            return
        # The supervisor says that a process has ended a moment before it lets it start again,
        # and goes on to say so for a moment after it has taken the order.
        if not until(lambda: self._accepts("POST", f"/process/start/{name}")):
            raise LocalError(f"{name} cannot be started: see {self.log}, or run `make down up`")
        until(lambda: has_begun(self.states()[name], before))

    def stop(self, name: str, *, kill: bool = False) -> None:
        """Stop `name` until it is started again; nothing happens when it does not run.

        With `kill` it gets no chance to say goodbye.

        Raises:
            LocalError: it does not end.
        """
        state = self.states()[name]
        if kill and state.running:
            self.signal(name, signal.SIGKILL)
            until(lambda: self.states()[name].pid != state.pid or not self.states()[name].running)
        if self.states()[name].status not in ENDED:
            self._accepts("PATCH", f"/process/stop/{name}")
        patience_s = STOP_S + ANSWER_S
        if not until(lambda: self.states()[name].status in ENDED, timeout_s=patience_s):
            raise LocalError(f"{name} does not stop: see {self.log}, or run `make down`")

    def signal(self, name: str, number: int) -> None:
        """Send a signal to `name`; whether it is started again is the restart policy's business."""
        state = self.states()[name]
        if state.running:
            with suppress(ProcessLookupError):
                os.kill(state.pid, number)

    def shut_down(self) -> None:
        """Stop every process in order, then the supervisor; then end whatever is left behind."""
        with suppress(OSError, http.client.HTTPException):
            self._ask("POST", "/project/stop", timeout_s=3 * STOP_S)
            until(lambda: not self.alive(), timeout_s=STOP_S)
        end_orphans(self.home)

    def _accepts(self, method: str, path: str) -> bool:
        try:
            self._ask(method, path, timeout_s=STOP_S + ANSWER_S)
        except _RefusedError:
            return False
        return True

    def _ask(self, method: str, path: str, *, timeout_s: float = ANSWER_S) -> dict[str, Any]:
        connection = _UnixConnection(self.home.supervisor_socket, timeout_s)
        try:
            connection.request(method, path)
            answer = connection.getresponse()
            body = json.loads(answer.read() or b"{}")
        finally:
            connection.close()
        if answer.status >= http.client.BAD_REQUEST:
            raise _RefusedError(str(body.get("error", answer.status)))
        return body


class _RefusedError(Exception):
    """The supervisor said no; it says why."""


def has_begun(state: State, before: State) -> bool:
    """Return whether a process was started since `before`, though it may have ended again."""
    return state.status not in ENDED or (state.pid, state.status) != (before.pid, before.status)


def until(
    claim: Callable[[], object], *, timeout_s: float = ANSWER_S, poll_s: float = POLL_S
) -> bool:
    """Wait until `claim` holds, looking every `poll_s`; return whether it does."""
    deadline = time.monotonic() + timeout_s
    while not claim():
        if time.monotonic() > deadline:
            return False
        time.sleep(poll_s)
    return True


def end_orphans(home: Home) -> int:
    """End every process of this home that outlived its supervisor; return how many there were.

    They are known by a variable that the supervisor gives to each (and by PostgreSQL's own file,
    because PostgreSQL writes over its environment).
    """
    found = processes_of(home)
    for process in found:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(_goodbye(process, home))
    _, stubborn = psutil.wait_procs(found, timeout=STOP_S / 2)
    for process in stubborn:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(stubborn, timeout=ANSWER_S)
    return len(found)


def processes_of(home: Home) -> list[psutil.Process]:
    """Return every process that runs for this home, whoever its parent is."""
    return [
        process
        for process in psutil.process_iter()
        if process.pid != os.getpid() and (_marked(process, home) or _is_postmaster(process, home))
    ]


def _marked(process: psutil.Process, home: Home) -> bool:
    try:
        return process.environ().get(MARK) == str(home.root)
    except (psutil.Error, OSError):
        return False


def _is_postmaster(process: psutil.Process, home: Home) -> bool:
    try:
        lines = (home.postgres / "postmaster.pid").read_text().splitlines()
        return int(lines[0]) == process.pid and str(home.postgres) in process.cmdline()
    except (psutil.Error, OSError, ValueError, IndexError):
        return False


def _goodbye(process: psutil.Process, home: Home) -> int:
    """Return the signal that ends `process` in order; on SIGTERM PostgreSQL waits for clients."""
    return signal.SIGINT if _is_postmaster(process, home) else signal.SIGTERM


def _environment(home: Home) -> dict[str, str]:
    """Return what the servers inherit: nothing of the caller's Rise, Kubernetes or PostgreSQL."""
    kept = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "TMPDIR", "TZ")
    kept += ("COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG")
    env = {key: os.environ[key] for key in kept if key in os.environ}
    return {
        **env,
        "COMPOSE_SHELL": "/bin/sh",
        "PROC_COMP_CONFIG": str(home.etc),
        "SSL_CERT_FILE": str(home.pki / "ca.crt"),
        MARK: str(home.root),
    }


def _state(answer: dict[str, Any]) -> State:
    return State(
        name=str(answer["name"]),
        status=str(answer["status"]),
        ready=answer["is_ready"] == "Ready",
        pid=int(answer["pid"]),
        restarts=int(answer["restarts"]),
        exit_code=int(answer["exit_code"]),
        age_s=float(answer["age"]) / 1e9,
    )
