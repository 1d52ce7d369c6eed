"""The stage, once a session: the API server, nobody who looks after it, and everything set up."""

from collections.abc import Generator
from pathlib import Path

import pytest
from security import world
from security.asking import ApiServer
from security.gateway import Gateway, opened
from security.server import connected

from rise_local.kubectl import Kubectl
from rise_local.platform import Platform


@pytest.fixture(scope="package")
def server(admin_kubeconfig: Path) -> Generator[ApiServer]:
    with connected(admin_kubeconfig) as server:
        yield server


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


@pytest.fixture(scope="module")
def gateway(stage: ApiServer, control_plane: Platform) -> Generator[Gateway]:
    """The gateway in front of the stage, which it has seen as it is now."""
    with opened(control_plane, stage.tokens["rise-backend"]) as gateway:
        world.wait_until_set(gateway.ask, world.SET_BEHIND_THE_GATEWAY)
        yield gateway
