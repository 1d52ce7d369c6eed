"""Contracts as test classes: a provider's test inherits one and supplies the fixtures."""

import asyncio

import pytest

from rise_registry.contract import RegistryProvider, RegistryUnavailableError


class RegistryContract:
    """What every registry provider promises; fixtures: `provider` answers, `unreachable` not."""

    @pytest.fixture
    def provider(self) -> RegistryProvider:
        raise NotImplementedError

    @pytest.fixture
    def unreachable(self) -> RegistryProvider:
        raise NotImplementedError

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

    async def test_a_registry_that_answers_passes(self, provider: RegistryProvider) -> None:
        await provider.check()

    async def test_one_that_does_not_answer_says_what_to_do(
        self, unreachable: RegistryProvider
    ) -> None:
        with pytest.raises(RegistryUnavailableError, match="check that"):
            await asyncio.wait_for(unreachable.check(), timeout=10)

    def test_the_repository_is_known_while_the_registry_is_away(
        self, unreachable: RegistryProvider
    ) -> None:
        assert unreachable.repository("shop").endswith("shop")
