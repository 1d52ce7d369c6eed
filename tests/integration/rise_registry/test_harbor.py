"""The Harbor provider against a stand-in that holds it to Harbor's published API."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from contracts import ALICE, SHOP, SHOP2, A, Allows
from harbor_stand_in import PASSWORD, USERNAME, Harbor, Place
from remote_contracts import RemoteRegistryContract, Troubled, closed
from stand_in import StandIn, serving
from token_registry import free_port
from trouble import answering

from rise_registry.configuration import RegistryConfiguration, load
from rise_registry.contract import (
    Action,
    RegistryError,
    RegistryProvider,
    RepositoryConflictError,
)


@pytest.fixture
def harbor() -> Iterator[Harbor]:
    stand_in = Harbor()
    with serving(stand_in):
        yield stand_in
    assert stand_in.problems == []


@pytest.fixture
def account(tmp_path: Path) -> Path:
    (tmp_path / "username").write_text(USERNAME)
    (tmp_path / "password").write_text(f"{PASSWORD}\n")
    return tmp_path


def _provider(url: str, account: Path, **options: Any) -> RegistryProvider:
    configuration = RegistryConfiguration(
        name="harbor",
        provider="harbor",
        url=url,
        options={"account": str(account), "prefix": "rise-", **options},
    )
    return load([configuration])["harbor"]


@pytest.fixture
async def provider(harbor: Harbor, account: Path) -> AsyncIterator[RegistryProvider]:
    async with closed(_provider(harbor.url, account)) as made:
        yield made


class TestHarbor(RemoteRegistryContract):
    mints_by = "POST /api/v2.0/robots"
    makes_by = "POST /api/v2.0/labels"

    @pytest.fixture
    def stand_in(self, harbor: Harbor) -> StandIn:
        return harbor

    @pytest.fixture
    def provider(self, harbor: Harbor, account: Path) -> RegistryProvider:
        return _provider(harbor.url, account, prefix="")

    @pytest.fixture
    def unreachable(self, account: Path) -> RegistryProvider:
        return _provider(f"http://127.0.0.1:{free_port()}", account)

    @pytest.fixture
    async def troubled(self, account: Path) -> AsyncIterator[Troubled]:
        async with AsyncExitStack() as stack:

            def made(status: int, headers: dict[str, str], body: bytes) -> RegistryProvider:
                url = stack.enter_context(answering(status, headers, body))
                provider = _provider(url, account)
                stack.push_async_callback(provider.close)
                return provider

            yield made

    @pytest.fixture
    def allows(self, harbor: Harbor) -> Allows:
        return harbor.allows

    @staticmethod
    def probe(repository: str) -> str:
        """Return a repository below: the project's own name is none in Harbor."""
        return f"{repository}/web"


def _place(harbor: Harbor, name: str) -> Place:
    found = harbor.place(name)
    assert found
    return found


async def test_a_project_is_private_and_a_robot_may_what_it_must(
    harbor: Harbor, provider: RegistryProvider
) -> None:
    await provider.ensure_repository(SHOP)
    await provider.mint_pull(SHOP, A)
    await provider.mint_push(SHOP, ALICE)
    place = _place(harbor, "rise-shop")
    assert place.public == "false"
    pull, push = place.robots.values()
    assert (pull["level"], pull["duration"]) == ("project", 2)
    assert [each["action"] for each in pull["permissions"][0]["access"]] == ["pull"]
    assert (push["duration"], push["description"]) == (1, f"Rise, for {ALICE}")


async def test_a_push_robot_whose_minutes_are_over_is_listed_and_ended(
    harbor: Harbor, provider: RegistryProvider
) -> None:
    await provider.ensure_repository(SHOP)
    await provider.mint_pull(SHOP, A)
    push = await provider.mint_push(SHOP, ALICE)
    assert push.expires_at is not None
    end = int(push.expires_at.timestamp())
    robots = _place(harbor, "rise-shop").robots
    for each in robots.values():
        each["name"] = each["name"].replace(f"-{end}-", f"-{end - 4000}-")
    assert {each.id for each in await provider.inventory()} == {A, push.id}
    await provider.revoke(SHOP, [A])
    assert [each.id for each in await provider.inventory()] == [A]
    assert len(robots) == 1


async def test_deletion_takes_repositories_along_however_deep_and_many(
    harbor: Harbor, provider: RegistryProvider
) -> None:
    await provider.ensure_repository(SHOP)
    await provider.ensure_repository(SHOP2)
    _place(harbor, "rise-shop2").repositories = ["web"]
    _place(harbor, "rise-shop").repositories = ["web", "jobs/nightly", "a/b/c"] + [
        f"c{number}" for number in range(120)
    ]
    await provider.delete_repository(SHOP)
    assert harbor.place("rise-shop") is None
    assert _place(harbor, "rise-shop2").repositories == ["web"]


async def test_a_project_that_was_half_made_is_finished_while_it_is_empty(
    harbor: Harbor, provider: RegistryProvider
) -> None:
    for number, (name, repositories) in enumerate([("rise-shop", []), ("rise-shop2", ["web"])]):
        harbor.places[number] = Place(number, name, "false", repositories)
    await provider.ensure_repository(SHOP)
    with pytest.raises(RepositoryConflictError, match="administrator deletes it"):
        await provider.ensure_repository(SHOP2)
    await provider.delete_repository(SHOP2)
    assert _place(harbor, "rise-shop2").repositories == ["web"]


async def test_robots_of_others_are_let_be(harbor: Harbor, provider: RegistryProvider) -> None:
    await provider.ensure_repository(SHOP)
    pull = await provider.mint_pull(SHOP, A)
    robots = _place(harbor, "rise-shop").robots
    ours = next(iter(robots.values()))
    for number in range(1000, 1130):
        robots[number] = {**ours, "id": number, "name": f"robot$rise-shop+ci-{number}"}
    robots[ours["id"]] = robots.pop(ours["id"])  # on the second page
    await provider.revoke(SHOP)
    assert not harbor.allows(pull, Action.PULL, "rise-shop/web")
    assert len(robots) == 130


@pytest.mark.parametrize("part", ["username", "password"])
def test_an_account_that_is_none(account: Path, part: str) -> None:
    (account / part).unlink()
    with pytest.raises(RegistryError, match="mount the Secret") as failure:
        asyncio.run(_provider("http://127.0.0.1:1", account).check())
    assert PASSWORD not in str(failure.value)
