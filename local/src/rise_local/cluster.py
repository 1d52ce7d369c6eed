"""Which API server Rise is brought to: its own by default, a kind cluster, or an existing one."""

import base64
import json
import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from rise_local import control_plane, kind
from rise_local.accounts import Endpoint
from rise_local.errors import LocalError
from rise_local.home import Home, write_private
from rise_local.kind import Kind
from rise_local.kubeconfig import certificate_kubeconfig, endpoint_in
from rise_local.kubectl import Kubectl, Refusal
from rise_local.process import Process
from rise_local.site import Site

NEEDED_VERSION = (1, 36)  # constrained impersonation is on by default


class Cluster(Protocol):
    """An API server, and an administrator of it."""

    upstream_identity: str
    """How the backend forwards a person: `token` where the API server trusts Dex, `impersonate`."""

    def processes(self) -> Sequence[Process]:
        """Return the processes that belong to this cluster."""
        ...

    def start(self) -> None:
        """Start what is no process of ours, and claim the state directory for this cluster."""
        ...

    def connect(self) -> Kubectl:
        """Return kubectl as an administrator, whose kubeconfig is written."""
        ...

    def endpoint(self) -> Endpoint:
        """Return where programs on this machine reach the API server."""
        ...


class Own:
    """A control plane of the platform's own."""

    upstream_identity = "token"
    programs = ("etcd", "kube-apiserver", "kube-controller-manager")

    def __init__(self, site: Site, now: datetime) -> None:
        """Remember what the control plane is made from; certificates are made before `now` ends."""
        self._site = site
        self._now = now

    def processes(self) -> Sequence[Process]:
        """Return etcd, the API server and the controller manager."""
        site, authority, now = self._site, self._site.authority, self._now
        client = authority.ensure_client("etcd-client", "kube-apiserver-etcd-client", (), now)
        user = "system:kube-controller-manager"
        controllers = authority.ensure_client("controllers", user, (), now)
        manager = authority.ensure_server("kube-controller-manager", now)
        return (
            control_plane.etcd(site, authority.ensure_server("etcd", now)),
            control_plane.apiserver(site, authority.ensure_server("kube-apiserver", now), client),
            control_plane.controller_manager(site, manager, controllers),
        )

    def start(self) -> None:
        """Claim the state directory; the supervisor starts the processes."""
        write_private(self._site.home.cluster, "")

    def connect(self) -> Kubectl:
        """Return kubectl as a member of system:masters."""
        site = self._site
        groups = (control_plane.ADMINISTRATORS,)
        admin = site.authority.ensure_client("admin", "rise-local-admin", groups, self._now)
        path = site.home.kubeconfig_of("admin")
        certificate_kubeconfig(path, self.endpoint().url, site.ca, admin)
        return Kubectl(site.programs["kubectl"], path)

    def endpoint(self) -> Endpoint:
        """Return the API server's address on loopback."""
        ca = base64.b64encode(self._site.ca.read_bytes()).decode()
        return Endpoint(self._site.url("kube-apiserver"), ca)


class Existing:
    """A cluster that a context of the person's kubeconfig names."""

    upstream_identity = "impersonate"
    programs = ()

    def __init__(self, site: Site, context: str) -> None:
        """Remember the context's name; nothing is asked yet."""
        self._site = site
        self._context = context

    def processes(self) -> Sequence[Process]:
        """Return nothing: the cluster runs by itself."""
        return ()

    def start(self) -> None:
        """See that the cluster answers and is new enough.

        Raises:
            LocalError: it is not.
        """
        answer = self.connect().attempt("version", "--output=json", "--request-timeout=20s")
        if isinstance(answer, Refusal):
            last = answer.text.splitlines()[-1] if answer.text else "no answer"
            raise LocalError(
                f"the cluster of the context {self._context!r} does not answer ({last}): "
                f"see that `kubectl --context {self._context} version` works"
            )
        check_version(self._context, json.loads(answer)["serverVersion"])
        write_private(self._site.home.cluster, self._context)

    def connect(self) -> Kubectl:
        """Return kubectl with the context's own credentials, copied to the state directory.

        The copy does where the context is not to be seen: in a shell that has sourced `.rise/env`.

        Raises:
            LocalError: no kubeconfig has the context.
        """
        home = self._site.home
        path = home.kubeconfig_of("admin")
        found = self._credentials()
        if found:
            write_private(path, found)
        elif remembered(home, "") != self._context or not path.is_file():
            raise LocalError(
                f"no kubeconfig has a context called {self._context!r}: see `kubectl config "
                "get-contexts`, or unset RISE_CLUSTER for a cluster of the platform's own"
            )
        return Kubectl(self._site.programs["kubectl"], path)

    def _credentials(self) -> str:
        """Return the person's kubeconfig cut down to the context; empty when it has none."""
        env = dict(os.environ)
        if env.get("KUBECONFIG") == str(self._site.home.kubeconfig):
            del env["KUBECONFIG"]  # alice's, through the very backend that is to be started
        view = ("config", "view", "--raw", "--minify", "--flatten", "-o", "json")
        done = subprocess.run(  # noqa: S603 - a fixed program; the context's name is one argument
            [str(self._site.programs["kubectl"]), *view, f"--context={self._context}"],
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout if done.returncode == 0 else ""

    def endpoint(self) -> Endpoint:
        """Return the cluster's address as the kubeconfig has it."""
        return Endpoint(*endpoint_in(self._site.home.kubeconfig_of("admin")))


def chosen(site: Site, name: str, now: datetime) -> Cluster:
    """Return the cluster that RISE_CLUSTER names; nothing: one of the platform's own."""
    if name == kind.NAME:
        return Kind(site)
    return Existing(site, name) if name else Own(site, now)


def needed(name: str) -> Sequence[str]:
    """Return the programs that the cluster called `name` needs.

    Raises:
        LocalError: this machine cannot run it; said before anything is built.
    """
    if name == kind.NAME:
        kind.running_engine()
        return Kind.programs
    return Existing.programs if name else Own.programs


def remembered(home: Home, asked: str) -> str:
    """Return the cluster of this state directory: the one it has, otherwise the one asked for.

    Raises:
        LocalError: it has another one; database and sessions are that one's.
    """
    if not home.cluster.is_file():
        return asked
    kept = home.cluster.read_text()
    if asked in ("", kept):
        return kept
    whose = f"RISE_CLUSTER={kept}" if kept else "a cluster of its own"
    raise LocalError(
        f"{home.root} belongs to a platform with {whose}: name another directory in RISE_HOME, "
        "or run `make reset` first, which deletes it"
    )


def stop(home: Home) -> None:
    """Stop what belongs to the cluster of this state directory and is no process of ours."""
    if _is_kind(home):
        kind.stop(home)


def delete(home: Home) -> None:
    """Delete the cluster of this state directory; an existing one is not ours to delete."""
    if _is_kind(home):
        kind.delete(home)


def check_version(context: str, version: Mapping[str, str]) -> None:
    """Refuse a cluster on which nobody could act through the backend.

    Raises:
        LocalError: it is too old.
    """
    digits = [re.sub(r"\D.*", "", version[part]) for part in ("major", "minor")]
    if tuple(int(each or 0) for each in digits) < NEEDED_VERSION:
        raise LocalError(
            f"the cluster of the context {context!r} is Kubernetes {'.'.join(digits)}, and Rise "
            f"needs {'.'.join(map(str, NEEDED_VERSION))} or newer: choose another cluster"
        )


def _is_kind(home: Home) -> bool:
    return home.cluster.is_file() and home.cluster.read_text() == kind.NAME
