"""Servers, backends and proxies beside each other, for one measurement, and nothing afterwards."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

import aiohttp
from provider import Issuer, issuer

from rise_local import accounts, assembly, programs
from rise_local.cluster import Cluster
from rise_local.kubeconfig import token_kubeconfig
from rise_local.platform import Platform
from rise_local.ports import LOOPBACK
from rise_local.site import Site

BACKEND = "backend"
PASSWORD = "password"  # noqa: S105 - everybody's in dex/config.yaml
READY_S = 60.0
INHERITED = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "TMPDIR", "TZ", "PYTHONPATH")
ENDED = 143


@dataclass(frozen=True)
class Server:
    """A backend or proxy that runs."""

    url: str
    pid: int


class Stand:
    """An API server with the chart, and what is put before it."""

    def __init__(self, platform: Platform, stack: ExitStack) -> None:
        """Use the servers of `platform`, which run."""
        assembled = assembly.described(platform.home, "")
        self.site: Site = assembled.site
        self.target: Cluster = assembled.target
        self.kubectl = self.target.connect()
        self._stack = stack
        endpoint, account = self.target.endpoint(), programs.ACCOUNTS[BACKEND]
        accounts.ensure(platform.home, self.kubectl, endpoint, BACKEND, account)

    @property
    def api(self) -> str:
        """The API server."""
        return self.site.url("kube-apiserver")

    @property
    def ca(self) -> str:
        """The file with the CA of every server here."""
        return str(self.site.ca)

    def backend(self, way: str, provider: str) -> Server:
        """Run a backend that reaches the API server in that way, and trusts `provider`."""
        now = datetime.now(UTC)
        certificate = self.site.authority.ensure_server(BACKEND, now)
        process, port = programs.backend(self.site, certificate, way), _free_port()
        env = {key: os.environ[key] for key in INHERITED if key in os.environ}
        env |= dict(process.env) | {
            "RISE_BACKEND_LISTEN": f"{LOOPBACK}:{port}",
            "RISE_BACKEND_ISSUER": provider,
            "RISE_BACKEND_LOG_LEVEL": "WARNING",
            "RISE_BACKEND_REQUESTS_PER_SECOND": "1e6",  # one person is all the load
        }
        log = self._stack.enter_context(self.site.home.log_of(f"backend-{way}").open("ab"))
        started = subprocess.Popen(process.command, env=env, stdout=log, stderr=log)
        self._stack.callback(_end, started)
        url = f"https://{LOOPBACK}:{port}"
        wait(lambda: self.ask(f"{url}/readyz") is not None, f"{url} is not ready")
        return Server(url, started.pid)

    def proxy(self, name: str, token: str) -> Server:
        """Run `kubectl proxy` for the holder of `token`."""
        kubeconfig, endpoint = self.site.home.kubeconfig_of(name), self.target.endpoint()
        token_kubeconfig(kubeconfig, endpoint.url, endpoint.ca_data, token)
        kubectl = str(self.site.programs["kubectl"])
        command = [kubectl, "--kubeconfig", str(kubeconfig), "proxy", "--port=0"]
        started = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self._stack.callback(_end, started)
        assert started.stdout
        self._stack.callback(started.stdout.close)
        url = "http://" + started.stdout.readline().strip().rpartition(" ")[2]
        return Server(url, started.pid)

    def issuer(self) -> Issuer:
        """Run an identity provider that signs for whomever it is told to."""
        certificate = self.site.authority.ensure_server("bench", datetime.now(UTC))
        return self._stack.enter_context(issuer(certificate))

    def sign_in(self, backend: Server, email: str) -> str:
        """Return a token of Dex's for somebody in dex/config.yaml."""
        said = json.dumps({"email": email, "password": PASSWORD}).encode()
        answer = self.ask(f"{backend.url}/login", said)
        assert answer is not None, f"{email} cannot sign in"
        return str(json.loads(answer)["token"])

    def ask(
        self, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> bytes | None:
        """Return what `url` answers; None: no, or not yet."""
        sent = {"Content-Type": "application/json", **(headers or {})}
        request = urllib.request.Request(url, body, sent)  # noqa: S310 - our own address
        trust = ssl.create_default_context(cafile=self.ca)
        try:
            with urllib.request.urlopen(request, timeout=5, context=trust) as answer:  # noqa: S310 - as above
                return bytes(answer.read())
        except OSError:
            return None

    def administrator(self) -> aiohttp.ClientSession:
        """Return a client that may do everything; paths are those of the API server."""
        tls = ssl.create_default_context(cafile=self.site.ca)
        pair = self.site.authority.pair("admin")
        tls.load_cert_chain(pair.certificate, pair.key)
        return aiohttp.ClientSession(
            self.api,
            connector=aiohttp.TCPConnector(limit=0, ssl=tls),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=5),
            raise_for_status=True,
        )


@contextmanager
def stand() -> Generator[Stand]:
    """Have servers of our own, and nothing of them afterwards."""
    signal.signal(signal.SIGTERM, _leave)
    root = Path(tempfile.mkdtemp(prefix="rise-bench-"))
    platform = Platform(root / "rise")
    try:
        platform.serve()
        with ExitStack() as stack:
            yield Stand(platform, stack)
    finally:
        platform.reset()
        shutil.rmtree(root)


def wait(claim: Callable[[], bool], otherwise: str) -> None:
    """Wait until `claim` holds.

    Raises:
        TimeoutError: it does not; `otherwise` says what was waited for.
    """
    deadline = time.monotonic() + READY_S
    while not claim():
        if time.monotonic() > deadline:
            raise TimeoutError(otherwise)
        time.sleep(0.1)


def _leave(_number: int, _frame: FrameType | None) -> None:
    """Leave no server behind when somebody ends us."""
    sys.exit(ENDED)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def _end(process: subprocess.Popen[bytes] | subprocess.Popen[str]) -> None:
    process.terminate()
    process.wait()
