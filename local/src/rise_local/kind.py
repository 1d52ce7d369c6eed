"""A cluster of kind's: one node in a container, on a machine whose container engine runs."""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from rise_local.accounts import Endpoint
from rise_local.errors import LocalError
from rise_local.home import CHECKOUT, Home, write_private
from rise_local.kubeconfig import endpoint_in
from rise_local.kubectl import Kubectl, Refusal
from rise_local.process import MARK, Process
from rise_local.site import Site
from rise_local.supervisor import until

NAME = "kind"
CONFIGURATION = CHECKOUT / "tools" / "kind" / "cluster.yaml"
ENGINES = ("docker", "podman")
OWN_INSTEAD = "unset RISE_CLUSTER for a cluster of the platform's own"
NODES_OF = "label=io.x-k8s.kind.cluster="
ASK_S = 60
CREATE_S = 900  # the first time, the node's image is fetched
READY_S = 120


@dataclass(frozen=True)
class Engine:
    """The command of a container engine that runs."""

    program: Path

    def nodes(self, cluster: str) -> list[str]:
        """Return the containers that are nodes of `cluster`, running or not."""
        which = ("--filter", f"{NODES_OF}{cluster}", "--format", "{{.Names}}")
        return self.run("ps", "--all", *which).split()

    def run(self, *arguments: str) -> str:
        """Run one of the engine's commands and return what it printed.

        Raises:
            LocalError: it was refused.
        """
        done = _run([str(self.program), *arguments], ASK_S)
        if done.returncode != 0:
            shown = f"{self.program.name} {' '.join(arguments)}"
            raise LocalError(f"`{shown}` failed: {_last_line(done.stderr)}")
        return done.stdout


class Kind:
    """A cluster that kind makes for this state directory, and for no other."""

    upstream_identity = "impersonate"  # a node does not reach Dex on this machine's loopback
    programs = ("kind",)

    def __init__(self, site: Site) -> None:
        """Remember what the cluster is made from; nothing is asked yet."""
        self._site = site
        self._cluster = cluster_of(site.home)
        self._kubeconfig = site.home.kubeconfig_of("admin")

    def processes(self) -> Sequence[Process]:
        """Return nothing: the engine runs the node."""
        return ()

    def start(self) -> None:
        """Make the cluster, or start its node again.

        Raises:
            LocalError: no engine runs, or the cluster does not come up.
        """
        engine = running_engine()
        write_private(self._site.home.cluster, NAME)  # first: `reset` must find half a cluster
        nodes = engine.nodes(self._cluster)
        if nodes and not self._kubeconfig.is_file():  # kind writes it last
            engine.run("rm", "--force", "--volumes", *nodes)
            nodes = []
        if nodes:
            engine.run("start", *nodes)
        else:
            self._create(engine)
        kubectl = self.connect()
        if not until(lambda: _answers(kubectl), timeout_s=READY_S):
            raise LocalError(
                f"the cluster {self._cluster} does not answer: look at `{engine.program.name} logs "
                f"{self._cluster}-control-plane`, or run `make reset`"
            )

    def connect(self) -> Kubectl:
        """Return kubectl with the credentials that kind made."""
        return Kubectl(self._site.programs["kubectl"], self._kubeconfig)

    def endpoint(self) -> Endpoint:
        """Return the address on loopback that the engine forwards to the node."""
        return Endpoint(*endpoint_in(self._kubeconfig))

    def _create(self, engine: Engine) -> None:
        home = self._site.home
        self._kubeconfig.unlink(missing_ok=True)  # kind would add to it
        command = [str(self._site.programs["kind"]), "create", "cluster", "--name", self._cluster]
        command += ["--config", str(CONFIGURATION), "--kubeconfig", str(self._kubeconfig)]
        env = {"KIND_EXPERIMENTAL_PROVIDER": engine.program.name, MARK: str(home.root)}
        try:
            done = _run([*command, "--wait", f"{READY_S}s"], CREATE_S, env)
        except BaseException:
            delete(home)
            raise
        log = home.log_of(NAME)
        log.write_text(done.stdout + done.stderr)
        if done.returncode != 0:
            why = reason(done.stderr)
            raise LocalError(f"kind cannot make the cluster {self._cluster} ({why}): see {log}")


def reason(said: str) -> str:
    """Return why kind failed: what the engine said last, otherwise kind's own words."""
    words, _, output = said.rpartition("ERROR: ")[2].partition("Command Output:")
    return _last_line(output) if output.strip() else " ".join(words.split()) or _last_line("")


def cluster_of(home: Home) -> str:
    """Return the name of the cluster of a state directory: two do not disturb each other."""
    return f"rise-{hashlib.sha256(os.fsencode(home.root)).hexdigest()[:8]}"


def running_engine() -> Engine:
    """Return the container engine of this machine.

    Raises:
        LocalError: there is none, or it does not run.
    """
    there = [Path(found) for name in ENGINES if (found := shutil.which(name))]
    if not there:
        raise LocalError(
            "RISE_CLUSTER=kind needs a container engine, and there is no "
            f"{' and no '.join(ENGINES)} here: install one, or {OWN_INSTEAD}"
        )
    said: list[str] = []
    for program in there:
        done = _run([str(program), "ps", "--quiet"], ASK_S)
        if done.returncode == 0:
            return Engine(program)
        said.append(_last_line(done.stderr))
    raise LocalError(
        f"RISE_CLUSTER=kind needs a container engine, and that of {there[0].name} does not run "
        f"({said[0]}): start it, or {OWN_INSTEAD}"
    )


def stop(home: Home) -> None:
    """Stop the node of the cluster of `home`; where no engine runs, it does not run either."""
    _each_node(home, "stop")


def delete(home: Home) -> None:
    """Delete the cluster of `home`, where an engine runs; the next one would replace it anyway."""
    _each_node(home, "rm", "--force", "--volumes")


def _each_node(home: Home, *command: str) -> None:
    try:
        engine = running_engine()
    except LocalError:
        return
    if nodes := engine.nodes(cluster_of(home)):
        engine.run(*command, *nodes)


def _answers(kubectl: Kubectl) -> bool:
    return not isinstance(kubectl.attempt("get", "--raw", "/readyz"), Refusal)


def _run(
    command: Sequence[str], patience_s: float, env: Mapping[str, str] = MappingProxyType({})
) -> subprocess.CompletedProcess[str]:
    """Run `command`; one that does not end in time has failed. Interrupted, it ends before us."""
    try:
        process = subprocess.Popen(  # noqa: S603 - the engine's client, or the program we built
            command,
            env={**os.environ, **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    except OSError as error:
        return subprocess.CompletedProcess(command, 1, "", str(error))
    with process:
        try:
            said, told = process.communicate(timeout=patience_s)
        except subprocess.TimeoutExpired as late:
            process.kill()
            return subprocess.CompletedProcess(command, 1, "", str(late))
        except BaseException:
            process.kill()
            process.wait()
            raise
    return subprocess.CompletedProcess(command, process.returncode, said, told)


def _last_line(text: str) -> str:
    return text.strip().rpartition("\n")[2].strip() or "it gives no reason"
