"""Wherever a credential's making is cut off, the next reconcile ends with a valid Secret."""

import json
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass

import operators
from fixtures.people import Shell
from operators import Endpoint
from shop import SECRET, Shop

from rise_crds.api import OPERATOR_USER
from rise_local.platform import Platform

FIRST, SECOND = "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"


@dataclass(frozen=True)
class Write:
    """One kind of write, and how to find out whether it is refused."""

    group: str
    resource: str
    which: str  # CEL: those that concern the project NAME
    attempt: tuple[str, ...]


SECRETS = Write(
    "",
    "secrets",
    "request.namespace == 'rise-NAME'",
    ("-n", "rise-NAME", "create", "secret", "generic", "rise-attempt"),
)
STATUS = Write(
    "rise.dev",
    "projects/status",
    "request.name == 'NAME'",
    ("patch", "project", "NAME", "--subresource=status", "--type=merge", '-p={"status":{}}'),
)


@contextmanager
def refused(administrator: Shell, write: Write, name: str) -> Generator[None]:
    """Have the API server refuse one kind of write to the operator."""
    policy = f"refuse-{name}.example.com"
    conditions = {
        "operator": f"request.userInfo.username == '{OPERATOR_USER}'",
        "project": write.which.replace("NAME", name),
    }
    rule = {
        "apiGroups": [write.group],
        "apiVersions": ["*"],
        "operations": ["CREATE", "UPDATE"],
        "resources": [write.resource],
    }
    kind, version = "ValidatingAdmissionPolicy", "admissionregistration.k8s.io/v1"
    spec = {
        "matchConstraints": {"resourceRules": [rule]},
        "matchConditions": [{"name": key, "expression": it} for key, it in conditions.items()],
        "validations": [{"expression": "false", "message": "refused by the test"}],
    }
    binding = {"policyName": policy, "validationActions": ["Deny"]}
    for each, its in ((kind, spec), (f"{kind}Binding", binding)):
        manifest = {"apiVersion": version, "kind": each, "metadata": {"name": policy}, "spec": its}
        administrator.kubectl("apply", "-f", "-", stdin=json.dumps(manifest))
    attempt = [word.replace("NAME", name) for word in write.attempt]
    as_operator = ("--dry-run=server", f"--as={OPERATOR_USER}")

    def is_refused() -> bool:
        done = administrator.run("kubectl", *attempt, *as_operator, exit_code=None)
        return "refused by the test" in done.stderr

    try:
        operators.until(is_refused, "the policy is in force")
        yield
    finally:
        kinds = f"{kind.lower()}binding,{kind.lower()}"
        administrator.kubectl("delete", kinds, policy)


def test_killed_between_status_and_secret(
    platform: Platform, administrator: Shell, shop: Shop, operator: Endpoint
) -> None:
    before = shop.ids()
    with refused(administrator, SECRETS, shop.name):
        shop.rotate(FIRST)
        operators.until(lambda: shop.ids() != before, "the status names another one")
        assert shop.held() == before[0]
        assert shop.held() not in shop.ids(), "the old one counts although rotation was asked for"
        assert shop.valid()["status"] == "False"
        operators.killed(platform)
        operators.until(operator.is_ready, "it is back")
    operators.until(shop.agrees, "the Secret holds what counts")
    assert len(shop.ids()) <= 2


def test_killed_between_mint_and_status(
    platform: Platform, administrator: Shell, shop: Shop, operator: Endpoint
) -> None:
    before, failed = shop.ids(), platform.logs("operator", 10_000).count("refused by the test")
    with refused(administrator, STATUS, shop.name):
        shop.rotate(FIRST)
        operators.until(
            lambda: platform.logs("operator", 10_000).count("refused by the test") > failed,
            "the operator is refused again and again",
        )
        assert shop.ids() == before
        assert shop.held() == before[0], "the Secret holds what no status names"
        operators.killed(platform)
        operators.until(operator.is_ready, "it is back")
    operators.until(lambda: shop.ids() != before and shop.agrees(), "rotated all the same")
    assert len(shop.ids()) == 1


def _said(shop: Shop, administrator: Shell, change: Callable[[dict[str, object]], None]) -> None:
    """Write another status in the operator's name."""
    status = shop.get()["status"]
    change(status)
    patch = json.dumps([{"op": "replace", "path": "/status", "value": status}])
    what = ("patch", "project", shop.name, "--subresource=status", "--type=json", "-p", patch)
    administrator.kubectl(*what, f"--as={OPERATOR_USER}")


def test_killed_before_the_status_says_that_it_counts(
    administrator: Shell, shop: Shop, operator: Endpoint
) -> None:
    operator.settle()
    before, version = shop.ids(), shop.secret()["metadata"]["resourceVersion"]

    def unsaid(status: dict[str, object]) -> None:
        kept = shop.get()["status"]["conditions"]
        status["conditions"] = [each for each in kept if each["type"] != "CredentialsValid"]

    _said(shop, administrator, unsaid)
    operators.until(shop.agrees, "the status says so")
    assert shop.ids() == before
    assert shop.secret()["metadata"]["resourceVersion"] == version


def test_a_status_from_the_past_ends_with_a_credential_that_counts(
    administrator: Shell, shop: Shop
) -> None:
    past = shop.get()["status"]
    shop.rotate(FIRST)
    operators.until(lambda: shop.registry().get("rotation") == FIRST and shop.agrees(), "rotated")
    shop.administrator.kubectl("annotate", "project", shop.name, "rise.dev/rotate-credentials-")

    def restored(status: dict[str, object]) -> None:
        status.clear()
        status.update(past)

    _said(shop, administrator, restored)
    operators.until(
        lambda: shop.ids()[:1] != [past["registry"]["credentials"][0]["id"]] and shop.agrees(),
        "the Secret holds what counts",
    )


def test_a_secret_from_the_past_is_replaced_at_the_next_rotation_and_never_named(
    administrator: Shell, shop: Shop
) -> None:
    past = shop.secret()
    shop.rotate(SECOND)
    operators.until(lambda: shop.registry().get("rotation") == SECOND and shop.agrees(), "rotated")
    metadata = {
        key: past["metadata"][key] for key in ("name", "namespace", "labels", "annotations")
    }
    administrator.kubectl("-n", shop.namespace, "delete", "secret", SECRET)
    manifest = {**past, "metadata": metadata}
    administrator.kubectl("create", "-f", "-", stdin=json.dumps(manifest))
    assert shop.held() not in shop.ids()
    shop.rotate(FIRST)
    operators.until(lambda: shop.registry().get("rotation") == FIRST and shop.agrees(), "rotated")
