"""The connection to an API server that the attacks are tried on."""

import ssl
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from kubernetes import config
from security import asking
from security.asking import ApiServer, really
from security.people import ADMIN

ACCOUNTS = ("rise-backend", "rise-operator")


@contextmanager
def connected(kubeconfig: Path) -> Generator[ApiServer]:
    """Connect as the administrator of `kubeconfig`, with a token of each of our accounts."""
    with config.new_client_from_config(str(kubeconfig)) as api:
        settings = api.configuration
        trust = ssl.create_default_context(cafile=settings.ssl_ca_cert)
        server = ApiServer(settings.host, api.rest_client.pool_manager, trust)
        for account in ACCOUNTS:
            path = f"/api/v1/namespaces/rise-system/serviceaccounts/{account}/token"
            asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
            answer = server.must(ADMIN, really(asking.post(path, asked)))
            server.tokens[account] = answer["status"]["token"]
        yield server
        server.close()
