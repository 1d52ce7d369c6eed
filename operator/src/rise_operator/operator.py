"""The operator put together: what is watched, what is reconciled, who may work."""

from __future__ import annotations

import asyncio
import logging
import socket
from contextlib import AsyncExitStack
from functools import partial
from typing import TYPE_CHECKING

from rise_crds.api import FIELD_MANAGER, SYSTEM_NAMESPACE
from rise_crds.api import LABEL_PROJECT_UID as LABEL
from rise_database.pool import open_pool
from rise_operator import health, policy_attempts
from rise_operator.cluster import GATEWAY_GROUPS, Cluster
from rise_operator.credentials.expiry import soonest
from rise_operator.credentials.inventory import Inventory
from rise_operator.credentials.refusals import Refusals
from rise_operator.credentials.registries import Registry
from rise_operator.credentials.rotations import Rotations
from rise_operator.credentials.secrets import Secrets
from rise_operator.engine.client import Client
from rise_operator.engine.controller import Controller
from rise_operator.engine.elector import Elector
from rise_operator.engine.metrics import Metrics
from rise_operator.engine.queue import Queue
from rise_operator.engine.reflector import Reflector
from rise_operator.engine.resource import CHILDREN, POLICIES, POLICY_BINDINGS, PROJECTS, TEAMS
from rise_operator.events import Events
from rise_operator.mirror import Mirror
from rise_operator.mirroring import Mirroring
from rise_operator.project.reconcile import reconcile as reconcile_project
from rise_operator.team.reconcile import reconcile as reconcile_team
from rise_operator.tools import Tools
from rise_registry.configuration import load as load_registries

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from rise_database.pool import Pool
    from rise_operator.engine.credentials import Credentials
    from rise_operator.settings import Settings

_log = logging.getLogger(__name__)


