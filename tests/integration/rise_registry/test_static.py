"""The provider of brought credentials: it reads a mounted Secret and makes nothing."""

import base64
import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from contracts import CALLS, SHOP, A, Allows, B, RegistryContract
from token_registry import free_port
from trouble import answering

from rise_registry.configuration import RegistryConfiguration, load
from rise_registry.contract import (
    Credential,
    RegistryError,
    RegistryProvider,
    RegistryUnavailableError,
)

PASSWORD = "brought-by-alice"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "username").write_text("acme-bot\n")
    (tmp_path / "password").write_text(f"{PASSWORD}\n")
    return tmp_path


@pytest.fixture
def url() -> Iterator[str]:
    with answering(401, {"WWW-Authenticate": 'Bearer realm="https://ghcr.io/token"'}) as url:
        yield url


def _provider(url: str, folder: Path, **options: Any) -> RegistryProvider:
    configuration = RegistryConfiguration(
        name="ghcr",
        provider="static",
        url=url,
        options={"credential": str(folder), "prefix": "acme/", **options},
    )
    return load([configuration])["ghcr"]


class TestStatic(RegistryContract):
    mints = False
    offers_push = False
    keeps_credentials = False
    lists_credentials = False
    knows_owners = False
    silent = frozenset(CALLS) - {"check", "mint_push"}

    @pytest.fixture
    def provider(self, url: str, folder: Path) -> RegistryProvider:
        return _provider(url, folder)

    @pytest.fixture
    def unreachable(self, folder: Path) -> RegistryProvider:
        return _provider(f"http://127.0.0.1:{free_port()}", folder)

    @pytest.fixture
    def allows(self) -> Allows:
        def allowed(credential: Credential, _action: object, _path: str) -> bool:
            return (credential.username, credential.password) == ("acme-bot", PASSWORD)

        return allowed


def _auth(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param({"username": "acme-bot", "password": PASSWORD}, id="written-out"),
        pytest.param({"auth": _auth(f"acme-bot:{PASSWORD}")}, id="encoded"),
        pytest.param(
            {"auth": _auth("acme-bot:x"), "username": "acme-bot", "password": PASSWORD}, id="both"
        ),
    ],
)
async def test_a_docker_configuration_will_do(
    url: str, tmp_path: Path, entry: dict[str, str]
) -> None:
    auths = {"auths": {urlsplit(url).netloc: entry, "other.example.com": {"auth": "eDp5"}}}
    (tmp_path / ".dockerconfigjson").write_text(json.dumps(auths))
    credential = await _provider(url, tmp_path).mint_pull(SHOP, A)
    assert (credential.username, credential.password) == ("acme-bot", PASSWORD)


async def test_what_is_brought_anew_is_what_projects_get_next(url: str, folder: Path) -> None:
    provider = _provider(url, folder)
    await provider.mint_pull(SHOP, A)
    (folder / "password").write_text("brought-later")
    assert (await provider.mint_pull(SHOP, B)).password == "brought-later"


@pytest.mark.parametrize(
    ("files", "says"),
    [
        pytest.param({}, "mount a Secret", id="nothing"),
        pytest.param({"username": "acme-bot"}, "mount a Secret", id="no-password"),
        pytest.param({"username": "acme-bot", "password": "\n"}, "needs a user", id="empty"),
        pytest.param({"username": "a:b", "password": PASSWORD}, "needs a user", id="colon"),
        pytest.param({".dockerconfigjson": PASSWORD}, "no Docker configuration", id="no-json"),
        pytest.param({".dockerconfigjson": f'["{PASSWORD}"]'}, "no Docker conf", id="a-list"),
        pytest.param({".dockerconfigjson": '{"auths": {}}'}, "no entry", id="of-another-host"),
        pytest.param(
            {".dockerconfigjson": '{"auths": {"HOST": {"auth": "%%%"}}}'}, "no Docker", id="no-code"
        ),
    ],
)
@pytest.mark.parametrize("call", ["check", "mint_pull"])
async def test_a_credential_that_is_none_says_what_to_bring(
    url: str, tmp_path: Path, files: dict[str, str], says: str, call: str
) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text.replace("HOST", urlsplit(url).netloc))
    with pytest.raises(RegistryError, match=says) as failure:
        await CALLS[call](_provider(url, tmp_path))
    assert type(failure.value) is RegistryError
    assert PASSWORD not in str(failure.value)


@pytest.mark.parametrize(
    ("status", "passes"), [(200, True), (401, True), (302, False), (404, False), (503, False)]
)
async def test_whether_a_registry_answers(folder: Path, status: int, *, passes: bool) -> None:
    with ExitStack() as stack:
        provider = _provider(stack.enter_context(answering(status, {})), folder)
        if not passes:
            stack.enter_context(pytest.raises(RegistryUnavailableError, match=f"answers {status}"))
        await provider.check()


async def test_images_may_be_named_after_another_host_than_answers(url: str, folder: Path) -> None:
    provider = _provider("https://docker.io", folder, api=url)
    await provider.check()
    assert provider.repository("shop") == "docker.io/acme/shop"
    assert (await provider.mint_pull(SHOP, A)).registry == "docker.io"
