"""A registry of the tests' own that demands tokens, and whoever signs some for it."""

import http.client
import socket
import subprocess
import time
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
import yaml
from oci import Registry, Scope

from rise_registry import distribution_owners as owners
from rise_registry.configuration import RegistryConfiguration
from rise_registry.contract import Project, RegistryProvider
from rise_registry.distribution import Distribution, DistributionOptions
from rise_registry.distribution_http import Access, Place
from rise_registry.signing import Signer

BELOW = Path("docker", "registry", "v2", "repositories")  # where in its storage names are
DEADLINE_S = 60.0
SERVICE, ISSUER = "registry.test", "rise"
ProviderT = TypeVar("ProviderT", bound=RegistryProvider)


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextmanager
def running(
    program: Path, folder: Path, auth: Mapping[str, Any], storage: Mapping[str, Any] | None = None
) -> Generator[str]:
    """Run a registry that keeps its images in `folder`/images, and yield its address."""
    port = free_port()
    kept = {
        "filesystem": {"rootdirectory": str(folder / "images")},
        "delete": {"enabled": True},
        **(storage or {}),
    }
    configuration = {
        "version": 0.1,
        "log": {"level": "error", "accesslog": {"disabled": True}},
        "storage": kept,
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


def demanding_tokens(keys: Mapping[str, str]) -> dict[str, Any]:
    """Return the section `auth` of a registry that believes the CA of `keys`."""
    token = {
        "realm": "https://127.0.0.1/registry/token",
        "service": SERVICE,
        "issuer": ISSUER,
        "rootcertbundle": keys["authority"],
        "signingalgorithms": ["ES256"],
    }
    return {"token": token}


def provider(url: str, keys: Mapping[str, str], **options: Any) -> Distribution:
    """Return the provider of the registry at `url`."""
    configuration = RegistryConfiguration(name="local", provider="distribution", url=url)
    given = {**keys, "service": SERVICE, "issuer": ISSUER, **options}
    return Distribution(configuration, DistributionOptions.model_validate(given))


@asynccontextmanager
async def closing(made: ProviderT) -> AsyncGenerator[ProviderT]:
    """Yield `made`, whose connections are given back afterwards."""
    try:
        yield made
    finally:
        await made.close()


async def rested(place: Distribution, project: Project) -> None:
    """Let the time pass in which a deleted project's tokens last."""
    mark = await owners.read(place.connection, project.name)
    assert mark
    assert mark.deleted
    past = owners.Mark(mark.uid, mark.deleted - timedelta(hours=1))
    await owners.write(place.connection, project.name, past)


def client(url: str, keys: Mapping[str, str]) -> Registry:
    """Return a client that signs itself a token for whatever it asks."""
    signer = Signer(Path(keys["certificate"]), Path(keys["key"]))
    place = Place("local", url, None, signer, ISSUER, SERVICE, 60)

    def token(scopes: Sequence[Scope]) -> str:
        return place.token([Access(name, actions.split(",")) for name, actions in scopes])

    return Registry(url.removeprefix("http://"), token)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()
