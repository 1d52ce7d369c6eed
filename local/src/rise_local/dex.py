"""Dex: the identity provider of the local platform, configured by dex/config.yaml."""

import json
import re
from pathlib import Path

from rise_local.certificates import Pair
from rise_local.errors import LocalError
from rise_local.home import CHECKOUT
from rise_local.process import Probe, Process
from rise_local.site import Site, secret

TEMPLATE = CHECKOUT / "dex" / "config.yaml"
PLACEHOLDER = re.compile(r"@\{(\w+)\}")


def configuration(site: Site, server: Pair, template: Path = TEMPLATE) -> str:
    """Return dex/config.yaml with this platform's values filled in.

    Raises:
        LocalError: the template has a placeholder that nothing fills.
    """
    values = {
        "issuer": site.issuer,
        "listen": site.address("dex"),
        "tls_certificate": str(server.certificate),
        "tls_key": str(server.key),
        "postgres_socket": str(site.home.postgres_socket),
        "client_secret": secret(site.home, "dex-client"),
    }
    lines = [line for line in template.read_text().splitlines() if not line.startswith("#")]
    text = "\n".join(lines) + "\n"
    if unknown := set(PLACEHOLDER.findall(text)) - set(values):
        raise LocalError(f"{template}: nothing fills {', '.join(sorted(unknown))}: mend the file")
    return PLACEHOLDER.sub(lambda found: json.dumps(values[found[1]])[1:-1], text)


def process(site: Site, server: Pair) -> Process:
    """Return Dex's process."""
    path = site.write("dex.yaml", configuration(site, server))
    return Process(
        name="dex",
        command=[str(site.programs["dex"]), "serve", str(path)],
        env={"DEX_EXPAND_ENV": "false"},
        files=(path, server.certificate),
        probe=Probe(url=f"{site.issuer}/healthz"),
        after=("postgres",),
    )
