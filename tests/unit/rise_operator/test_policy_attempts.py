"""What the operator tries so that its policies have to refuse it, and what it takes from that."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import pytest

from rise_crds.api import FIELD_MANAGER, IN_FORCE_MANAGER, LABEL_PROJECT_UID
from rise_operator import policy_attempts
from rise_operator.cluster import NAMESPACE, Cluster
from rise_operator.engine.client import Client
from rise_operator.engine.refusals import Away, Forbidden
from rise_operator.engine.resource import NAMESPACES, Resource
from rise_operator.manifest import Manifest

Body = dict[str, Any]
FENCE, SECRETS, STATUS = "operator-fence.rise.dev", "secrets.rise.dev", "subresources.rise.dev"
GUARD, MEMBERSHIP = "namespaces.rise.dev", "projects.live-membership.rise.dev"
EVERY = frozenset({FENCE, GUARD, SECRETS, STATUS, MEMBERSHIP})


class _Server(Client):
    """An API server with these policies in force; no Secret may be made in `closed` namespaces."""

    def __init__(
        self, in_force: Collection[str], *, closed: Collection[str] = (), busy: int = 0
    ) -> None:
        self.in_force = set(in_force)
        self.closed = closed
        self.busy = busy
        self.tried: list[str] = []

    async def try_create(
        self, resource: Resource, manifest: Manifest, manager: str = FIELD_MANAGER
    ) -> None:
        metadata = manifest["metadata"]
        self._decide(f"{resource.plural} {metadata.get('namespace', '')}".strip())
        if metadata.get("namespace") in self.closed:
            raise Forbidden("User cannot create resource secrets", 403)
        if resource is NAMESPACES and not metadata["name"].startswith("rise-"):
            self._refuse(FENCE)
        if manager == IN_FORCE_MANAGER:
            self._refuse(GUARD if resource is NAMESPACES else SECRETS)

    async def try_patch(
        self,
        resource: Resource,
        name: str,
        change: Mapping[str, Any],
        manager: str,
        subresource: str = "",
    ) -> None:
        self._decide(resource.path(name, subresource=subresource).rpartition("v1alpha1/")[2])
        assert not change, "nothing would change, even if it were no dry run"
        if manager == IN_FORCE_MANAGER:
            self._refuse(STATUS if subresource else MEMBERSHIP)

    def _decide(self, tried: str) -> None:
        self.tried.append(tried)
        if self.busy:
            self.busy -= 1
            raise Away("etcd is away", 500)

    def _refuse(self, policy: str) -> None:
        if policy in self.in_force:
            raise Forbidden(f"ValidatingAdmissionPolicy '{policy}' denied request: no", 403)


@pytest.fixture
def cluster(tmp_path: Path) -> Cluster:
    """Nothing at all is known to be there."""
    nobody: Any = None
    return Cluster(nobody, lambda _kind, _name: None, tmp_path / "none")


def _seen(cluster: Cluster, *, team: str = "core") -> Cluster:
    """Let a team's project be there, with namespaces of its own and of one that goes."""

    def named(name: str, **metadata: Any) -> Body:
        return {
            "metadata": {"name": name, "uid": f"uid-{name}", "resourceVersion": "7", **metadata}
        }

    cluster.teams.cache.seen({**named("core"), "spec": {}})
    cluster.projects.cache.seen({**named("shop"), "spec": {"owner": {"team": team}}})
    labels = {LABEL_PROJECT_UID: "uid-shop"}
    namespaces = cluster.children[NAMESPACE]
    namespaces.seen(named("rise-foreign"))
    namespaces.seen(named("rise-gone", labels=labels, deletionTimestamp="2026-01-02T03:04:05Z"))
    namespaces.seen(named("rise-new", labels=labels))
    namespaces.seen(named("rise-shop", labels=labels))
    return cluster


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy_attempts, "AGAIN_S", 0.0)


async def test_everything_is_refused(cluster: Cluster) -> None:
    server = _Server(EVERY, busy=2)
    assert await policy_attempts.tried(server, _seen(cluster)) == ""
    assert server.tried[2:] == [
        "namespaces",
        "namespaces",
        "secrets rise-new",
        "projects/shop/status",
        "projects/shop",
    ]


@pytest.mark.parametrize("policy", sorted(EVERY))
async def test_what_is_not_refused_is_said(cluster: Cluster, policy: str) -> None:
    said = await policy_attempts.tried(_Server(EVERY - {policy}), _seen(cluster))
    assert said == f"the API server lets the operator do what {policy} forbids"


async def test_where_nothing_is_there_the_others_have_nothing_to_guard(cluster: Cluster) -> None:
    server = _Server({FENCE, GUARD})
    assert await policy_attempts.tried(server, cluster) == ""
    assert server.tried == ["namespaces", "namespaces"]


async def test_only_a_teams_project_tells_of_memberships(cluster: Cluster) -> None:
    server = _Server(EVERY - {MEMBERSHIP})
    assert await policy_attempts.tried(server, _seen(cluster, team="x")) == ""


async def test_a_namespace_that_is_not_granted_yet_says_nothing(cluster: Cluster) -> None:
    server = _Server(EVERY - {SECRETS}, closed={"rise-new"})
    assert SECRETS in await policy_attempts.tried(server, _seen(cluster))
    nowhere = _Server(EVERY, closed={"rise-new", "rise-shop"})
    assert await policy_attempts.tried(nowhere, cluster) == "", "or nothing could ever be granted"


async def test_what_the_api_server_has_not_heard_of_yet_is_tried_again(cluster: Cluster) -> None:
    class Late(_Server):
        def _decide(self, tried: str) -> None:
            super()._decide(tried)
            if self.tried.count("projects/shop") > 1:
                self.in_force.add(MEMBERSHIP)

    assert await policy_attempts.tried(Late(EVERY - {MEMBERSHIP}), _seen(cluster)) == ""


async def test_another_refusal_is_no_evidence(cluster: Cluster) -> None:
    class Odd(_Server):
        def _refuse(self, policy: str) -> None:
            raise Forbidden(f"no such thing as {policy}", 404)

    said = await policy_attempts.tried(Odd(EVERY), cluster)
    assert said == f"the API server answers: no such thing as {FENCE}"
