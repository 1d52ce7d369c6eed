"""What a person's shell needs to know of the platform: `.rise/env`, and the links beside it."""

import os
import shlex
from collections.abc import Mapping
from pathlib import Path

from rise_local import postgres
from rise_local.home import write_private
from rise_local.kubeconfig import exec_kubeconfig
from rise_local.programs import script
from rise_local.site import Site


def variables(site: Site, api_url: str) -> dict[str, str]:
    """Return the variables of `.rise/env` but for PATH."""
    home = site.home
    return {
        "RISE_URL": site.backend,
        "RISE_CA_FILE": str(site.ca),
        "RISE_ISSUER": site.issuer,
        "RISE_API_URL": api_url,
        "RISE_ADMIN_KUBECONFIG": str(home.kubeconfig_of("admin")),
        "RISE_DATABASE_URL": postgres.url(home, "rise_inspect"),
        "RISE_REGISTRY": site.registry,
        "RISE_CONFIG_DIR": str(home.sessions),
        "KUBECONFIG": str(home.kubeconfig),
    }


def path(site: Site) -> str:
    """Return what stands first in PATH: kubectl, psql and helm of the platform, then `rise`."""
    return os.pathsep.join([str(site.home.bin), str(script("rise").parent)])


def write(site: Site, values: Mapping[str, str]) -> None:
    """Write `.rise/env`, alice's kubeconfig and the links that PATH names."""
    exec_kubeconfig(site.home.kubeconfig, site.backend, site.ca, script("rise"))
    programs = {name: site.programs[name] for name in ("kubectl", "helm")}
    for name, program in {**programs, "psql": postgres.psql()}.items():
        _link(site.home.bin / name, program)
    lines = [f"export {name}={shlex.quote(value)}" for name, value in values.items()]
    lines.append(f'export PATH={shlex.quote(path(site))}"${{PATH:+:$PATH}}"')
    write_private(site.home.env, "\n".join(["# Written by `make up`.", *lines]) + "\n")


def _link(link: Path, target: Path) -> None:
    if link.is_symlink() and link.readlink() == target:
        return
    link.unlink(missing_ok=True)
    link.symlink_to(target)
