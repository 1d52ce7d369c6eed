import os
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from signing import signing_keys
from trouble import answering, served

from rise_registry import distribution_owners as owners
from rise_registry.configuration import RegistryConfiguration, load
from rise_registry.contract import Project, RegistryError, RegistryUnavailableError
from rise_registry.distribution import Distribution
from rise_registry.distribution_http import Access

keys: dict[str, str] = {}


@pytest.fixture(scope="module", autouse=True)
def _keys(tmp_path_factory: pytest.TempPathFactory) -> None:
    keys.update(signing_keys(tmp_path_factory.mktemp("keys"), "operator"))


Make = Callable[[str], Distribution]


@pytest.fixture
async def distribution() -> AsyncIterator[Make]:
    """Make the provider of the registry at a URL."""
    async with AsyncExitStack() as last:

        def made(url: str) -> Distribution:
            configuration = RegistryConfiguration(
                name="local", provider="distribution", url=url, options=dict(keys)
            )
            provider = load([configuration])["local"]
            assert isinstance(provider, Distribution)
            last.push_async_callback(provider.close)
            return provider

        yield made


def test_the_repository_is_host_port_and_name(distribution: Make) -> None:
    assert distribution("https://127.0.0.1:5000/").repository("shop") == "127.0.0.1:5000/shop"


async def test_a_registry_that_does_not_take_our_token_says_what_it_needs(
    distribution: Make,
) -> None:
    with (
        answering(401, {}, b"") as url,
        pytest.raises(RegistryError, match="does not take our token") as refusal,
    ):
        await distribution(url).check()
    assert not isinstance(refusal.value, RegistryUnavailableError)


@pytest.mark.parametrize("status", [302, 403, 404, 500, 503])
async def test_another_answer_is_no_registry(distribution: Make, status: int) -> None:
    with answering(status, {}, b"") as url:
        with pytest.raises(RegistryUnavailableError, match=f"answers {status} to /v2/") as refusal:
            await distribution(url).check()
        assert url in str(refusal.value)


@pytest.mark.parametrize(
    ("status", "retry_after", "seconds"),
    [
        pytest.param(429, "7", 7, id="slow down"),
        pytest.param(503, "120", 120, id="a proxy without a registry"),
        pytest.param(503, "999999", 3600, id="an hour is long enough"),
        pytest.param(502, "", None, id="no word of when"),
        pytest.param(503, "Wed, 25 Nov 2026 06:00:00 GMT", None, id="a date is not looked at"),
        pytest.param(503, "-5", None, id="not in the past"),
        pytest.param(500, "\u0665", None, id="no digit of ours"),
    ],
)
@pytest.mark.parametrize("call", ["check", "ensure_repository", "delete_repository"])
async def test_a_registry_that_is_busy_says_when_to_come_again(
    distribution: Make, call: str, status: int, retry_after: str, seconds: float | None
) -> None:
    said = {"Retry-After": retry_after.encode().decode("latin-1")}
    with answering(status, said, b"") as url:
        provider = distribution(url)
        arguments = () if call == "check" else (Project("shop", "uid"),)
        with pytest.raises(RegistryUnavailableError, match=f"answers {status}") as refusal:
            await getattr(provider, call)(*arguments)
    assert refusal.value.retry_after_s == seconds


@pytest.mark.parametrize("status", [200, 201, 204, 301, 307, 400, 403, 404, 418])
@pytest.mark.parametrize("call", ["ensure_repository", "delete_repository"])
async def test_what_is_no_registry_is_neither_empty_nor_ours(
    distribution: Make, call: str, status: int
) -> None:
    with answering(status, {}, b"") as url, pytest.raises(RegistryUnavailableError):
        await getattr(distribution(url), call)(Project("shop", "uid"))


async def test_http_behind_https_is_unavailable(distribution: Make) -> None:
    with answering(200, {}, b"") as url:
        provider = distribution(url.replace("http://", "https://"))
        with pytest.raises(RegistryUnavailableError, match="does not answer"):
            await provider.check()


async def test_something_that_speaks_no_http_is_unavailable(distribution: Make) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        speaking = threading.Thread(target=_say_hello, args=(server,))
        speaking.start()
        provider = distribution(f"http://127.0.0.1:{server.getsockname()[1]}")
        with pytest.raises(RegistryUnavailableError, match="does not answer"):
            await provider.check()
        speaking.join()


def _say_hello(server: socket.socket) -> None:
    connection, _ = server.accept()
    with connection:
        connection.recv(1024)
        connection.sendall(b"+PONG\r\n")


@pytest.fixture
def registry() -> Iterator[tuple[str, list[str]]]:
    """A server that says that nothing is there; what it was asked with."""
    asked: list[str] = []

    class Nothing(BaseHTTPRequestHandler):
        def answer(self) -> None:
            asked.append(self.headers["Authorization"])
            body = b'{"errors": [{"code": "MANIFEST_UNKNOWN"}]}'
            self.send_response(404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
            """Say nothing."""

    with served(Nothing) as url:
        yield url, asked


async def test_a_token_that_is_signed_serves_for_a_while_and_ends_with_its_key(
    distribution: Make, registry: tuple[str, list[str]]
) -> None:
    url, asked = registry
    connection = distribution(url).connection
    for name in ("shop", "other"):
        assert await owners.read(connection, name) is None
    assert len(set(asked)) == 1
    await connection.ask("GET", "/v2/", [Access("shop/web", {"pull"})])
    assert len(set(asked)) == 2, "another right needs another token"
    _written_anew(Path(keys["key"]))
    await owners.read(connection, "shop")
    assert len(set(asked)) == 3, "the key was written anew"


def _written_anew(path: Path) -> None:
    later = path.stat().st_mtime_ns + 1_000_000_000
    os.utime(path, ns=(later, later))
