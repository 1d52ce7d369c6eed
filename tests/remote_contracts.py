"""What providers promise besides that speak to a product's HTTP API, which keeps credentials."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import ClassVar

import pytest
from contracts import CALLS, REBORN, SHOP, A, Allows, B, C, RegistryContract
from stand_in import StandIn

from rise_registry.contract import (
    Action,
    RegistryError,
    RegistryProvider,
    RegistryUnavailableError,
    RepositoryConflictError,
)

Troubled = Callable[[int, dict[str, str], bytes], RegistryProvider]
"""A provider whose registry answers everything with this status, these headers and this body."""


@asynccontextmanager
async def closed(provider: RegistryProvider) -> AsyncGenerator[RegistryProvider]:
    """Yield `provider`, whose connections are given back in the end."""
    try:
        yield provider
    finally:
        await provider.close()


class RemoteRegistryContract(RegistryContract):
    """Fixtures besides: `stand_in` is who `provider` speaks to, `troubled` as its name says."""

    mints_by: ClassVar[str]  # the stand-in's operation that makes a credential
    makes_by: ClassVar[str]  # and the one that makes a place for images

    @pytest.mark.parametrize("call", CALLS)
    @pytest.mark.parametrize("status", [429, 500, 503])
    async def test_a_registry_in_trouble_is_asked_again_later(
        self, troubled: Troubled, status: int, call: str
    ) -> None:
        provider = troubled(status, {"Retry-After": "17"}, b"{}")
        with pytest.raises(RegistryUnavailableError) as failure:
            await CALLS[call](provider)
        assert failure.value.retry_after_s == 17

    @pytest.mark.parametrize("call", CALLS)
    @pytest.mark.parametrize(
        ("status", "says"), [(401, "take the account"), (403, "the account needs")]
    )
    async def test_an_account_without_the_right_is_not_tried_again(
        self, troubled: Troubled, status: int, says: str, call: str
    ) -> None:
        with pytest.raises(RegistryError, match=says) as failure:
            await CALLS[call](troubled(status, {}, b"{}"))
        assert type(failure.value) is RegistryError

    @pytest.mark.parametrize("call", CALLS)
    @pytest.mark.parametrize(
        "body", [b"<h1>It works!</h1>", b"[1]", b'"so"', b'{"a": 1}', b"\xff"], ids=repr
    )
    async def test_somebody_else_at_its_address_is_no_registry(
        self, troubled: Troubled, body: bytes, call: str
    ) -> None:
        with pytest.raises(RegistryUnavailableError, match="check that"):
            await CALLS[call](troubled(200, {}, body))

    @pytest.mark.parametrize("call", CALLS)
    async def test_the_account_is_not_carried_elsewhere(
        self, troubled: Troubled, call: str
    ) -> None:
        elsewhere = {"Location": "http://127.0.0.1:1/"}
        with pytest.raises(RegistryError) as failure:
            await CALLS[call](troubled(307, elsewhere, b""))
        assert type(failure.value) is RegistryError

    @pytest.mark.parametrize("call", CALLS)
    async def test_down_at_each_request_it_goes_on_when_it_is_back(
        self, stand_in: StandIn, provider: RegistryProvider, call: str
    ) -> None:
        """One request of the call fails, then the next one, until none does."""
        failed = 0
        while True:
            await provider.ensure_repository(SHOP)
            await provider.mint_pull(SHOP, B)
            await provider.mint_pull(SHOP, A)
            stand_in.fail_at(failed)
            try:
                await CALLS[call](provider)
            except RegistryUnavailableError:
                failed += 1
            else:
                break
            finally:
                stand_in.fail_at(None)
            await CALLS[call](provider)
        assert failed > 0

    async def test_a_credential_whose_answer_was_lost_is_found_and_ended(
        self, stand_in: StandIn, provider: RegistryProvider, allows: Allows
    ) -> None:
        await provider.ensure_repository(SHOP)
        before = await provider.mint_pull(SHOP, A)
        stand_in.loses = self.mints_by
        with pytest.raises(RegistryUnavailableError):
            await provider.mint_pull(SHOP, B)
        stand_in.loses = None
        assert sorted(each.id for each in await provider.inventory()) == [A, B]
        await provider.revoke(SHOP, [A, C])
        assert [each.id for each in await provider.inventory()] == [A]
        path = self.probe(provider.repository(SHOP.name).partition("/")[2])
        assert allows(before, Action.PULL, path)

    async def test_a_place_whose_answer_was_lost_is_the_projects_all_the_same(
        self, stand_in: StandIn, provider: RegistryProvider
    ) -> None:
        stand_in.loses = self.makes_by
        with pytest.raises(RegistryUnavailableError):
            await provider.ensure_repository(SHOP)
        stand_in.loses = None
        await provider.ensure_repository(SHOP)
        with pytest.raises(RepositoryConflictError):
            await provider.ensure_repository(REBORN)
