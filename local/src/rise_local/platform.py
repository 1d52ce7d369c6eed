"""The whole platform under one directory: up, down, and everything in between."""

import os
import shutil
import signal
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from rise_local import accounts, assembly, chart, cluster, environment, ports, postgres, programs
from rise_local.assembly import Assembly
from rise_local.demo import Demo
from rise_local.errors import LocalError
from rise_local.home import Home, existing, prepared, write_private
from rise_local.lock import held
from rise_local.process import MARK
from rise_local.started_with import outdated, remember
from rise_local.steps import Steps
from rise_local.supervisor import STATES_POLL_S, State, Supervisor, end_orphans, until

READY_S = 120.0
PATIENT_RESTARTS = 3
# People bring these two; the rest of the chart runs here as processes.
CHART_VALUES = {"operator": {"enabled": False}, "backend": {"enabled": False}}


class Platform:
    """A platform of its own: servers, ports and state under `root`, disturbing no other."""

    def __init__(self, root: Path, *, steps: Steps | None = None, target: str = "") -> None:
        """Describe a platform; nothing is started or written yet.

        `target` is the cluster: empty for one of its own, `kind`, or a kubeconfig context.
        """
        self.home = Home(root.absolute())
        self.supervisor = Supervisor(self.home)
        self._steps = steps or Steps()
        self._target = target

    # ---- the life of the platform ------------------------------------------------------------

    def up(self, *, demo: bool = True) -> None:
        """Start what does not run, and show the main job unless `demo` is false.

        Raises:
            LocalError: what is wrong, what to do, and where the log is.
        """
        prepared(self.home.root)
        with held(self.home, self._steps.say), self._nothing_left_when_interrupted():
            assembled = self._serve()
            if self._lost_a_port(assembled):
                self._stop()
                assembled = self._serve()
            self._run_programs(assembled)
            values = environment.variables(assembled.site, assembled.target.endpoint().url)
            environment.write(assembled.site, values)
            if demo:
                Demo({**self.env, MARK: str(self.home.root)}, self._steps.say).run()

    def serve(self) -> None:
        """Start the servers alone: API server with the chart applied, database with its schema.

        Raises:
            LocalError: what is wrong, what to do, and where the log is.
        """
        prepared(self.home.root)
        with held(self.home, self._steps.say), self._nothing_left_when_interrupted():
            self._serve()

    def down(self) -> None:
        """Stop everything; keep everything."""
        if self.home.root.exists():
            with held(existing(self.home.root), self._steps.say):
                self._stop()

    def reset(self) -> None:
        """Stop everything; keep nothing (an existing cluster stays as it is)."""
        if self.home.root.exists():
            with held(self.home, self._steps.say):
                self.supervisor.shut_down()
                cluster.delete(self.home)
                shutil.rmtree(self.home.run, ignore_errors=True)
                shutil.rmtree(self.home.root)

    def start(self, name: str) -> None:
        """Start one process and wait until it is ready.

        Raises:
            LocalError: there is no such process, or it does not become ready.
        """
        self._known(name)
        self.supervisor.start(name)
        self._wait([name])

    def stop(self, name: str, number: int = signal.SIGTERM) -> None:
        """Stop one process until it is started again; SIGKILL leaves it no time to say goodbye.

        Raises:
            LocalError: there is no such process.
        """
        self._known(name)
        self.supervisor.stop(name, kill=number == signal.SIGKILL)

    def kill(self, name: str, number: int = signal.SIGKILL) -> None:
        """Send a signal to one process; when it ends, the supervisor starts it again.

        Raises:
            LocalError: there is no such process.
        """
        self._known(name)
        self.supervisor.signal(name, number)

    def wait_ready(self) -> None:
        """Wait until every started process answers and the API server decides by the policies.

        Raises:
            LocalError: what is not ready, and where its log is.
        """
        self._wait([state.name for state in self.states() if state.status != "Disabled"])
        chart.wait_until_in_force(self._described().target.connect())

    def logs(self, name: str, lines: int = 0) -> str:
        """Return the log of one process, or its last `lines`."""
        path = self.home.log_of(name)
        text = path.read_text(errors="replace") if path.is_file() else ""
        return "".join(text.splitlines(keepends=True)[-lines:])

    def states(self) -> list[State]:
        """Return the state of every process; empty while the platform is down."""
        try:
            return sorted(self.supervisor.states().values(), key=lambda state: state.name)
        except OSError:
            return []

    @property
    def env(self) -> dict[str, str]:
        """The variables of `.rise/env`, with this process's PATH behind the platform's own."""
        assembled = self._described()
        values = environment.variables(assembled.site, assembled.target.endpoint().url)
        path = [environment.path(assembled.site), os.environ.get("PATH", os.defpath)]
        return {**os.environ, **values, "PATH": os.pathsep.join(path)}

    @property
    def programs(self) -> Mapping[str, Path]:
        """Where the servers' programs and kubectl lie."""
        return assembly.built(self._cluster)

    def address(self, name: str) -> str:
        """Return host:port where the server `name` listens."""
        return f"{ports.LOOPBACK}:{ports.remembered(self.home)[name]}"

    # ---- up, step by step --------------------------------------------------------------------

    def _serve(self) -> Assembly:
        home = prepared(self.home.root)
        assembly.check_disk(home.root)
        with self._steps.step("programs"):
            assembly.built(self._cluster)
        assembled = self._start_servers(home)
        with self._steps.step("database schema"):
            assembly.migrate(home)
        with self._steps.step("custom resources, policies, roles"):
            kubectl = assembled.target.connect()
            objects = chart.render(assembled.site.programs["helm"], CHART_VALUES)
            write_private(programs.policies(home), chart.policies(objects))
            chart.apply(home, kubectl, objects)
            chart.wait_until_in_force(kubectl)
        return assembled

    def _start_servers(self, home: Home) -> Assembly:
        running = self.supervisor.alive()
        if not running:
            end_orphans(home)  # a supervisor that was killed left its processes
        chosen = ports.remembered(home)
        if not running or set(chosen) != set(assembly.PORTS):
            chosen = ports.choose(home, assembly.PORTS, self._steps.say)
        assembled = assembly.assemble(home, chosen, self._cluster)
        if running and not self._runs(assembled):
            self._steps.say("  the processes' configuration changed: starting them again")
            self.supervisor.shut_down()
            running = False
        with self._steps.step("servers"):
            assembled.target.start()
            if running:
                for name in outdated(home, assembled.processes):
                    self._steps.say(f"  the configuration of {name} changed: starting it again")
                    self.supervisor.stop(name)
            remember(home, assembled.processes)
            if running:
                for name in assembled.servers:
                    self.supervisor.start(name)
            else:
                postgres.prepare(home)
                write_private(self.supervisor.configuration, assembled.configuration)
                self.supervisor.launch(assembled.site.programs["process-compose"])
            self._wait_or_stop(assembled.servers, launched=not running)
        return assembled

    def _runs(self, assembled: Assembly) -> bool:
        kept = self.supervisor.configuration
        return kept.is_file() and kept.read_text() == assembled.configuration

    def _wait_or_stop(self, servers: Sequence[str], *, launched: bool) -> None:
        """Wait for the servers; when they do not come up, leave none of them behind."""
        try:
            self._wait(servers)
        except LocalError:
            if launched:
                self._stop()
            raise

    def _lost_a_port(self, assembled: Assembly) -> bool:
        """Return whether somebody took a port of a program that has not been started yet."""
        states = self.supervisor.states()
        waiting = [name for name in programs.ACCOUNTS if not states[name].running]
        return not all(ports.is_free(assembled.site.ports[name]) for name in waiting)

    def _run_programs(self, assembled: Assembly) -> None:
        kubectl, endpoint = assembled.target.connect(), assembled.target.endpoint()
        with self._steps.step("operator and backend"):
            changed = write_private(self.home.code, programs.code())
            for name, account in programs.ACCOUNTS.items():
                if accounts.ensure(self.home, kubectl, endpoint, name, account) or changed:
                    self.supervisor.stop(name)
                self.supervisor.start(name)
            self._wait(list(programs.ACCOUNTS))

    def _wait(self, names: Sequence[str]) -> None:
        """Wait until every process in `names` is ready.

        Raises:
            LocalError: one ends again and again, or is not ready in time.
        """
        before = self.supervisor.states()
        dead: list[State] = []

        def settled() -> bool:
            states = self.supervisor.states()
            waiting = [states[name] for name in names if not states[name].is_up]
            for state in waiting:
                if state.status == "Skipped":  # what it comes after did not answer just then
                    self.supervisor.start(state.name)
            dead[:] = [state for state in waiting if _gives_up(state, before[state.name])]
            return bool(dead) or not waiting

        in_time = until(settled, timeout_s=READY_S, poll_s=STATES_POLL_S)
        if dead:
            raise LocalError(self._explain(dead[0], "ends again and again"))
        if not in_time:
            late = [state for state in self.states() if state.name in names and not state.is_up]
            late.sort(key=lambda state: not state.running)  # the others wait for one that runs
            raise LocalError(self._explain(late[0], f"is not ready after {READY_S:.0f} s"))

    def _explain(self, state: State, what: str) -> str:
        words = [line for line in self.logs(state.name, 5).splitlines() if line.strip()]
        last = f" ({words[-1].strip()[:300]})" if words else ""
        log = self.home.log_of(state.name)
        return f"{state.name} {what}{last}: read {log}, then `make up` again"

    # ---- small things ------------------------------------------------------------------------

    @property
    def _cluster(self) -> str:
        return cluster.remembered(self.home, self._target)

    def _described(self) -> Assembly:
        return assembly.described(existing(self.home.root), self._cluster)

    def _stop(self) -> None:
        self.supervisor.shut_down()
        cluster.stop(self.home)

    def _known(self, name: str) -> None:
        names = [state.name for state in self.states()]
        if not names:
            raise LocalError("the platform is not running: `make up` starts it")
        if name not in names:
            raise LocalError(f"no process is called {name!r}; there are: {', '.join(names)}")

    @contextmanager
    def _nothing_left_when_interrupted(self) -> Generator[None]:
        """Stop what runs when this is interrupted and nothing ran before."""
        ran = self.supervisor.alive()
        try:
            yield
        except KeyboardInterrupt:
            if not ran:
                self._steps.say("interrupted: stopping what was started")
                self._stop()
            raise


def _gives_up(state: State, before: State) -> bool:
    """Return whether the process has ended too often since we began to wait."""
    return (
        state.status in {"Error", "Completed"}
        or state.restarts - before.restarts >= PATIENT_RESTARTS
    )
