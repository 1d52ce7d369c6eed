"""The OCI registry: on loopback, over TLS, images in the state directory.

It lets nobody in without a token of the backend's: `/registry/token`.
"""

import yaml

from rise_local.certificates import Pair
from rise_local.process import Probe, Process
from rise_local.site import Site, secret


def process(site: Site, server: Pair) -> Process:
    """Return the registry's process."""
    images = site.home.data_of("registry")
    images.mkdir(mode=0o700, exist_ok=True)  # the operator, which looks there, is no maker of it
    # By a name: go-containerregistry (crane) follows no registry to an address on loopback; oras
    # only one that is called like the registry, so it comes by this name (docs/how-to/registry.md).
    # The registry's own URLs are those by which a client came: no `http.host`.
    realm = f"https://localhost:{site.ports['backend']}/registry/token"
    configuration = {
        "version": 0.1,
        "log": {"level": "info", "accesslog": {"disabled": True}},
        "auth": {
            "token": {
                "realm": realm,
                "service": site.address("registry"),
                "issuer": "rise",
                "rootcertbundle": str(site.tokens.ca.certificate),
                "signingalgorithms": ["ES256"],
            }
        },
        "storage": {
            "filesystem": {"rootdirectory": str(images)},
            "delete": {"enabled": True},
        },
        "http": {
            "addr": site.address("registry"),
            "secret": secret(site.home, "registry"),
            "tls": {"certificate": str(server.certificate), "key": str(server.key)},
        },
    }
    path = site.write("registry.yaml", yaml.safe_dump(configuration, sort_keys=False))
    return Process(
        name="registry",
        command=[str(site.programs["registry"]), "serve", str(path)],
        env={"OTEL_TRACES_EXPORTER": "none"},
        files=(path, server.certificate, site.tokens.ca.certificate),
        probe=Probe(url=f"{site.registry}/"),
    )