class Operator:
    """One operator process, from start to end; to be made inside the running loop."""

    def __init__(self, settings: Settings, credentials: Credentials, pool: Pool) -> None:
        """Put everything together; nothing is read or written yet."""
        self._settings = settings
        self._pool = pool
        self.metrics = Metrics()
        self._client = Client(credentials, self.metrics)
        self._queues = {
            kind: Queue(name, self.metrics)
            for kind, name in (
                (PROJECTS.kind, "project"),
                (TEAMS.kind, "team"),
                (GATEWAY_GROUPS, "gateway-groups"),
            )
        }
        self._cluster = Cluster(self._client, self._wake, settings.policies)
        mirror = Mirror(pool)
        self._mirroring = Mirroring(
            mirror, pool, self._cluster, self._wake, settings.resync_seconds
        )
        providers = load_registries(settings.registries)
        self._registries = {
            each.name: Registry(each, providers[each.name], self.metrics)
            for each in settings.registries
        }
        self._tools = Tools(
            cluster=self._cluster,
            mirror=self._mirroring,
            events=Events(self._client),
            secrets=Secrets(self._client, settings.sweep_seconds),
            refusals=Refusals(),
            rotations=Rotations(settings.rotations, settings.rotation_seconds),
            registries=self._registries,
            again=self._queues[PROJECTS.kind].add_after,
            default_registry=settings.default_registry,
        )
        self._inventory = Inventory(self._tools, mirror.name_of, self._wake, self.metrics)
        self._show_expiry(settings.default_registry)
        self._reflectors = self._made_reflectors()
        self._elector = Elector(
            self._client,
            SYSTEM_NAMESPACE,
            FIELD_MANAGER,
            identity=self._identity(),
            metrics=self.metrics,
        )

    @classmethod
    async def start(cls, settings: Settings, credentials: Credentials) -> Operator:
        """Return an operator whose database pool is open."""
        url = settings.database_url.get_secret_value()
        return cls(settings, credentials, await open_pool(url, application=FIELD_MANAGER))

    async def run(self) -> None:
        """Watch, and reconcile while leading, until cancelled.

        Raises:
            CannotStart: the port is taken.
        """
        async with AsyncExitStack() as last:
            last.push_async_callback(self._pool.close)
            last.push_async_callback(self._client.close)
            server = await health.serve(self._settings.address, self.metrics, self.problems)
            last.push_async_callback(server.cleanup)
            for registry in self._registries.values():
                last.push_async_callback(registry.provider.close)
            last.push_async_callback(self._elector.release)
            async with asyncio.TaskGroup() as group:
                for reflector in self._reflectors:
                    group.create_task(reflector.run(), name=f"watch {reflector.resource.label}")
                group.create_task(self._watch_policies(), name="policies")
                if self._settings.leader_election:
                    group.create_task(self._elector.run(), name="elector")
                    group.create_task(self._work_while_leading(), name="leader")
                else:
                    group.create_task(self._work(), name="work")

    def problems(self) -> list[str]:
        """Return why the operator is not ready, for people to read."""
        if self._client.breaker.is_open:
            return ["the API server does not answer"]
        behind = [each.resource.label for each in self._reflectors if not each.synced.is_set()]
        if behind:
            return [f"not everything is read yet: {', '.join(behind)}"]
        return self._cluster.policies.problems()

    async def _watch_policies(self) -> None:
        """Judge the policies once all of them are known, and whenever one changes."""
        for reflector in self._reflectors:
            await reflector.synced.wait()
        cluster = self._cluster
        attempt = partial(policy_attempts.tried, self._client, cluster)
        await cluster.policies.run(attempt, self.metrics, cluster.grants.go_on)

    # ---- working -----------------------------------------------------------------------------

    async def _work_while_leading(self) -> None:
        while True:
            await self._elector.leading.wait()
            work = asyncio.create_task(self._work(), name="work")
            resigned = asyncio.create_task(self._elector.resigned.wait(), name="resigned")
            try:
                await asyncio.wait({work, resigned}, return_when=asyncio.FIRST_COMPLETED)
                if work.done():
                    work.result()
            finally:
                resigned.cancel()
                work.cancel()
                await asyncio.wait({work})

    async def _work(self) -> None:
        """Reconcile everything once, and then what changes."""
        for reflector in self._reflectors:
            await reflector.synced.wait()
        await self._cluster.policies.enforcement.judged.wait()
        _log.info(
            "working: %d projects, %d teams",
            len(self._cluster.projects.cache),
            len(self._cluster.teams.cache),
        )
        await self._mirroring.resync()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._look_at_everything(), name="resync")
            group.create_task(self._mirroring.run(), name="mirror")
            inventory = self._inventory.run(self._settings.inventory_seconds)
            group.create_task(inventory, name="inventory")
            for controller in self._controllers():
                group.create_task(controller.run(), name=controller.queue.name)

    async def _look_at_everything(self) -> None:
        while True:
            for name in self._cluster.teams.names():
                self._wake(TEAMS.kind, name)
            self._wake(GATEWAY_GROUPS, "")
            for name in self._cluster.projects.names():
                self._wake(PROJECTS.kind, name)
            there = {body["metadata"]["uid"] for body in self._cluster.projects}
            tools = self._tools
            for memory in (
                tools.secrets,
                tools.refusals,
                tools.rotations,
                *tools.registries.values(),
            ):
                memory.retain(there)
            await asyncio.sleep(self._settings.resync_seconds)

    def _controllers(self) -> list[Controller]:
        async def gateway_groups(_key: str, _tools: Tools, _failures: int) -> None:
            await self._cluster.apply_gateway_groups()

        return [
            self._controller(PROJECTS.kind, reconcile_project, self._settings.workers),
            self._controller(TEAMS.kind, reconcile_team, max(1, self._settings.workers // 4)),
            self._controller(GATEWAY_GROUPS, gateway_groups, 1),
        ]

    def _controller(
        self, kind: str, reconcile: Callable[[str, Tools, int], Awaitable[None]], workers: int
    ) -> Controller:
        queue = self._queues[kind]

        async def once(key: str) -> None:
            await reconcile(key, self._tools, queue.failures(key))

        return Controller(queue, once, workers, self.metrics)

    def _wake(self, kind: str, name: str) -> None:
        self._queues[kind].add(name)

    # ---- watching ----------------------------------------------------------------------------

    def _made_reflectors(self) -> list[Reflector]:
        reflector = partial(Reflector, self._client, metrics=self.metrics)
        cluster = self._cluster
        return [
            reflector(PROJECTS, cache=cluster.projects.cache),
            reflector(TEAMS, cache=cluster.teams.cache),
            *(
                # Cluster-scoped ones are told by their names: foreign objects must be seen too.
                reflector(
                    resource,
                    cache=cluster.children[resource.kind],
                    selector={"labelSelector": LABEL} if resource.namespaced else {},
                )
                for resource in CHILDREN
            ),
            reflector(POLICIES, cache=cluster.policies.policies),
            reflector(POLICY_BINDINGS, cache=cluster.policies.bindings),
        ]

    def _show_expiry(self, default: str) -> None:
        projects = self._cluster.projects
        for name in self._registries:
            gauge = self.metrics.credentials_end.labels(name)
            gauge.set_function(partial(soonest, projects, name, default))

    def _identity(self) -> str:
        """Return a name that no other living process has, and that survives a restart."""
        return f"{socket.gethostname()}_{self._settings.address[1]}"
