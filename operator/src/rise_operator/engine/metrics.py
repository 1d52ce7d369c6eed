"""What the operator counts, under the names that controller-runtime uses: its dashboards work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rise_crds.policies import Exempt

_SECONDS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """All counters of one operator, in a registry of their own."""

    def __init__(self) -> None:
        """Begin at zero."""
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        # the queue
        self.depth = self._gauge("workqueue_depth", "Keys that wait", "name")
        self.adds = self._counter("workqueue_adds", "Keys added", "name")
        self.retries = self._counter("workqueue_retries", "Keys tried again", "name")
        self.queued = self._histogram("workqueue_queue_duration_seconds", "Time of waiting", "name")
        self.worked = self._histogram("workqueue_work_duration_seconds", "Time of work", "name")
        self.unfinished = self._gauge(
            "workqueue_unfinished_work_seconds", "Work in progress, in all", "name"
        )
        self.longest = self._gauge(
            "workqueue_longest_running_processor_seconds", "The longest in progress", "name"
        )
        # reconciles
        self.reconciles = self._counter(
            "controller_runtime_reconcile", "Reconciles by result", "controller", "result"
        )
        self.reconcile_errors = self._counter(
            "controller_runtime_reconcile_errors", "Reconciles that failed", "controller"
        )
        self.reconcile_seconds = self._histogram(
            "controller_runtime_reconcile_time_seconds", "Time of a reconcile", "controller"
        )
        self.active_workers = self._gauge(
            "controller_runtime_active_workers", "Busy workers", "controller"
        )
        # the API server
        self.requests = self._counter(
            "rest_client_requests", "Requests to the API server", "code", "method", "host"
        )
        self.leader = self._gauge("leader_election_master_status", "1 while leading", "name")
        self.relists = self._counter("rise_reflector_lists", "Complete lists taken", "resource")
        self.objects = self._gauge("rise_reflector_objects", "Objects held", "resource")
        # registries
        self.credentials_end = self._gauge(
            "rise_registry_credentials_expire_timestamp_seconds",
            "When the first of all pull credentials ends (Unix time)",
            "registry",
        )
        self.credentials_minted = self._counter(
            "rise_registry_credentials_minted", "Pull credentials made", "registry"
        )
        self.registry_failures = self._counter(
            "rise_registry_failures", "Calls of a registry that failed", "registry", "error"
        )
        self.registry_available = self._gauge(
            "rise_registry_available", "1 while the registry answers", "registry"
        )
        self.registry_strays = self._gauge(
            "rise_registry_stray_credentials",
            "Credentials that the registry keeps and no project names",
            "registry",
        )
        # the rules of ownership
        self.policies_in_force = self._gauge(
            "rise_policies_in_force", "1 while every admission policy is as it should be"
        )
        self._exempt = self._gauge(
            "rise_ownership_exempt",
            "Whom the rules of ownership do not bind",
            "kind",
            "name",
            "why",
        )

    def show_exempt(self, exempt: Iterable[Exempt]) -> None:
        """Show exactly those whom the rules of ownership do not bind."""
        self._exempt.clear()
        for each in exempt:
            self._exempt.labels(each.kind, each.name, each.why).set(1)

    def exposition(self) -> bytes:
        """Return the text that Prometheus reads."""
        return generate_latest(self.registry)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(name, text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(name, text, labels, registry=self.registry)

    def _histogram(self, name: str, text: str, *labels: str) -> Histogram:
        return Histogram(name, text, labels, buckets=_SECONDS, registry=self.registry)
