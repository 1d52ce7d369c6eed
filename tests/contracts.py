"""Contracts as test classes: a provider's test inherits one and supplies the fixtures."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pytest

from rise_registry.contract import (
    Action,
    Credential,
    NotOfferedError,
    Project,
    RegistryProvider,
    RegistryUnavailableError,
    RepositoryConflictError,
)
from rise_registry.distribution import Distribution
from rise_registry.statements import AUDIENCE, OPERATOR, SIGNED_BY, Kind

SHOP = Project("shop", "0b5f7d0e-6c6f-4a53-9f0c-5d1e8a7f0001")
SHOP2 = Project("shop2", "0b5f7d0e-6c6f-4a53-9f0c-5d1e8a7f0002")
REBORN = Project("shop", "0b5f7d0e-6c6f-4a53-9f0c-5d1e8a7f0003")
ALICE = "alice@example.com"
A, B, C, D = "a1b2c3d4e5f60718", "b1b2c3d4e5f60718", "c1b2c3d4e5f60718", "d1b2c3d4e5f60718"
SKEW = timedelta(minutes=2)
MINUTES = timedelta(hours=1)
PATIENCE_S = 60.0

CALLS: dict[str, Callable[[RegistryProvider], Awaitable[object]]] = {
    "check": lambda provider: provider.check(),
    "ensure_repository": lambda provider: provider.ensure_repository(SHOP),
    "mint_pull": lambda provider: provider.mint_pull(SHOP, A),
    "mint_push": lambda provider: provider.mint_push(SHOP, ALICE),
    "revoke": lambda provider: provider.revoke(SHOP),
    "delete_repository": lambda provider: provider.delete_repository(SHOP),
    "inventory": lambda provider: provider.inventory(),
}

Allows = Callable[[Credential, Action, str], bool]
"""What the registry would say: (credential, action, repository without host) → allowed."""


class RegistryContract:
    """What every registry provider promises.

    Fixtures: `provider` answers, `unreachable` does not; `allows` judges a credential as the
    registry does.
    """

    mints: ClassVar[bool] = True  # False: it hands out what it was given (`static`)
    offers_push: ClassVar[bool] = True
    keeps_credentials: ClassVar[bool] = True  # False: it ends none by itself
    lists_credentials: ClassVar[bool] = True
    knows_owners: ClassVar[bool] = True  # False: it cannot tell whose images they are
    silent: ClassVar[frozenset[str]] = frozenset()  # calls that speak to no registry

    async def rested(self, provider: RegistryProvider, project: Project) -> None:
        """Let the time pass in which a deleted project's tokens last."""

    @pytest.fixture(autouse=True)
    async def _closed(
        self, provider: RegistryProvider, unreachable: RegistryProvider
    ) -> AsyncIterator[None]:
        yield
        for each in (provider, unreachable):
            await each.close()
            await each.close()  # twice is no mistake

    # ---- where images are ------------------------------------------------------------------------

    def test_a_repository_is_host_and_path(self, provider: RegistryProvider) -> None:
        host, _, path = provider.repository("shop").partition("/")
        assert host
        assert "shop" in path.split("/")
        assert "://" not in provider.repository("shop")
        assert not path.endswith("/")

    def test_no_project_lives_below_another(self, provider: RegistryProvider) -> None:
        names = ["shop", "shop-2", "sho", "a", "a-shop"]
        places = [f"{provider.repository(name)}/" for name in names]
        below = [(a, b) for a in places for b in places if a != b and b.startswith(a)]
        assert below == []
        assert len(set(places)) == len(names)

    def test_a_repository_does_not_change(self, provider: RegistryProvider) -> None:
        assert provider.repository("shop") == provider.repository("shop")

    async def test_a_place_for_images_may_be_asked_for_twice_and_at_once(
        self, provider: RegistryProvider
    ) -> None:
        await asyncio.gather(*(provider.ensure_repository(SHOP) for _ in range(3)))
        await provider.ensure_repository(SHOP)

    async def test_images_of_an_earlier_project_of_the_name_are_not_given_away(
        self, provider: RegistryProvider
    ) -> None:
        await provider.ensure_repository(SHOP)
        if self.knows_owners:
            with pytest.raises(RepositoryConflictError, match="delete"):
                await provider.ensure_repository(REBORN)
        await provider.delete_repository(SHOP)
        await self.rested(provider, SHOP)
        await provider.ensure_repository(REBORN)

    async def test_removal_may_be_asked_for_twice_and_of_nothing(
        self, provider: RegistryProvider
    ) -> None:
        await provider.delete_repository(SHOP)
        await provider.ensure_repository(SHOP)
        await asyncio.gather(provider.delete_repository(SHOP), provider.delete_repository(SHOP))
        await provider.delete_repository(SHOP)

    async def test_removal_is_of_that_project_alone(self, provider: RegistryProvider) -> None:
        if not self.knows_owners:
            return
        await provider.ensure_repository(SHOP)
        await provider.ensure_repository(SHOP2)
        await provider.delete_repository(REBORN)  # the same name, another project
        await provider.delete_repository(SHOP)
        with pytest.raises(RepositoryConflictError):
            await provider.ensure_repository(Project(SHOP2.name, REBORN.uid))

    # ---- what is handed out ----------------------------------------------------------------------

    async def test_a_pull_credential_says_what_it_is(self, provider: RegistryProvider) -> None:
        await provider.ensure_repository(SHOP)
        credential = await provider.mint_pull(SHOP, A)
        assert credential.id == A
        assert credential.actions == {Action.PULL}
        self._is_whole(provider, credential)

    async def test_a_push_credential_is_one_of_minutes(self, provider: RegistryProvider) -> None:
        await provider.ensure_repository(SHOP)
        if not self.offers_push:
            with pytest.raises(NotOfferedError, match="push with"):
                await provider.mint_push(SHOP, ALICE)
            return
        credential = await provider.mint_push(SHOP, ALICE)
        assert credential.actions == {Action.PULL, Action.PUSH}
        assert credential.expires_at is not None
        assert credential.expires_at - datetime.now(UTC) <= MINUTES
        self._is_whole(provider, credential)
        assert (await provider.mint_push(SHOP, ALICE)).id != credential.id

    def _is_whole(self, provider: RegistryProvider, credential: Credential) -> None:
        repository = provider.repository(SHOP.name)
        assert credential.registry == repository.partition("/")[0]
        assert credential.repositories == (repository,)
        assert credential.username
        assert ":" not in credential.username  # Basic authentication ends the name there
        assert credential.password
        assert credential.password not in repr(credential)
        now = datetime.now(UTC)
        assert abs(credential.issued_at - now) < SKEW
        assert (credential.expires_at is None) is not self.mints
        assert credential.expires_at is None or credential.expires_at > now

    async def test_a_credential_is_for_one_project(
        self, provider: RegistryProvider, allows: Allows
    ) -> None:
        await provider.ensure_repository(SHOP)
        await provider.ensure_repository(SHOP2)
        own = provider.repository(SHOP.name).partition("/")[2]
        other = provider.repository(SHOP2.name).partition("/")[2]
        pull = await provider.mint_pull(SHOP, A)
        assert allows(pull, Action.PULL, f"{own}/web")
        if not self.mints:
            return
        assert not allows(pull, Action.PUSH, f"{own}/web")
        credentials = [pull]
        if self.offers_push:
            push = await provider.mint_push(SHOP, ALICE)
            assert allows(push, Action.PULL, f"{own}/web")
            assert allows(push, Action.PUSH, f"{own}/web")
            credentials.append(push)
        for credential in credentials:
            for action in Action:
                for path in (f"{other}/web", f"{own}2", f"{own}-2/web", "web", f"x/{own}/web"):
                    assert not allows(credential, action, path), (action, path)

    # ---- how it ends -----------------------------------------------------------------------------

    async def test_revoking_keeps_what_is_to_be_kept_and_nothing_else(
        self, provider: RegistryProvider, allows: Allows
    ) -> None:
        if not self.keeps_credentials:
            await provider.revoke(SHOP, [A])
            await provider.revoke(SHOP)
            return
        await provider.ensure_repository(SHOP)
        await provider.ensure_repository(SHOP2)
        minted = [await provider.mint_pull(SHOP, each) for each in (A, B, C)]
        others = await provider.mint_pull(SHOP2, D)
        push = await provider.mint_push(SHOP, ALICE)

        def working() -> list[str]:
            own = provider.repository(SHOP.name).partition("/")[2]
            return [
                each.id for each in (*minted, push) if allows(each, Action.PULL, self.probe(own))
            ]

        assert working() == [A, B, C, push.id]
        await provider.revoke(SHOP, [C, B])
        assert working() == [B, C, push.id]
        await provider.revoke(SHOP, [C])  # forced rotation
        await provider.revoke(SHOP, [C])
        assert working() == [C, push.id]
        await provider.revoke(SHOP)
        assert working() == []
        await provider.revoke(SHOP)
        path = provider.repository(SHOP2.name).partition("/")[2]
        assert allows(others, Action.PULL, self.probe(path))

    async def test_after_everything_was_revoked_a_new_credential_works(
        self, provider: RegistryProvider, allows: Allows
    ) -> None:
        if not self.keeps_credentials:
            return
        await provider.ensure_repository(SHOP)
        await provider.mint_pull(SHOP, A)
        await provider.revoke(SHOP)
        path = self.probe(provider.repository(SHOP.name).partition("/")[2])
        async with asyncio.timeout(PATIENCE_S):  # some registries tell time in whole seconds
            while not allows(  # noqa: ASYNC110 - and say so by no event
                await provider.mint_pull(SHOP, B), Action.PULL, path
            ):
                await asyncio.sleep(0.1)

    @staticmethod
    def probe(repository: str) -> str:
        """Return a repository of the project that is there."""
        return repository

    async def test_the_same_credential_may_be_asked_for_twice_and_at_once(
        self, provider: RegistryProvider, allows: Allows
    ) -> None:
        await provider.ensure_repository(SHOP)
        path = self.probe(provider.repository(SHOP.name).partition("/")[2])
        await provider.mint_pull(SHOP, A)
        assert allows(await provider.mint_pull(SHOP, A), Action.PULL, path)
        twins = await asyncio.gather(provider.mint_pull(SHOP, B), provider.mint_pull(SHOP, B))
        assert any(allows(each, Action.PULL, path) for each in twins)
        if self.lists_credentials:
            assert sorted(each.id for each in await provider.inventory()) == [A, B]

    async def test_nothing_that_was_handed_out_is_lost_track_of(
        self, provider: RegistryProvider
    ) -> None:
        if not self.lists_credentials:
            assert list(await provider.inventory()) == []
            return
        await provider.ensure_repository(SHOP)
        await provider.ensure_repository(SHOP2)
        pull = await provider.mint_pull(SHOP, A)
        await provider.mint_pull(SHOP2, B)
        await provider.mint_push(SHOP, ALICE)  # ends by itself, or is listed when it is over
        listed = {each.id: each for each in await provider.inventory()}
        assert {name: each.project_uid for name, each in listed.items()} == {
            A: SHOP.uid,
            B: SHOP2.uid,
        }
        expected, found = pull.expires_at, listed[A].expires_at
        assert expected is not None
        assert found is not None
        assert abs(found - expected) < timedelta(seconds=1)
        await provider.revoke(SHOP)
        assert [each.id for each in await provider.inventory()] == [B]

    # ---- when the registry does not help ---------------------------------------------------------

    async def test_a_registry_that_answers_passes(self, provider: RegistryProvider) -> None:
        await provider.check()

    async def test_one_that_does_not_answer_says_what_to_do(
        self, unreachable: RegistryProvider
    ) -> None:
        if "check" in self.silent:
            return
        with pytest.raises(RegistryUnavailableError, match="check that"):
            await asyncio.wait_for(unreachable.check(), timeout=PATIENCE_S)

    @pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
    async def test_while_it_is_away_every_call_says_so(
        self,
        unreachable: RegistryProvider,
        call: Callable[[RegistryProvider], Awaitable[object]],
        request: pytest.FixtureRequest,
    ) -> None:
        name: str = request.node.callspec.id
        async with asyncio.timeout(PATIENCE_S):
            if name in self.silent:
                await call(unreachable)
                return
            refused = name == "mint_push" and not self.offers_push
            expected = NotOfferedError if refused else RegistryUnavailableError
            with pytest.raises(expected, match=r"registry \S+"):
                await call(unreachable)

    def test_the_repository_is_known_while_the_registry_is_away(
        self, unreachable: RegistryProvider
    ) -> None:
        assert unreachable.repository("shop").endswith("shop")


