"""The stage, once a session: the API server, nobody who looks after it, and everything set up."""

import ssl
from collections.abc import Generator
from pathlib import Path

import pytest
from kubernetes import config
from security import asking, world
from security.asking import ApiServer, really
from security.people import ADMIN

from rise_local.kubectl import Kubectl
from rise_local.platform import Platform

ACCOUNTS = ("rise-backend", "rise-operator")


@pytest.fixture(scope="package")
def server(admin_kubeconfig: Path) -> Generator[ApiServer]:
    with config.new_client_from_config(str(admin_kubeconfig)) as api:
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


@pytest.fixture(scope="module")
def stage(
    control_plane: Platform, server: ApiServer, admin_kubectl: Kubectl
) -> Generator[ApiServer]:
    """The API server with everything set up, and the operator stopped if it ran."""
    running = any(state.name == "operator" and state.is_up for state in control_plane.states())
    if running:
        control_plane.stop("operator")
    try:
        world.build(server, admin_kubectl)
        yield server
    finally:
        world.clear(server, admin_kubectl)
        if running:
            control_plane.start("operator")
