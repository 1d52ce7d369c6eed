"""What the process holds, from its start to its end, without a server that it needs."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from signing import signing_keys

from rise_backend.services import started
from rise_backend.settings import Settings
from rise_registry.configuration import RegistryConfiguration

NOWHERE = "https://127.0.0.1:1"
KUBECONFIG = f"""
current-context: here
contexts: [{{name: here, context: {{cluster: here, user: backend}}}}]
clusters: [{{name: here, cluster: {{server: "{NOWHERE}"}}}}]
users: [{{name: backend, user: {{token: opaque}}}}]
"""


@asynccontextmanager
async def _registry() -> AsyncGenerator[tuple[str, asyncio.Event]]:
    """Answer one request; yield the URL, and what is set when the connection ends."""
    ended = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        await reader.read()
        writer.close()
        ended.set()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", ended


def _settings(folder: Path, *registries: RegistryConfiguration) -> Settings:
    return Settings(
        issuer=NOWHERE,
        database_url="postgresql://rise_backend@127.0.0.1:1/rise",
        registries=registries,
        default_registry="local",
        policies=folder / "policies.yaml",
    )


async def test_connections_to_registries_end_with_the_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(KUBECONFIG)
    monkeypatch.setenv("KUBECONFIG", str(kubeconfig))
    monkeypatch.setattr(
        "kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", str(kubeconfig)
    )
    keys = signing_keys(tmp_path, "backend")
    async with _registry() as (url, ended), asyncio.timeout(60):
        local = RegistryConfiguration(name="local", provider="distribution", url=url, options=keys)
        async with started(_settings(tmp_path, local)) as services:
            await services.offers.all[0].provider.check()
            assert not ended.is_set()
        await ended.wait()
