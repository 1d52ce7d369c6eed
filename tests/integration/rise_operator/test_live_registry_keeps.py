"""A registry that keeps credentials itself: what the operator ends there, and what it leaves.

By an operator alone, with providers that Rise does not bring along and that look often.
"""

import time
from collections.abc import Generator
from typing import Any
from uuid import uuid4

import keeping
import operators
import pytest
from family import remove
from fixtures.people import Shell, project
from keeping import Kept, settled
from operators import Second, second_operator
from shop import SECRET, Shop

from rise_local.platform import Platform

ALICE = {"user": "alice@example.com"}
HASTE = {"sweep_seconds": "1", "inventory_seconds": "1", "leader_election": "false"}
AWAY, WIDE, MUTE = "away", "wide", "mute"


@pytest.fixture(scope="module")
def registries(tmp_path_factory: pytest.TempPathFactory) -> tuple[Kept, Kept]:
    root = tmp_path_factory.mktemp("keepers")
    return keeping.kept("first", root), keeping.kept("second", root)


@pytest.fixture
def first(registries: tuple[Kept, Kept]) -> Kept:
    return registries[0]


@pytest.fixture(scope="module")
def keeper(
    alone: Platform,
    registries: tuple[Kept, Kept],
    tmp_path_factory: pytest.TempPathFactory,
) -> Generator[Second]:
    log, known = tmp_path_factory.mktemp("keeper") / "log", keeping.configured(registries)
    with second_operator(
        alone, log, keeping.PACKAGE, registries=known, default_registry="first", **HASTE
    ) as second:
        yield second
    assert "an error of our own" not in second.text()
    assert "password-of-" not in second.text()


@pytest.fixture
def names(administrator: Shell, prefix: str) -> Generator[list[str]]:
    mine = [f"{prefix}-{number}" for number in range(3)]
    yield mine
    remove(administrator, mine)


def _made(administrator: Shell, name: str, **spec: Any) -> Shop:
    administrator.apply(project(name, owner=ALICE, **spec))
    return Shop(administrator, name)


@pytest.fixture
def shop(keeper: Second, administrator: Shell, names: list[str], first: Kept) -> Shop:
    _ = keeper
    shop = _made(administrator, names[0])
    operators.until(lambda: settled(shop, first), "it has a credential")
    return shop


def test_what_is_asked_for_again_leaves_the_new_one_alone(shop: Shop, first: Kept) -> None:
    (before,) = shop.ids()
    shop.rotate("2026-01-02T03:04:05Z")
    operators.until(lambda: before not in shop.ids() and settled(shop, first), "rotated")
    assert first.ids(shop.uid()) == set(shop.ids())
    assert len(shop.ids()) == 1


def test_a_suspension_ends_both_at_once_and_afterwards_there_is_another(
    shop: Shop, first: Kept
) -> None:
    (before,) = shop.ids()
    shop.administrator.kubectl("-n", shop.namespace, "delete", "secret", SECRET)
    operators.until(lambda: len(shop.ids()) > 1 and settled(shop, first), "the Secret is mended")
    assert shop.ids()[1] == before, "what running programs may still hold"
    shop.change(suspend=True)
    operators.until(lambda: shop.valid()["reason"] == "Suspended", "suspended")
    assert first.ids(shop.uid()) == set()
    assert (shop.ids(), shop.secret()) == ([], {})
    shop.change(suspend=False)
    operators.until(lambda: settled(shop, first), "it has another one")
    assert before not in first.ids(shop.uid())