class SelfHostedContract(RegistryContract):
    """What the self-hosted registry's provider promises: it signs, the token server judges."""

    keeps_credentials = False
    lists_credentials = False
    knows_owners = False  # until there are images: test_images.py
    silent = frozenset(CALLS) - {"check", "ensure_repository", "delete_repository"}

    @pytest.fixture
    def allows(self, provider: RegistryProvider) -> Allows:
        """Judge by the statement alone; whom the token server believes is tested there."""
        assert isinstance(provider, Distribution)

        def allowed(credential: Credential, action: Action, path: str) -> bool:
            pushes = Action.PUSH in credential.actions
            kind = Kind.PUSH if pushes else Kind.PULL
            claims = provider.authority.claims(
                credential.password,
                kind=kind,
                signer=OPERATOR,  # both, here: one key is at hand
                issuer=SIGNED_BY[kind],
                audience=AUDIENCE,
            )
            own = path.partition("/")[0] == claims["project"]
            return own and (pushes or action is Action.PULL)

        return allowed

    async def test_a_credential_ends_no_sooner_than_it_says(
        self, provider: RegistryProvider
    ) -> None:
        assert isinstance(provider, Distribution)
        credential = await provider.mint_pull(SHOP, A)
        claims = provider.authority.claims(
            credential.password,
            kind=Kind.PULL,
            signer=OPERATOR,
            issuer=OPERATOR,
            audience=AUDIENCE,
        )
        assert credential.expires_at == datetime.fromtimestamp(claims["exp"], UTC)
