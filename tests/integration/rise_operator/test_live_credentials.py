"""A project's pull credential in a real cluster: the status and the Secret always agree."""

import base64
import json

import operators
from fixtures.people import project
from operators import Endpoint
from shop import ROTATE, SECRET, Shop

from rise_local.platform import Platform

BOB = {"user": "bob@example.com"}


def test_ready_means_that_images_can_be_pulled(platform: Platform, shop: Shop) -> None:
    status, secret = shop.registry(), shop.secret()
    host = platform.address("registry")
    assert status["repository"] == f"{host}/{shop.name}"
    assert status["provider"] == "distribution"
    assert status["pullSecretRef"] == {"name": SECRET}
    assert status["expiresAt"] == status["credentials"][0]["expiresAt"]
    assert shop.agrees()
    assert secret["type"] == "kubernetes.io/dockerconfigjson"
    config = json.loads(base64.b64decode(secret["data"][".dockerconfigjson"]))
    (entry,) = (config["auths"][host],)
    pair = f"{entry['username']}:{entry['password']}".encode()
    assert entry["username"] == f"robot+{shop.name}"
    assert base64.b64decode(entry["auth"]) == pair
    for account in ("default", "rise-runtime"):
        found = shop.administrator.json(
            "kubectl", "-n", shop.namespace, "get", "serviceaccount", account, "-o", "json"
        )
        assert found["imagePullSecrets"] == [{"name": SECRET}], account
    assert entry["password"] not in json.dumps(shop.get())
    assert entry["password"] not in platform.logs("operator", 10_000)


def test_rotation_that_is_asked_for_leaves_the_new_one_alone(
    shop: Shop, operator: Endpoint
) -> None:
    before = shop.ids()
    shop.rotate("2026-01-02T03:04:05Z")
    operators.until(lambda: shop.ids() != before and shop.agrees(), "another one counts")
    assert len(shop.ids()) == 1
    assert shop.registry()["rotation"] == "2026-01-02T03:04:05Z"
    once = shop.ids()
    shop.rotate("2026-01-02T03:04:06+02:00")
    operators.until(lambda: shop.ids() != once and shop.agrees(), "and another one")
    again = shop.ids()
    shop.administrator.kubectl("annotate", "project", shop.name, f"{ROTATE}-")
    operator.settle()
    assert shop.ids() == again


def test_what_is_no_time_is_told_and_rotates_nothing(shop: Shop, operator: Endpoint) -> None:
    before = shop.ids()
    shop.rotate("tomorrow")
    operators.until(lambda: shop.valid()["reason"] == "RotationIgnored", "the condition says so")
    operator.settle()
    assert "RFC 3339" in shop.valid()["message"]
    assert shop.ids() == before
    assert shop.ready()["status"] == "True"


def test_a_suspended_project_has_none_and_gets_another_one_afterwards(shop: Shop) -> None:
    before = shop.ids()
    shop.change(suspend=True)
    operators.until(lambda: shop.valid()["reason"] == "Suspended", "it is said to be suspended")
    assert shop.ids() == []
    assert "expiresAt" not in shop.registry()
    assert shop.secret() == {}
    shop.change(suspend=False)
    operators.until(shop.agrees, "it has one again")
    assert set(shop.ids()).isdisjoint(before)
    assert len(shop.ids()) == 1


def test_another_owner_gets_another_one_and_the_old_one_is_dead(shop: Shop) -> None:
    before = shop.ids()
    shop.change(owner=BOB)
    operators.until(lambda: shop.ids() != before and shop.agrees(), "another one counts")
    assert len(shop.ids()) == 1


def test_a_change_of_anything_else_mints_nothing(shop: Shop, operator: Endpoint) -> None:
    before, version = shop.ids(), shop.secret()["metadata"]["resourceVersion"]
    shop.change(description="something else", members=[{"user": BOB["user"], "role": "viewer"}])
    shop.administrator.kubectl("label", "project", shop.name, "a=b")
    operator.settle()
    assert shop.ids() == before
    assert shop.secret()["metadata"]["resourceVersion"] == version


def test_the_namespace_is_made_anew_with_another_credential(shop: Shop) -> None:
    before = shop.ids()
    shop.administrator.kubectl("delete", "namespace", shop.namespace, "--wait=false")
    operators.until(lambda: shop.ids() not in ([], before) and shop.agrees(), "it has another one")


def _orphaned(shop: Shop) -> None:
    shop.change(deletionPolicy="Orphan")
    shop.administrator.kubectl("delete", "project", shop.name, "--timeout=60s")


def test_what_an_orphan_leaves_is_no_credential_and_its_name_is_refused(
    shop: Shop, operator: Endpoint
) -> None:
    _orphaned(shop)
    assert shop.secret() == {}
    shop.administrator.kubectl("get", "namespace", shop.namespace)
    shop.administrator.apply(project(shop.name, owner=BOB))
    operators.until(lambda: shop.ready().get("reason") == "NamespaceConflict", "the name is taken")
    operator.settle()
    assert shop.registry() == {}
    assert shop.secret() == {}
    assert shop.valid()["reason"] == "CredentialsWithheld"
    shop.administrator.kubectl("delete", "namespace", shop.namespace, "--timeout=60s")
    operators.until(shop.agrees, "once the remains are gone it has one")
