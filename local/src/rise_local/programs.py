"""Rise's own processes: operator and backend, as the ServiceAccounts that the chart names."""

import hashlib
import json
from importlib.util import find_spec
from pathlib import Path

from rise_crds.api import CLI_CLIENT_ID
from rise_crds.policies import COPY_KEY
from rise_local import postgres
from rise_local.certificates import Pair
from rise_local.home import ENVIRONMENT, Home
from rise_local.process import Probe, Process
from rise_local.site import Site

ACCOUNTS = {"operator": "rise-operator", "backend": "rise-backend"}
DEFAULT_REGISTRY = "local"
PACKAGES = (
    "rise_crds",
    "rise_http",
    "rise_registry",
    "rise_database",
    "rise_operator",
    "rise_backend",
)


def script(name: str) -> Path:
    """Return the command `name` of the environment that this very program runs in."""
    return ENVIRONMENT / "bin" / name


def code() -> str:
    """Return a digest of the code of operator and backend: what runs keeps what it began with."""
    digest = hashlib.sha256()
    for package in PACKAGES:
        found = find_spec(package)
        for folder in (found.submodule_search_locations or ()) if found else ():
            for module in sorted(Path(folder).rglob("*.py")):
                digest.update(f"{module.relative_to(folder)}\n".encode() + module.read_bytes())
    return digest.hexdigest()


def policies(home: Home) -> Path:
    """Return where the policies lie as the chart renders them: both compare the installed ones."""
    return home.etc / COPY_KEY


def operator(site: Site) -> Process:
    """Return the operator's process."""
    home = site.home
    env = {
        "KUBECONFIG": str(home.kubeconfig_of("operator")),
        "RISE_OPERATOR_DATABASE_URL": postgres.url(home, "rise_operator"),
        "RISE_OPERATOR_LISTEN": site.address("operator"),
        "RISE_OPERATOR_POLICIES": str(policies(home)),
        "RISE_OPERATOR_REGISTRIES": _registries(site, "operator"),
        "RISE_OPERATOR_DEFAULT_REGISTRY": DEFAULT_REGISTRY,
    }
    probe = Probe(url=f"{site.url('operator', 'http')}/readyz")
    command = [str(script("rise-operator"))]
    return Process(name="operator", command=command, probe=probe, env=env, waits=True)


def backend(site: Site, server: Pair, upstream_identity: str) -> Process:
    """Return the backend's process."""
    home = site.home
    env = {
        "KUBECONFIG": str(home.kubeconfig_of("backend")),
        "RISE_BACKEND_LISTEN": site.address("backend"),
        "RISE_BACKEND_TLS_CERT": str(server.certificate),
        "RISE_BACKEND_TLS_KEY": str(server.key),
        "RISE_BACKEND_DATABASE_URL": postgres.url(home, "rise_backend"),
        "RISE_BACKEND_ISSUER": site.issuer,
        "RISE_BACKEND_ISSUER_CA": str(site.ca),
        "RISE_BACKEND_CLIENT_ID": CLI_CLIENT_ID,
        "RISE_BACKEND_PUBLIC_URL": site.backend,
        "RISE_BACKEND_UPSTREAM_IDENTITY": upstream_identity,
        "RISE_BACKEND_POLICIES": str(policies(home)),
        "RISE_BACKEND_REGISTRIES": _registries(site, "backend"),
        "RISE_BACKEND_DEFAULT_REGISTRY": DEFAULT_REGISTRY,
    }
    probe = Probe(url=f"{site.backend}/readyz")
    command = [str(script("rise-backend"))]
    return Process(name="backend", command=command, probe=probe, env=env, waits=True)


def _registries(site: Site, program: str) -> str:
    pair = site.tokens.pair(program)
    options = {
        "certificate": str(pair.certificate),
        "key": str(pair.key),
        "authority": str(site.tokens.ca.certificate),
        "ca": str(site.ca),
        **({"storage": str(site.home.data_of("registry"))} if program == "operator" else {}),
    }
    return json.dumps(
        [
            {
                "name": DEFAULT_REGISTRY,
                "provider": "distribution",
                "url": site.registry,
                "options": options,
            }
        ]
    )
