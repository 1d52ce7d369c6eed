"""The API server of the session's platform, asked with raw manifests."""

from collections.abc import Generator
from pathlib import Path

import pytest
from kubernetes import config
from manifests.server import Server


@pytest.fixture(scope="session")
def server(admin_kubeconfig: Path) -> Generator[Server]:
    with config.new_client_from_config(str(admin_kubeconfig)) as api:
        yield Server(api)