def test_the_inventory_ends_what_nobody_names_but_not_what_others_made(
    shop: Shop, first: Kept, keeper: Second, administrator: Shell, names: list[str]
) -> None:
    gone = _made(administrator, names[1])
    operators.until(lambda: settled(gone, first), "another one has a credential, too")
    gone_uid, foreign = gone.uid(), str(uuid4())
    remove(administrator, [gone.name])
    named = set(shop.ids())
    strays = [(shop.uid(), "forgotten"), (gone_uid, "forgotten"), (foreign, "theirs")]
    with first.behaving(MUTE):
        for each in strays:
            first.add(*each)
        asked = first.asked("inventory")
        operators.until(lambda: first.asked("inventory") > asked + 2, "it looked three times")
        assert all(id_ in first.ids(uid) for uid, id_ in strays), "junk ended something"
    operators.until(lambda: not first.ids(gone_uid), "what a deleted project left has ended")
    operators.until(lambda: first.ids(shop.uid()) == named, "and what its status does not name")
    assert set(shop.ids()) == named
    assert first.ids(foreign) == {"theirs"}
    operators.until(
        lambda: keeper.endpoint.counts().by("rise_registry_stray_credentials", "registry")["first"],
        "what others made is counted",
    )


def test_a_registry_that_is_away_holds_up_its_own_projects_alone(
    shop: Shop, first: Kept, registries: tuple[Kept, Kept], administrator: Shell, names: list[str]
) -> None:
    leaving, (before,) = _made(administrator, names[1]), shop.ids()
    operators.until(lambda: settled(leaving, first), "two have a credential")
    uid = leaving.uid()
    with first.behaving(AWAY):
        administrator.kubectl("delete", "project", leaving.name, "--wait=false")
        shop.rotate("2026-02-03T04:05:06Z")
        other = _made(administrator, names[2], registry="second")
        operators.until(lambda: settled(other, registries[1]), "another registry's project")
        operators.until(  # while the namespace goes it says that instead
            lambda: "is away" in leaving.registry_ready().get("message", ""),
            "the deletion says what it waits for",
        )
        assert leaving.registry_ready()["reason"] == "RegistryUnavailable"
        operators.until(
            lambda: shop.registry_ready().get("reason") == "RegistryUnavailable",
            "the rotation says what it waits for",
        )
        assert first.ids(uid), "nobody could end them"
        assert leaving.ids() == [], "its status still names one"
        assert shop.ids() == [before], "the old one counts until there is another"
        assert shop.valid()["status"] == "True"
    administrator.kubectl("wait", "--for=delete", f"project/{leaving.name}", "--timeout=90s")
    assert first.ids(uid) == set()
    assert first.removed(uid)
    operators.until(
        lambda: before not in shop.ids() and settled(shop, first), "rotated", within_s=90
    )


def test_what_stays_as_an_orphan_keeps_its_images_and_no_credential(
    shop: Shop, first: Kept
) -> None:
    uid = shop.uid()
    shop.change(deletionPolicy="Orphan")
    shop.administrator.kubectl("delete", "project", shop.name, "--timeout=60s")
    assert first.ids(uid) == set()
    assert not first.removed(uid)
    assert shop.secret() == {}
    shop.administrator.kubectl("delete", "namespace", shop.namespace, "--wait=false")


def test_a_credential_for_too_much_is_used_nowhere_and_not_asked_for_in_a_loop(
    keeper: Second, administrator: Shell, names: list[str], first: Kept
) -> None:
    _ = keeper
    began = time.monotonic()
    with first.behaving(WIDE):
        shop = _made(administrator, names[0])
        operators.until(
            lambda: shop.registry_ready().get("reason") == "RegistryRefused", "it is refused"
        )
        assert "alone" in shop.registry_ready()["message"]
        assert (shop.ids(), shop.secret(), shop.registry()) == ([], {}, {})
        inventories = first.asked("inventory")
        operators.until(lambda: first.asked("inventory") > inventories + 4, "time passes")
        again = int(time.monotonic() - began) // 60
    assert first.asked(f"mint {shop.uid()}") <= 1 + again, "asked more often than once a minute"
    administrator.kubectl("annotate", "project", shop.name, "rise.dev/touched=1")
    operators.until(lambda: settled(shop, first), "now that it is right it is used")
