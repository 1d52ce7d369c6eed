"""An administrator names another default registry, or takes one out of the configuration."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import keeping
import operators
import pytest
from family import remove
from fixtures.people import Shell, project
from keeping import Kept, settled
from operators import second_operator
from shop import Shop

from rise_local.platform import Platform

ALICE = {"user": "alice@example.com"}


@pytest.fixture
def shop(alone: Platform, administrator: Shell, prefix: str) -> Generator[Shop]:
    """A Project that no operator has seen yet; in the end the platform's own lets it go."""
    yield Shop(administrator, prefix)
    alone.start("operator")
    remove(administrator, [prefix])
    alone.stop("operator")


@contextmanager
def _operator(platform: Platform, log: Path, *registries: Kept) -> Generator[None]:
    """Run an operator that knows `registries`; the first one is the default."""
    known, default = keeping.configured(registries), registries[0].name
    with second_operator(
        platform,
        log,
        keeping.PACKAGE,
        registries=known,
        default_registry=default,
        leader_election="false",
    ):
        yield


def test_a_project_leaves_no_credential_at_a_registry_that_was_its_own(
    alone: Platform, shop: Shop, tmp_path: Path
) -> None:
    old, new = keeping.kept("old", tmp_path), keeping.kept("new", tmp_path)
    with _operator(alone, tmp_path / "log-1", old, new):
        shop.administrator.apply(project(shop.name, owner=ALICE))
        operators.until(lambda: settled(shop, old), "it is at the old one")
    uid = shop.uid()
    with _operator(alone, tmp_path / "log-2", new, old):
        operators.until(lambda: settled(shop, new), "it is at the new one")
        assert old.ids(uid) == set(), "the old one still pulls"
        shop.administrator.kubectl("delete", "project", shop.name, "--timeout=60s")
    assert (old.removed(uid), new.removed(uid)) == (True, True)


def test_without_its_registry_a_project_has_no_credential_and_can_go(
    alone: Platform, shop: Shop, tmp_path: Path
) -> None:
    own, other = keeping.kept("own", tmp_path), keeping.kept("other", tmp_path)
    with _operator(alone, tmp_path / "log-1", own, other):
        shop.administrator.apply(project(shop.name, owner=ALICE, registry="own"))
        operators.until(lambda: settled(shop, own), "it has a credential")
    with _operator(alone, tmp_path / "log-2", other):
        operators.until(
            lambda: shop.registry_ready()["reason"] == "RegistryUnknown", "nobody knows it"
        )
        operators.until(
            lambda: shop.valid()["reason"] == "CredentialsWithheld", "its credential is gone"
        )
        assert "there are: other" in shop.registry_ready()["message"]
        assert (shop.registry(), shop.secret()) == ({}, {})
        shop.administrator.kubectl("delete", "project", shop.name, "--timeout=60s")
    assert f"nobody can remove own.test/{shop.name}" in (tmp_path / "log-2").read_text()
