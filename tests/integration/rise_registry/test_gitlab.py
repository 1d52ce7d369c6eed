"""The GitLab provider against a stand-in that holds it to GitLab's published API."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from contracts import ALICE, REBORN, SHOP, SHOP2, A, Allows, B
from gitlab_stand_in import TOKEN, GitLab, Place
from remote_contracts import RemoteRegistryContract, Troubled, closed
from stand_in import StandIn, serving
from token_registry import free_port
from trouble import answering

from rise_registry.configuration import RegistryConfiguration, load
from rise_registry.contract import (
    Action,
    Project,
    RegistryError,
    RegistryProvider,
    RepositoryConflictError,
)


@pytest.fixture
def gitlab() -> Iterator[GitLab]:
    stand_in = GitLab()
    with serving(stand_in):
        yield stand_in
    assert stand_in.problems == []


@pytest.fixture
def token(tmp_path: Path) -> Path:
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    return tmp_path / "token"


def _provider(api: str, token: Path, **options: Any) -> RegistryProvider:
    configuration = RegistryConfiguration(
        name="work",
        provider="gitlab",
        url="https://registry.gitlab.example.com",
        options={"api": api, "group": "acme/rise", "token": str(token), **options},
    )
    return load([configuration])["work"]


@pytest.fixture
async def provider(gitlab: GitLab, token: Path) -> AsyncIterator[RegistryProvider]:
    async with closed(_provider(gitlab.url, token)) as made:
        yield made


class TestGitLab(RemoteRegistryContract):
    mints_by = "POST /api/v4/projects/{id}/deploy_tokens"
    makes_by = "POST /api/v4/projects"

    @pytest.fixture
    def stand_in(self, gitlab: GitLab) -> StandIn:
        return gitlab

    @pytest.fixture
    def provider(self, gitlab: GitLab, token: Path) -> RegistryProvider:
        return _provider(gitlab.url, token)

    @pytest.fixture
    def unreachable(self, token: Path) -> RegistryProvider:
        return _provider(f"http://127.0.0.1:{free_port()}", token)

    @pytest.fixture
    async def troubled(self, token: Path) -> AsyncIterator[Troubled]:
        async with AsyncExitStack() as stack:

            def made(status: int, headers: dict[str, str], body: bytes) -> RegistryProvider:
                url = stack.enter_context(answering(status, headers, body))
                provider = _provider(url, token)
                stack.push_async_callback(provider.close)
                return provider

            yield made

    @pytest.fixture
    def allows(self, gitlab: GitLab) -> Allows:
        return gitlab.allows


async def test_gitlab_ends_at_midnight_and_push_at_its_minute(
    gitlab: GitLab, provider: RegistryProvider
) -> None:
    await provider.ensure_repository(SHOP)
    pull, push = await provider.mint_pull(SHOP, A), await provider.mint_push(SHOP, ALICE)
    assert pull.expires_at is not None
    assert push.expires_at is not None
    assert next(reversed(gitlab.place("shop").tokens.values()))["name"].endswith(f" for {ALICE}")
    assert f"{pull.expires_at:%H:%M:%S}" == "00:00:00"
    kept = [each["expires_at"] for each in gitlab.place("shop").tokens.values()]
    assert kept[0].startswith(f"{pull.expires_at:%Y-%m-%dT00:00:00}")
    assert kept[1] > push.expires_at.isoformat()  # or GitLab would end it before its minutes do


async def test_a_push_token_whose_minutes_are_over_is_listed_and_ended(
    gitlab: GitLab, provider: RegistryProvider
) -> None:
    await provider.ensure_repository(SHOP)
    pull, push = await provider.mint_pull(SHOP, A), await provider.mint_push(SHOP, ALICE)
    assert push.expires_at is not None
    end = int(push.expires_at.timestamp())
    for each in gitlab.place("shop").tokens.values():
        each["name"] = each["name"].replace(f"-{end}-", f"-{end - 4000}-")
    assert {each.id for each in await provider.inventory()} == {A, push.id}
    await provider.revoke(SHOP, [A])
    assert not gitlab.allows(push, Action.PULL, "acme/rise/shop")
    assert gitlab.allows(pull, Action.PULL, "acme/rise/shop")


async def test_tokens_of_others_are_let_be(gitlab: GitLab, provider: RegistryProvider) -> None:
    await provider.ensure_repository(SHOP)
    await provider.mint_pull(SHOP, A)
    await provider.mint_pull(Project("shop", REBORN.uid), B)
    tokens = gitlab.place("shop").tokens
    first = next(iter(tokens))
    tokens[1] = {**tokens[first], "id": 1, "name": "rise-shop-by-hand", "expires_at": None}
    await provider.revoke(SHOP)
    assert [each["name"][:14] for each in tokens.values() if not each["revoked"]] == [
        f"rise-{REBORN.uid}"[:14],
        "rise-shop-by-hand"[:14],
    ]


async def test_tokens_and_projects_are_read_page_by_page(
    gitlab: GitLab, provider: RegistryProvider
) -> None:
    mark = f"Images: rise.dev/uid={SHOP2.uid}"
    for number in range(100):
        gitlab.places[number] = Place(number, "p", mark, f"acme/rise/p{number}")
    await provider.ensure_repository(SHOP)
    await provider.mint_pull(SHOP, A)
    tokens = gitlab.place("shop").tokens
    ours = next(iter(tokens.values()))
    for number in range(1000, 1250):
        tokens[number] = {**ours, "id": number, "name": f"by hand {number}"}
    tokens[ours["id"]] = tokens.pop(ours["id"])  # the last of the third page
    assert [each.id for each in await provider.inventory()] == [A]
    await provider.revoke(SHOP)
    assert ours["revoked"]


async def test_a_project_that_somebody_else_made_is_not_taken(
    gitlab: GitLab, provider: RegistryProvider
) -> None:
    await provider.ensure_repository(SHOP)
    gitlab.place("shop").description = "the web shop"
    with pytest.raises(RepositoryConflictError, match="administrator deletes it"):
        await provider.ensure_repository(SHOP)
    await provider.delete_repository(SHOP)
    assert gitlab.place("shop").description == "the web shop"


@pytest.mark.parametrize("at_once", [True, False])
async def test_a_gitlab_that_keeps_deleted_projects(token: Path, *, at_once: bool) -> None:
    gitlab = GitLab(keeps_deleted=True, at_once=at_once)
    with serving(gitlab):
        async with closed(_provider(gitlab.url, token)) as provider:
            await provider.ensure_repository(SHOP)
            pull = await provider.mint_pull(SHOP, A)
            await provider.delete_repository(SHOP)
            assert not gitlab.allows(pull, Action.PULL, "acme/rise/shop")
            assert bool(gitlab.places) is not at_once
            assert await provider.inventory() == []
            await provider.ensure_repository(REBORN)
    assert gitlab.problems == []


@pytest.mark.parametrize(
    ("text", "says"),
    [(None, "mount the Secret"), ("", "empty"), ("a\nb", "no line"), ("ä", "no line")],
)
def test_an_account_that_is_none(gitlab: GitLab, token: Path, text: str | None, says: str) -> None:
    token.unlink()
    if text is not None:
        token.write_text(text)
    with pytest.raises(RegistryError, match=says) as failure:
        asyncio.run(_provider(gitlab.url, token).check())
    assert type(failure.value) is RegistryError


async def test_the_account_shows_nowhere(token: Path) -> None:
    with answering(403, {}, b'{"message": "insufficient_scope"}') as url:
        async with closed(_provider(url, token)) as provider:
            with pytest.raises(RegistryError, match="scope `api` and role Owner") as failure:
                await provider.check()
    assert TOKEN not in f"{failure.value!r}{vars(provider)!r}"
