"""The distribution provider against a real registry."""

import http.client
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import yaml
from contracts import RegistryContract
from signing import signing_keys

from rise_local.assembly import built
from rise_registry.configuration import RegistryConfiguration, load
from rise_registry.contract import RegistryProvider, RegistryUnavailableError

DEADLINE_S = 20.0


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


keys: dict[str, str] = {}


@pytest.fixture(scope="module", autouse=True)
def _keys(tmp_path_factory: pytest.TempPathFactory) -> None:
    keys.update(signing_keys(tmp_path_factory.mktemp("keys"), "operator"))


def _provider(url: str) -> RegistryProvider:
    configuration = RegistryConfiguration(
        name="local", provider="distribution", url=url, options=dict(keys)
    )
    return load([configuration])["local"]


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()


def _running(program: Path, folder: Path, auth: Mapping[str, object]) -> Iterator[str]:
    """Run a registry that keeps its images in `folder`, and yield its address."""
    port = _free_port()
    configuration = {
        "version": 0.1,
        "log": {"level": "error", "accesslog": {"disabled": True}},
        "storage": {"filesystem": {"rootdirectory": str(folder / "images")}},
        "http": {"addr": f"127.0.0.1:{port}"},
        **({"auth": auth} if auth else {}),
    }
    path = folder / "registry.yaml"
    path.write_text(yaml.safe_dump(configuration))
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            [program, "serve", path], stdout=log, stderr=log, env={"OTEL_TRACES_EXPORTER": "none"}
        )
    try:
        deadline = time.monotonic() + DEADLINE_S
        while not _answers(port):
            if server.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"the registry did not start:\n{(folder / 'log').read_text()}")
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=DEADLINE_S)


@pytest.fixture(scope="module")
def program() -> Path:
    """The registry that the local platform runs."""
    return built("")["registry"]


@pytest.fixture(scope="module")
def open_registry(program: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A registry that asks for no credentials."""
    yield from _running(program, tmp_path_factory.mktemp("open"), {})


@pytest.fixture(scope="module")
def guarded_registry(program: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A registry that asks for a password."""
    folder = tmp_path_factory.mktemp("guarded")
    (folder / "htpasswd").touch()
    auth = {"htpasswd": {"realm": "test", "path": str(folder / "htpasswd")}}
    yield from _running(program, folder, auth)


class TestDistribution(RegistryContract):
    @pytest.fixture
    def provider(self, open_registry: str) -> RegistryProvider:
        return _provider(open_registry)

    @pytest.fixture
    def unreachable(self) -> RegistryProvider:
        return _provider(f"http://127.0.0.1:{_free_port()}")


async def test_a_registry_that_asks_for_credentials_is_there(guarded_registry: str) -> None:
    await _provider(guarded_registry).check()


async def test_https_to_a_registry_that_speaks_http_says_so(open_registry: str) -> None:
    provider = _provider(open_registry.replace("http://", "https://"))
    with pytest.raises(RegistryUnavailableError, match="does not answer"):
        await provider.check()


def test_the_repository_is_one_that_the_registry_knows_by_that_name(open_registry: str) -> None:
    host, _, path = _provider(open_registry).repository("shop").partition("/")
    connection = http.client.HTTPConnection(host, timeout=5)
    try:
        connection.request("POST", f"/v2/{path}/web/blobs/uploads/")
        answer = connection.getresponse()
        assert answer.status == http.client.ACCEPTED, answer.read()
    finally:
        connection.close()
