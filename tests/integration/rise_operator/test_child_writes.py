"""What is sent to write or delete a child, whatever the server says."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from kubernetes import client as official

from rise_operator import child_writes
from rise_operator.children import Child
from rise_operator.engine.cache import Name
from rise_operator.engine.client import Client
from rise_operator.engine.credentials import Credentials
from rise_operator.engine.metrics import Metrics
from rise_operator.engine.refusals import Conflict, Forbidden, Invalid
from rise_operator.engine.resource import (
    CLUSTER_ROLE_BINDINGS,
    CLUSTER_ROLES,
    NAMESPACES,
    ROLE_BINDINGS,
    SECRETS,
    SERVICE_ACCOUNTS,
    Resource,
)
from rise_operator.errors import NotReady

Body = dict[str, Any]
OURS, THEIRS = {"name": "rise:ns:viewer"}, {"name": "cluster-admin"}
KNOWN = Child(7, "uid-7", b"", frozenset({"parent"}), deleting=False)
NAMESPACE: Body = {"kind": "Namespace", "metadata": {"name": "rise-shop"}}
INSIDE: Body = {
    "kind": "RoleBinding",
    "metadata": {"name": "rise:ns:viewer", "namespace": "rise-shop"},
    "roleRef": OURS,
}
ROLE: Body = {"kind": "ClusterRole", "metadata": {"name": "rise:project:shop:owner"}}
PULL = "kubernetes.io/dockerconfigjson"
SECRET: Body = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "rise-registry", "namespace": "rise-shop"},
    "type": PULL,
}
BINDING: Body = {**ROLE, "kind": "ClusterRoleBinding", "roleRef": OURS}
TERMINATING = {"message": "x", "details": {"causes": [{"reason": "NamespaceTerminating"}]}}


@dataclass
class Server:
    """Gives one answer after the other, and remembers what it was asked."""

    answers: list[tuple[int, Body]]
    asked: list[tuple[str, Body]] = field(default_factory=list[tuple[str, Body]])

    async def answer(self, request: web.Request) -> web.Response:
        body: Body = await request.json() if request.can_read_body else {}
        self.asked.append((request.method, body))
        status, said = self.answers[len(self.asked) - 1]
        return web.json_response(said, status=status)

    @property
    def methods(self) -> str:
        return " ".join(method for method, _ in self.asked)


@asynccontextmanager
async def server(*answers: tuple[int, Body]) -> AsyncGenerator[tuple[Server, Client]]:
    it = Server(list(answers))
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", it.answer)
    async with TestServer(app) as listening:
        configuration = official.Configuration(host=str(listening.make_url("")))
        client = Client(Credentials(configuration), Metrics())
        yield it, client
        await client.close()


async def test_a_namespace_that_is_not_known_is_made_and_never_adopted() -> None:
    async with server((409, {"message": "it exists"})) as (asked, client):
        with pytest.raises(Conflict):
            await child_writes.apply(client, NAMESPACES, NAMESPACE, None)
        assert asked.asked == [("POST", NAMESPACE)]


async def test_a_namespace_that_is_known_is_written_under_its_uid_alone() -> None:
    async with server((200, NAMESPACE)) as (asked, client):
        await child_writes.apply(client, NAMESPACES, NAMESPACE, KNOWN)
        assert asked.asked == [
            ("PATCH", {"kind": "Namespace", "metadata": {"name": "rise-shop", "uid": "uid-7"}})
        ]
    assert "uid" not in NAMESPACE["metadata"]


async def test_a_right_that_is_only_just_granted_is_waited_for() -> None:
    no = (403, {"message": "not yet"})
    async with server(no, no, no, (200, INSIDE)) as (asked, client):
        assert await child_writes.apply(client, ROLE_BINDINGS, INSIDE, None) == INSIDE
        assert asked.methods == "PATCH PATCH PATCH PATCH"


async def test_a_right_that_is_missing_is_told() -> None:
    async with server(*[(403, {"message": "never"})] * 7) as (asked, client):
        with pytest.raises(Forbidden, match="never"):
            await child_writes.apply(client, ROLE_BINDINGS, INSIDE, None)
        assert len(asked.asked) == 7


async def test_nothing_is_waited_for_outside_of_namespaces() -> None:
    async with server((403, {"message": "never"})) as (asked, client):
        with pytest.raises(Forbidden):
            await child_writes.apply(client, CLUSTER_ROLES, ROLE, None)
        assert asked.methods == "PATCH"


async def test_a_namespace_on_its_way_out_is_no_failure() -> None:
    async with server((403, TERMINATING)) as (asked, client):
        with pytest.raises(NotReady) as caught:
            await child_writes.apply(client, ROLE_BINDINGS, INSIDE, None)
        assert caught.value.retry_s == 1
        assert asked.methods == "PATCH"


@pytest.mark.parametrize(
    ("resource", "manifest", "known"),
    [
        pytest.param(ROLE_BINDINGS, INSIDE, None, id="inside, where it may not be known"),
        pytest.param(CLUSTER_ROLE_BINDINGS, BINDING, KNOWN, id="cluster-wide"),
    ],
)
async def test_a_binding_to_another_role_is_replaced(
    resource: Resource, manifest: Body, known: Child | None
) -> None:
    found = {"metadata": {"uid": "uid-9"}, "roleRef": THEIRS}
    answers = [
        (422, {"message": "cannot change roleRef"}),
        (200, found),
        (200, {}),
        (200, manifest),
    ]
    async with server(*answers) as (asked, client):
        assert await child_writes.apply(client, resource, manifest, known) == manifest
        assert asked.methods == "PATCH GET DELETE PATCH"
        assert asked.asked[2][1]["preconditions"] == {"uid": "uid-9"}


async def test_a_binding_that_is_refused_for_something_else_is_left_alone() -> None:
    found = {"metadata": {"uid": "uid-9"}, "roleRef": OURS}
    async with server((422, {"message": "a bad subject"}), (200, found)) as (asked, client):
        with pytest.raises(Invalid, match="a bad subject"):
            await child_writes.apply(client, ROLE_BINDINGS, INSIDE, None)
        assert asked.methods == "PATCH GET"


@pytest.mark.parametrize(
    "found",
    [
        pytest.param({"metadata": {"uid": "uid-9"}, "type": "Opaque"}, id="of another type"),
        pytest.param({"metadata": {"uid": "uid-9"}, "type": PULL, "immutable": True}, id="fixed"),
    ],
)
async def test_a_secret_that_cannot_become_ours_is_replaced(found: Body) -> None:
    answers = [(422, {"message": "it cannot be changed"}), (200, found), (200, {}), (200, SECRET)]
    async with server(*answers) as (asked, client):
        assert await child_writes.apply(client, SECRETS, SECRET, None) == SECRET
        assert asked.methods == "PATCH GET DELETE PATCH"
        assert asked.asked[2][1]["preconditions"] == {"uid": "uid-9"}


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param((200, {"metadata": {"uid": "uid-9"}, "type": PULL}), id="ours"),
        pytest.param((404, {}), id="there is none"),
    ],
)
async def test_a_secret_that_a_policy_refuses_stays(answer: tuple[int, Body]) -> None:
    async with server((422, {"message": "denied by a policy"}), answer) as (asked, client):
        with pytest.raises(Invalid, match="denied by a policy"):
            await child_writes.apply(client, SECRETS, SECRET, None)
        assert asked.methods == "PATCH GET"


async def test_a_role_that_is_refused_is_not_deleted() -> None:
    async with server((422, {"message": "a bad rule"})) as (asked, client):
        with pytest.raises(Invalid):
            await child_writes.apply(client, CLUSTER_ROLES, ROLE, KNOWN)
        assert asked.methods == "PATCH"


@pytest.mark.parametrize("status", [200, 404])
async def test_exactly_the_known_one_is_deleted_and_may_be_gone_already(status: int) -> None:
    async with server((status, {})) as (asked, client):
        await child_writes.delete(client, CLUSTER_ROLES, Name("", "rise:project:shop:owner"), KNOWN)
        ((method, body),) = asked.asked
        assert method == "DELETE"
        assert body["preconditions"] == {"uid": "uid-7"}


async def test_what_has_the_name_by_now_is_not_deleted() -> None:
    async with server((409, {"message": "another UID"})) as (_, client):
        with pytest.raises(Conflict):
            await child_writes.delete(client, NAMESPACES, Name("", "rise-shop"), KNOWN)


async def test_what_is_on_its_way_out_is_not_deleted_again() -> None:
    leaving = Child(7, "uid-7", b"", frozenset(), deleting=True)
    async with server() as (asked, client):
        await child_writes.delete(client, NAMESPACES, Name("", "rise-shop"), leaving)
        assert asked.asked == []


ACCOUNT: Body = {
    "kind": "ServiceAccount",
    "metadata": {"name": "default", "namespace": "rise-shop"},
    "imagePullSecrets": [{"name": "rise-registry"}],
}


def _account(version: str, *pulls: str) -> Body:
    secrets = [{"name": each} for each in pulls]
    return {"metadata": {"resourceVersion": version}, "imagePullSecrets": secrets}


@pytest.mark.parametrize(
    ("found", "sent", "version"),
    [
        pytest.param((404, {}), ["rise-registry"], None, id="no account yet"),
        pytest.param((200, _account("7")), ["rise-registry"], None, id="nobody's entry"),
        pytest.param(
            (200, _account("7", "theirs", "rise-registry")),
            ["rise-registry", "theirs"],
            "7",
            id="an administrator's entry beside ours",
        ),
        pytest.param(
            (200, _account("7", "a", "b")), ["rise-registry", "a", "b"], "7", id="ours taken out"
        ),
    ],
)
async def test_the_pull_secrets_that_others_attached_stay(
    found: tuple[int, Body], sent: list[str], version: str | None
) -> None:
    async with server(found, (200, {})) as (asked, client):
        await child_writes.apply(client, SERVICE_ACCOUNTS, ACCOUNT, None)
    assert asked.methods == "GET PATCH"
    written = asked.asked[1][1]
    assert [each["name"] for each in written["imagePullSecrets"]] == sent
    assert written["metadata"].get("resourceVersion") == version
