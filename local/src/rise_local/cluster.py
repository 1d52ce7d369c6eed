"""Which API server Rise is brought to: its own by default, a kind cluster, or an existing one."""

import base64
import json
import subprocess
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from rise_local import control_plane
from rise_local.accounts import Endpoint
from rise_local.errors import LocalError
from rise_local.home import write_private
from rise_local.kubeconfig import certificate_kubeconfig
from rise_local.kubectl import Kubectl
from rise_local.process import Process
from rise_local.site import Site


class Cluster(Protocol):
    """An API server, and an administrator of it."""

    upstream_identity: str
    """How the backend forwards a person: `token` where the API server trusts Dex, `impersonate`."""

    def processes(self) -> Sequence[Process]:
        """Return the processes that belong to this cluster."""
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

    def __init__(self, site: Site, context: str) -> None:
        """Remember the context's name; nothing is asked yet."""
        self._site = site
        self._context = context

    def processes(self) -> Sequence[Process]:
        """Return nothing: the cluster runs by itself."""
        return ()

    def connect(self) -> Kubectl:
        """Return kubectl with the context's own credentials, copied to the state directory.

        Raises:
            LocalError: no kubeconfig has the context.
        """
        view = ("config", "view", "--raw", "--minify", "--flatten", "-o", "json")
        done = subprocess.run(  # noqa: S603 - a fixed program; the context's name is one argument
            [str(self._site.programs["kubectl"]), *view, f"--context={self._context}"],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise LocalError(
                f"no kubeconfig has a context called {self._context!r}: see `kubectl config "
                "get-contexts`, or unset RISE_CLUSTER for a cluster of the platform's own"
            )
        path = self._site.home.kubeconfig_of("admin")
        write_private(path, done.stdout)
        return Kubectl(self._site.programs["kubectl"], path)

    def endpoint(self) -> Endpoint:
        """Return the cluster's address as the kubeconfig has it."""
        document = json.loads(self._site.home.kubeconfig_of("admin").read_text())
        cluster = document["clusters"][0]["cluster"]
        return Endpoint(cluster["server"], cluster.get("certificate-authority-data", ""))


def chosen(site: Site, name: str, now: datetime) -> Cluster:
    """Return the cluster that RISE_CLUSTER names; nothing: one of the platform's own."""
    return Existing(site, name) if name else Own(site, now)
