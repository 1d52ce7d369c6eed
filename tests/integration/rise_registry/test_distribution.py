"""The distribution provider against a real registry."""

import http.client
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from contracts import SelfHostedContract
from signing import signing_keys
from token_registry import BELOW, closing, free_port, rested, running

from rise_local.assembly import built
from rise_registry.configuration import RegistryConfiguration, load
from rise_registry.contract import (
    Project,
    RegistryError,
    RegistryProvider,
    RegistryUnavailableError,
)
from rise_registry.distribution import Distribution

keys: dict[str, str] = {}


@pytest.fixture(scope="module", autouse=True)
def _keys(tmp_path_factory: pytest.TempPathFactory) -> None:
    keys.update(signing_keys(tmp_path_factory.mktemp("keys"), "operator"))


def _provider(url: str) -> RegistryProvider:
    configuration = RegistryConfiguration(
        name="local", provider="distribution", url=url, options=dict(keys)
    )
    return load([configuration])["local"]


@pytest.fixture(scope="module")
def program() -> Path:
    """The registry that the local platform runs."""
    return built("")["registry"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the open registry's images are."""
    return tmp_path_factory.mktemp("open")


@pytest.fixture(scope="module")
def open_registry(program: Path, folder: Path) -> Iterator[str]:
    """A registry that asks for no credentials."""
    with running(program, folder, {}) as url:
        yield url


@pytest.fixture(autouse=True)
def _emptied(folder: Path) -> Iterator[None]:
    yield
    shutil.rmtree(folder / "images" / BELOW, ignore_errors=True)


@pytest.fixture(scope="module")
def guarded_registry(program: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A registry that asks for a password."""
    folder = tmp_path_factory.mktemp("guarded")
    (folder / "htpasswd").touch()
    auth = {"htpasswd": {"realm": "test", "path": str(folder / "htpasswd")}}
    with running(program, folder, auth) as url:
        yield url


class TestDistribution(SelfHostedContract):
    async def rested(self, provider: RegistryProvider, project: Project) -> None:
        assert isinstance(provider, Distribution)
        await rested(provider, project)

    @pytest.fixture
    async def provider(self, open_registry: str) -> AsyncIterator[RegistryProvider]:
        async with closing(_provider(open_registry)) as provider:
            yield provider

    @pytest.fixture
    async def unreachable(self) -> AsyncIterator[RegistryProvider]:
        async with closing(_provider(f"http://127.0.0.1:{free_port()}")) as provider:
            yield provider


async def test_a_registry_that_wants_passwords_says_what_it_needs(guarded_registry: str) -> None:
    async with closing(_provider(guarded_registry)) as provider:
        with pytest.raises(RegistryError, match="does not take our token"):
            await provider.check()


async def test_https_to_a_registry_that_speaks_http_says_so(open_registry: str) -> None:
    async with closing(_provider(open_registry.replace("http://", "https://"))) as provider:
        with pytest.raises(RegistryUnavailableError, match="does not answer"):
            await provider.check()


def test_the_repository_is_one_that_the_registry_knows_by_that_name(open_registry: str) -> None:
    host, _, path = _provider(open_registry).repository("shop").partition("/")
    connection = http.client.HTTPConnection(host, timeout=60)
    try:
        connection.request("POST", f"/v2/{path}/web/blobs/uploads/")
        answer = connection.getresponse()
        assert answer.status == http.client.ACCEPTED, answer.read()
    finally:
        connection.close()
