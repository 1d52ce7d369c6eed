"""What time brings: Secrets are looked at, credentials are renewed; by an operator in haste."""

import json
from collections.abc import Generator
from itertools import cycle
from pathlib import Path
from typing import Any

import operators
import pytest
from family import remove
from fixtures.people import Shell, project
from operators import Second, second_operator
from shop import SECRET, Shop

from rise_local import assembly, programs
from rise_local.home import existing
from rise_local.platform import Platform

ALICE, BOB = {"user": "alice@example.com"}, {"user": "bob@example.com"}
LIFE_S = 15
ROTATIONS = {"rotations": "1", "rotation_seconds": "3"}
NARROW, KEYLESS = "narrow", "keyless"


def _registries(platform: Platform, key: Path) -> str:
    """Return the platform's registry with short lives, one for bob alone, one without its key."""
    site = assembly.described(existing(platform.home.root), "").site
    (local,) = json.loads(programs.operator(site).env["RISE_OPERATOR_REGISTRIES"])
    local["options"]["pull_seconds"] = LIFE_S
    narrow = {**local, "name": NARROW, "owners": ["user:bob@example.com"]}
    keyless = {**local, "name": KEYLESS, "options": {**local["options"], "key": str(key)}}
    return json.dumps([local, narrow, keyless])


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a signing key is missing."""
    return tmp_path_factory.mktemp("keys") / "tls.key"


@pytest.fixture(scope="module")
def hasty(
    platform: Platform, key: Path, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Second]:
    """An operator alone that looks every second, and whose credentials do not last long."""
    platform.stop("operator")
    log = tmp_path_factory.mktemp("hasty") / "log"
    settings = {"registries": _registries(platform, key), "sweep_seconds": "1", **ROTATIONS}
    try:
        with second_operator(platform, log, leader_election="false", **settings) as second:
            yield second
        assert "Traceback" not in second.text()
        assert operators.tokens_in(second.text()) == []
    finally:
        platform.start("operator")


def _made(administrator: Shell, name: str, **spec: Any) -> Shop:
    administrator.apply(project(name, owner=ALICE, **spec))
    return Shop(administrator, name)


@pytest.fixture
def names(administrator: Shell, prefix: str) -> Generator[list[str]]:
    mine = [f"{prefix}-{number}" for number in range(3)]
    yield mine
    remove(administrator, mine)


def test_renewed_again_and_again_the_secret_always_counts(
    hasty: Second, administrator: Shell, names: list[str]
) -> None:
    _ = hasty
    shop = _made(administrator, names[0])
    operators.until(shop.agrees, "it has one")
    seen = shop.ids()

    def renewed() -> bool:
        held, record = shop.held(), shop.registry()
        ids = [each["id"] for each in record["credentials"]]
        seen.extend(each for each in ids if each not in seen)
        assert held in seen
        assert held in shop.ids(), "the Secret holds what does not count any more"
        assert shop.ready()["status"] == "True"
        assert len(ids) <= 2
        return len(seen) >= 4

    operators.until(renewed, "renewed three times", within_s=12 * LIFE_S)
    operators.until(shop.agrees, "they agree")


def test_who_rotates_in_a_loop_waits_and_the_last_one_asked_for_happens(
    hasty: Second, administrator: Shell, names: list[str]
) -> None:
    _ = hasty
    shop = _made(administrator, names[0])
    operators.until(shop.agrees, "it has one")
    moments = (f"2026-01-01T00:00:{second:02}Z" for second in range(60))

    def asked_too_soon() -> bool:
        """Rotate once more; tell whether that has to wait."""
        moment = next(moments)
        shop.rotate(moment)
        operators.until(
            lambda: shop.registry().get("rotation") == moment or _delayed(shop), "obeyed or told"
        )
        return _delayed(shop)

    operators.until(asked_too_soon, "one comes too soon, however slow the machine is")
    assert shop.ready()["status"] == "True"
    last = "2026-02-01T00:00:00Z"
    shop.rotate(last)
    operators.until(lambda: shop.registry().get("rotation") == last, "the last one is obeyed")
    operators.until(lambda: shop.agrees() and not _delayed(shop), "and nothing waits any more")

    def resumed_too_soon() -> bool:
        """Suspend and resume once more; tell whether the credential has to wait."""
        shop.change(suspend=True)
        operators.until(lambda: not shop.ids(), "revoked")
        shop.change(suspend=False)
        operators.until(lambda: shop.agrees() or _delayed(shop), "made or told")
        return _waits_without_any(shop)

    operators.until(resumed_too_soon, "a suspension is no way around")
    operators.until(lambda: shop.agrees() and not _delayed(shop), "it gets one all the same")


def test_who_changes_the_owner_in_a_loop_waits_and_the_former_one_pulls_no_more(
    hasty: Second, administrator: Shell, names: list[str]
) -> None:
    _ = hasty
    shop = _made(administrator, names[0])
    operators.until(shop.agrees, "it has one")
    owners = cycle((BOB, ALICE))

    def handed_on_too_soon() -> bool:
        """Give it to the other one; tell whether the credential has to wait."""
        owner = next(owners)
        shop.change(owner=owner)
        name = f"user:{owner['user']}"
        operators.until(
            lambda: _delayed(shop) or (shop.registry()["owner"] == name and shop.agrees()),
            "made or told",
        )
        return _waits_without_any(shop)

    operators.until(handed_on_too_soon, "one comes too soon, however slow the machine is")
    operators.until(lambda: shop.agrees() and not _delayed(shop), "the new one gets one")


def _delayed(shop: Shop) -> bool:
    return shop.valid()["reason"] == "RotationDelayed"


def _waits_without_any(shop: Shop) -> bool:
    """Tell whether the next credential has to wait; meanwhile there is none."""
    if not _delayed(shop):
        return False
    seen = shop.ids(), shop.secret()
    if not _delayed(shop):
        return False  # it was seen too late
    assert seen == ([], {}), "what was known before has ended"
    return True


DEEDS = [
    ["delete", "secret", SECRET],
    ["annotate", "--overwrite", "secret", SECRET, "internal.rise.dev/credential=another"],
    ["label", "secret", SECRET, "internal.rise.dev/project-uid-"],
    [
        "patch",
        "secret",
        SECRET,
        "--type=merge",
        '-p={"data":{".dockerconfigjson":"eyJhdXRocyI6e319"}}',
    ],
    ["patch", "secret", SECRET, "--type=merge", '-p={"immutable":true,"data":{"a":"YQ=="}}'],
]


def test_whatever_an_administrator_does_to_a_secret_is_mended(
    hasty: Second, administrator: Shell, names: list[str]
) -> None:
    _ = hasty
    shop = _made(administrator, names[0])
    operators.until(shop.agrees, "it has one")
    for deed in DEEDS:
        before = shop.ids()[0]
        shop.secrets(*deed)
        operators.until(lambda b=before: shop.ids()[:1] != [b] and shop.agrees(), f"mended: {deed}")
    shop.secrets("delete", "secret", SECRET)
    shop.secrets("create", "secret", "generic", SECRET)
    operators.until(shop.agrees, "a Secret of another type makes room")


def test_a_registry_is_for_those_whom_its_list_names(
    hasty: Second, administrator: Shell, names: list[str]
) -> None:
    _ = hasty
    shop = _made(administrator, names[0], registry=NARROW)
    operators.until(
        lambda: shop.registry_ready().get("reason") == "RegistryNotAllowed", "alice is told"
    )
    assert "user:alice@example.com" in shop.registry_ready()["message"]
    assert (shop.ready()["status"], shop.registry(), shop.secret()) == ("False", {}, {})
    shop.change(owner=BOB)
    operators.until(shop.agrees, "bob may")
    shop.change(owner=ALICE)
    operators.until(lambda: shop.valid()["reason"] == "CredentialsWithheld", "taken away again")
    assert (shop.registry(), shop.secret()) == ({}, {})


def test_without_its_key_one_registry_is_refused_and_the_others_work(
    hasty: Second, administrator: Shell, names: list[str], key: Path, platform: Platform
) -> None:
    _ = hasty
    refused, well = _made(administrator, names[0], registry=KEYLESS), _made(administrator, names[1])
    operators.until(
        lambda: refused.registry_ready().get("reason") == "RegistryRefused", "it is told"
    )
    operators.until(well.agrees, "the other has one")
    assert str(key) in refused.registry_ready()["message"]
    assert refused.ids() == []
    site = assembly.described(existing(platform.home.root), "").site
    key.write_bytes(site.tokens.pair("operator").key.read_bytes())
    administrator.kubectl("annotate", "project", names[0], "rise.dev/touched=1")
    operators.until(refused.agrees, "with the key there it has one, too")
