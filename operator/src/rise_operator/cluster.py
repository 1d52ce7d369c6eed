"""What the operator knows of the cluster, and the one place where it changes anything there."""

from __future__ import annotations

import logging
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from rise_crds.api import FINALIZER, namespace_name
from rise_operator import child_writes, children, gateway_groups
from rise_operator.children import Child
from rise_operator.engine.cache import Cache, Change, Name, digest, name_of
from rise_operator.engine.refusals import Conflict, NotFound
from rise_operator.engine.resource import CHILDREN, PROJECTS, TEAMS
from rise_operator.errors import NotOurs, NotReady
from rise_operator.grants import Grants
from rise_operator.objects import Body, Held, Objects, TeamsNamed, held, owning_team
from rise_operator.policies import Policies
from rise_operator.project.facts import NamespaceFacts
from rise_operator.team.facts import TeamFacts, facts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from rise_operator.engine.client import Client
    from rise_operator.engine.resource import Resource
    from rise_operator.manifest import Manifest

NAMESPACE, GATEWAY_GROUPS = "Namespace", "GatewayGroups"
_GROUPS = (GATEWAY_GROUPS, "")

_log = logging.getLogger(__name__)


class Cluster:
    """Projects, Teams, their children and the policies: remembered, compared, written.

    `wake` is told (kind, name) of what has to be reconciled because something changed.
    `copy` is the file with the policies as the chart renders them.
    """

    def __init__(
        self,
        client: Client,
        wake: Callable[[str, str], None],
        copy: Path,
    ) -> None:
        """Know nothing yet: reflectors fill the caches."""
        self.client = client
        self._wake = wake
        self.projects = Objects(self._project_changed)
        self.teams = Objects(self._team_changed)
        self.team_facts: dict[str, TeamFacts] = {}
        self.teams_named = TeamsNamed()
        self.policies = Policies(copy)
        self.children: dict[str, Cache[Child]] = {
            resource.kind: self._cache_of(resource.kind) for resource in CHILDREN
        }
        self.grants = Grants(client, self.policies, lambda parent: wake(*(parent or _GROUPS)))
        self._resources = {resource.kind: resource for resource in CHILDREN}
        self._by_parent: defaultdict[tuple[str, str], set[tuple[str, Name]]] = defaultdict(set)
        self._our_namespaces: dict[str, frozenset[str]] = {}  # UID → its parents, once seen

    # ---- reading -----------------------------------------------------------------------------

    def namespace(self, project: str) -> NamespaceFacts | None:
        """Return the namespace that the project of this name has, or would have."""
        child = self.children[NAMESPACE].get(Name("", namespace_name(project)))
        if child is None:
            return None
        # One that we knew as ours stays ours when somebody takes its label away.
        parents = self._our_namespaces.get(child.uid, child.parents)
        return NamespaceFacts(next(iter(parents), None), child.deleting)

    # ---- writing -----------------------------------------------------------------------------

    async def apply(self, manifest: Manifest, parent_uid: str | None) -> bool:
        """Bring one child to what `manifest` says; return whether anything had to be written.

        Raises:
            NotOurs: somebody else has an object of that name.
            NotReady: the old one is still on its way out.
            PolicyMissing: it grants something new, and the rules of ownership are not in force.
            Conflict: it was an earlier object's, or has changed meanwhile.
            ApiError: the API server refused, or did not answer.
        """
        kind, name = manifest["kind"], name_of(manifest)
        known = self.children[kind].get(name)
        if known is not None:
            if known.deleting:
                raise NotReady(f"{kind} {name.name} is still being deleted")
            if kind != NAMESPACE and parent_uid and not known.belongs_to(parent_uid):
                await self._make_room(kind, name, known)
            if known.digest == children.fingerprint(kind, manifest):
                return False
        await self.grants.check(self._resources[kind], manifest, known)
        resource, cache = self._resources[kind], self.children[kind]
        with cache.writing(name):
            cache.wrote(await child_writes.apply(self.client, resource, manifest, known))
        return True

    async def apply_all(self, manifests: Iterable[Manifest], parent_uid: str) -> None:
        """Apply each in its order; a stranger's object holds up no other.

        Raises:
            NotOurs, NotReady, ApiError: as `apply`.
        """
        foreign: NotOurs | None = None
        for manifest in manifests:
            try:
                await self.apply(manifest, parent_uid)
            except NotOurs as error:
                foreign = error
        if foreign is not None:
            raise foreign

    async def prune(
        self, kind: str, name: str, uid: str | None, keep: Iterable[Manifest] = ()
    ) -> None:
        """Delete the roles and bindings of the parent (kind, name) that `keep` does not hold.

        `uid`: whose children; None: anybody's whose parent has had that name.

        Raises:
            ApiError: the API server refused, or did not answer.
        """
        kept = {(each["kind"], name_of(each)) for each in keep}
        found = self._by_parent.get((kind, name), set()) - kept
        for child_kind, child_name in sorted(found, key=children.withdrawal_order):
            child = self.children[child_kind].get(child_name)
            if child is None or not children.is_prunable(child_kind, child_name):
                continue
            if child.parents if uid is None else child.belongs_to(uid):
                await self._delete(child_kind, child_name, child)

    async def delete_namespace(self, project: str) -> None:
        """Delete the namespace of `project`, if it is not on its way out already.

        Raises:
            ApiError: the API server refused, or did not answer.
        """
        name = Name("", namespace_name(project))
        child = self.children[NAMESPACE].get(name)
        if child is not None:
            await self._delete(NAMESPACE, name, child)

    async def apply_gateway_groups(self) -> None:
        """Let the gateway impersonate exactly the groups that Teams name.

        Raises:
            ApiError: the API server refused, or did not answer.
        """
        wanted = gateway_groups.desired(self.team_facts.values())
        for manifest in wanted:
            await self.apply(manifest, None)
        name = Name("", gateway_groups.NAME)
        left = self.children["ClusterRole"].get(name)
        if not wanted and left is not None:
            await self._delete("ClusterRole", name, left)

    async def add_finalizer(self, resource: Resource, body: Body) -> Body:
        """Return `body` with our finalizer: from now on nothing is deleted behind our back.

        Raises:
            Conflict: `body` is not the newest.
            ApiError: the API server refused, or did not answer.
        """
        finalizers: list[str] = body["metadata"].get("finalizers") or []
        if FINALIZER in finalizers:
            return body
        return await self._set_finalizers(resource, body, [*finalizers, FINALIZER])

    async def remove_finalizer(self, resource: Resource, body: Body) -> None:
        """Let the object go.

        Raises:
            Conflict: `body` is not the newest.
            ApiError: the API server refused, or did not answer.
        """
        finalizers: list[str] = body["metadata"].get("finalizers") or []
        left = [each for each in finalizers if each != FINALIZER]
        try:
            await self._set_finalizers(resource, body, left)
        except NotFound:
            _log.debug("%s %s is gone already", resource.kind, body["metadata"]["name"])

    async def publish(self, resource: Resource, body: Body, status: dict[str, Any]) -> Body | None:
        """Publish `status`, unless `body` says so already; return what was written, if anything.

        Raises:
            Conflict: `body` is not the newest.
            ApiError: the API server refused, or did not answer.
        """
        if digest(body.get("status")) == digest(status):
            return None
        operations = [_test(body), {"op": "add", "path": "/status", "value": status}]
        name, cache = body["metadata"]["name"], self._objects(resource).cache
        with cache.writing(Name("", name)):
            written = await self.client.patch(resource, name, operations, "status")
            cache.wrote(written)
        return held(written).body

    async def _make_room(self, kind: str, name: Name, child: Child) -> None:
        """Return when `child`, which is not the parent's, may be written over; or see to that."""
        if name.namespace:
            return  # the namespace is the parent's, and so is our name in it
        if not child.parents:
            raise NotOurs(
                f"{kind} {name.name} exists and is not Rise's: an administrator deletes it"
            )
        # Its parent had the name before: garbage collection would come for it, but later.
        await self._delete(kind, name, child)
        raise Conflict(f"{kind} {name.name} of an earlier object of this name is being deleted")

    async def _delete(self, kind: str, name: Name, child: Child) -> None:
        await child_writes.delete(self.client, self._resources[kind], name, child)

    async def _set_finalizers(self, resource: Resource, body: Body, finalizers: list[str]) -> Body:
        operations = [
            _test(body),
            {"op": "add", "path": "/metadata/finalizers", "value": finalizers},
        ]
        name, objects = body["metadata"]["name"], self._objects(resource)
        with objects.cache.writing(Name("", name)):
            written = await self.client.patch(resource, name, operations)
            if "deletionTimestamp" in written["metadata"] and not finalizers:
                return written  # it is gone; the watch says so
            objects.cache.wrote(written)
        return objects.get(name) or written

    # ---- what follows from a change ----------------------------------------------------------

    def _cache_of(self, kind: str) -> Cache[Child]:
        return Cache(
            lambda obj: children.child(kind, obj), lambda change: self._child_changed(kind, change)
        )

    def _child_changed(self, kind: str, change: Change[Child]) -> None:
        parent = children.parent_of(change.name)
        if kind == NAMESPACE:
            self._remember_namespace(change)
        if parent is None:
            parent = _GROUPS
        elif change.after is not None:
            self._by_parent[parent].add((kind, change.name))
        else:
            self._by_parent[parent].discard((kind, change.name))
            if not self._by_parent[parent]:
                del self._by_parent[parent]
        if not change.own:
            self._wake(*parent)

    def _remember_namespace(self, change: Change[Child]) -> None:
        if change.after is None:
            if change.before is not None:
                self._our_namespaces.pop(change.before.uid, None)
        elif change.after.parents:
            self._our_namespaces.setdefault(change.after.uid, change.after.parents)

    def _project_changed(self, change: Change[Held]) -> None:
        before = change.before.body if change.before else None
        after = change.after.body if change.after else None
        self.teams_named.update(change.name.name, before, after)
        if not change.own:
            self._wake(PROJECTS.kind, change.name.name)
        teams = {owning_team(before), owning_team(after)}
        if after is None or len(teams) > 1:  # a team may wait for this one to go
            for team in teams:
                facts = self.team_facts.get(team or "")
                if facts and facts.terminating:
                    self._wake(TEAMS.kind, facts.name)

    def _team_changed(self, change: Change[Held]) -> None:
        name = change.name.name
        before = self.team_facts.pop(name, None)
        after = facts_of(change.after.body, before) if change.after else None
        if after is not None:
            self.team_facts[name] = after
        if not change.own:
            self._wake(TEAMS.kind, name)
        if before != after:
            self._wake(GATEWAY_GROUPS, "")
            for project in self.teams_named.projects_naming(name):
                self._wake(PROJECTS.kind, project)

    def _objects(self, resource: Resource) -> Objects:
        return self.projects if resource is PROJECTS else self.teams


def _test(body: Body) -> dict[str, Any]:
    version = body["metadata"]["resourceVersion"]
    return {"op": "test", "path": "/metadata/resourceVersion", "value": version}
