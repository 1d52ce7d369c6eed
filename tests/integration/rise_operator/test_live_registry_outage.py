"""The registry, or the operator, is away for a while; or there are two operators at once."""

import json
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import operators
import pytest
from away import away
from family import remove
from fixtures.people import Shell, project
from operators import Endpoint, second_operator
from shop import Shop

from rise_crds.api import OPERATOR_USER
from rise_local.platform import Platform

ALICE = {"user": "alice@example.com"}
AFTER_AN_OUTAGE_S = 180.0  # the longest pause, and then some


@pytest.fixture
def shops(platform: Platform, administrator: Shell, prefix: str) -> Generator[list[Shop]]:
    """Three Projects of alice's that have credentials."""
    _ = platform
    names = [f"{prefix}-{number}" for number in range(3)]
    for name in names:
        administrator.apply(project(name, owner=ALICE))
    shops = [Shop(administrator, name) for name in names]
    for shop in shops:
        operators.until(shop.agrees, f"{shop.name} has a credential")
    yield shops
    remove(administrator, names)


def _due(shop: Shop) -> str:
    """Have the credential's time of renewal be over; return its id."""
    (old,) = shop.ids()
    before = (datetime.now(UTC) - timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    patch = json.dumps({"status": {"registry": {"renewAt": before}}})
    what = ("patch", "project", shop.name, "--subresource=status", "--type=merge", "-p", patch)
    shop.administrator.kubectl(*what, f"--as={OPERATOR_USER}")
    return old


def _renewed(shop: Shop, old: str) -> bool:
    """Tell whether another one counts, and the old one until its own end."""
    ids = shop.ids()
    assert shop.held() in {*ids, *shop.ids()}, "the Secret holds what does not count"
    return len(ids) > 1 and ids[1] == old and shop.agrees()


def _waits(shop: Shop) -> bool:
    return shop.registry_ready().get("reason") == "RegistryUnavailable"


def test_while_the_registry_is_away_what_counts_goes_on_and_the_rest_waits(
    platform: Platform, shops: list[Shop], prefix: str, administrator: Shell, operator: Endpoint
) -> None:
    due, leaving, well = shops
    new = Shop(administrator, f"{prefix}-new")
    with away(platform, "registry"):
        old = _due(due)
        administrator.kubectl("delete", "project", leaving.name, "--wait=false")
        administrator.apply(project(new.name, owner=ALICE))
        for shop, what in ((due, "renewal"), (leaving, "deletion"), (new, "creation")):
            operators.until(lambda s=shop: _waits(s), f"the {what} says what it waits for")
        assert due.ids() == [old]
        assert due.agrees()
        assert due.ready()["status"] == "True", "what can still pull is Ready"
        assert leaving.registry() == {}, "a project on its way out has none"
        operators.until(  # while the namespace goes it says that instead
            lambda: "administrator" in leaving.registry_ready().get("message", ""),
            "the deletion says what to do",
        )
        assert (new.registry(), new.secret(), new.ready()["status"]) == ({}, {}, "False")
        well.change(description="not held up by anything")
        generation = well.get()["metadata"]["generation"]
        operators.until(
            lambda: well.get()["status"]["observedGeneration"] == generation, "others are served"
        )
        assert operator.counts().by("rise_registry_available", "registry")["local"] == 0
    for claim, what in (
        (lambda: _renewed(due, old), "renewed"),
        (new.agrees, "the new one has a credential"),
    ):
        operators.until(claim, what, within_s=AFTER_AN_OUTAGE_S)
    gone = ("wait", "--for=delete", f"project/{leaving.name}", "--timeout=180s")
    administrator.run("kubectl", *gone, timeout_s=AFTER_AN_OUTAGE_S + 30)
    assert operator.counts().by("rise_registry_available", "registry")["local"] == 1


def test_while_the_operator_is_away_credentials_last_and_deletions_wait(
    platform: Platform, shops: list[Shop], administrator: Shell
) -> None:
    due, leaving, suspended = shops
    with away(platform, "operator"):
        old = _due(due)
        administrator.kubectl("delete", "project", leaving.name, "--wait=false")
        suspended.change(suspend=True)
        assert due.held() == old
        assert leaving.held() in leaving.ids(), "nobody could take it away"
    operators.until(lambda: _renewed(due, old), "renewed")
    administrator.kubectl("wait", "--for=delete", f"project/{leaving.name}", "--timeout=60s")
    operators.until(lambda: suspended.valid()["reason"] == "Suspended", "suspended")
    assert (suspended.ids(), suspended.secret()) == ([], {})


def test_two_operators_at_once_end_with_one_credential_that_counts(
    platform: Platform, shops: list[Shop], operator: Endpoint, tmp_path: Path
) -> None:
    with second_operator(platform, tmp_path / "log", leader_election="false") as second:
        both = (operator, second.endpoint)
        old = [_due(shop) for shop in shops]
        for shop, before in zip(shops, old, strict=True):
            operators.until(lambda s=shop, b=before: s.ids()[:1] != [b] and s.agrees(), "renewed")
        for moment in ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"):
            for shop in shops:
                shop.rotate(moment)
            for shop in shops:
                operators.until(
                    lambda s=shop, m=moment: s.registry().get("rotation") == m and s.agrees(),
                    "rotated",
                )
        for each in both:
            each.settle()
        writes = [each.writes() for each in both]
        assert all(shop.agrees() for shop in shops)
        assert all(len(shop.ids()) <= 2 for shop in shops)
        for each in both:
            each.settle()
        assert [each.writes() for each in both] == writes, "they go on renewing each other's"
    assert "an error of our own" not in second.text()


def test_a_registry_that_nobody_knows_is_told_and_holds_up_no_deletion(
    platform: Platform, administrator: Shell, prefix: str
) -> None:
    _ = platform
    shop = Shop(administrator, prefix)
    administrator.apply(project(prefix, owner=ALICE, registry="nowhere"))
    operators.until(lambda: shop.registry_ready().get("reason") == "RegistryUnknown", "it is told")
    assert "there are: local" in shop.registry_ready()["message"]
    assert (shop.registry(), shop.secret(), shop.ready()["status"]) == ({}, {}, "False")
    assert shop.valid()["reason"] == "CredentialsWithheld"
    administrator.kubectl("delete", "project", prefix, "--timeout=60s")


def test_an_administrators_own_pull_secrets_stay(shop: Shop, operator: Endpoint) -> None:
    def attached(account: str) -> list[str]:
        command = ("-n", shop.namespace, "get", "serviceaccount", account, "-o", "json")
        found = shop.administrator.json("kubectl", *command)
        return sorted(each["name"] for each in found.get("imagePullSecrets", []))

    for account in ("default", "rise-runtime"):
        theirs = json.dumps({"imagePullSecrets": [{"name": "theirs"}]})
        shop.secrets("patch", "serviceaccount", account, "--type=merge", "-p", theirs)
        operators.until(
            lambda a=account: attached(a) == ["rise-registry", "theirs"], f"both: {account}"
        )
    operator.settle()
    shop.secrets("label", "serviceaccount", "default", "internal.rise.dev/project-")
    operator.settle()
    assert attached("default") == ["rise-registry", "theirs"]
