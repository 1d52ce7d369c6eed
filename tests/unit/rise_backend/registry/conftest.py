"""Two registries and the keys of their CA."""

from pathlib import Path

import pytest
import token_server

from rise_backend.registry.offered import Offer, Offers


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the keys of operator and backend, and of their CA."""
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(scope="session")
def registries(keys: Path) -> Offers:
    """The registries `local` and `second`."""
    return token_server.offers(keys)


@pytest.fixture
def local(registries: Offers) -> Offer:
    """The registry `local`."""
    offer = registries.serving(token_server.HOST)
    assert offer is not None
    return offer
