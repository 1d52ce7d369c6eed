"""What /metrics shows."""

import asyncio
import time
from collections.abc import Iterable

from prometheus_client import (
    GC_COLLECTOR,
    PLATFORM_COLLECTOR,
    PROCESS_COLLECTOR,
    CollectorRegistry,
    Counter,
    Gauge,
    generate_latest,
)

from rise_backend.answers import Answers
from rise_crds.policies import Exempt

LAG_EVERY_S = 1.0


class Metrics:
    """The metrics of one backend."""

    def __init__(self) -> None:
        """Begin at zero."""
        self._registry = CollectorRegistry()
        for collector in (PROCESS_COLLECTOR, PLATFORM_COLLECTOR, GC_COLLECTOR):
            self._registry.register(collector)
        self.answers = Answers()
        self._registry.register(self.answers)
        self.tokens = Counter(
            "rise_backend_registry_tokens_total",
            "Requests for a registry's token, by outcome (granted, nothing, refused, limited, "
            "invalid, unavailable)",
            ["outcome"],
            registry=self._registry,
        )
        self.objects = Gauge(
            "rise_backend_cached_objects",
            "Objects that lists are answered from",
            ["resource"],
            registry=self._registry,
        )
        self.watches = Gauge(
            "rise_backend_watches", "Filtered watches that are open", registry=self._registry
        )
        self.ready = Gauge(
            "rise_backend_dependency_up",
            "Whether a dependency answers",
            ["dependency"],
            registry=self._registry,
        )
        self.policies_in_force = Gauge(
            "rise_policies_in_force",
            "1 while every admission policy is as it should be",
            registry=self._registry,
        )
        self._exempt = Gauge(
            "rise_ownership_exempt",
            "Whom the rules of ownership do not bind",
            ["kind", "name", "why"],
            registry=self._registry,
        )
        self.lag = Gauge(
            "rise_backend_loop_lag_seconds",
            "How late the event loop was at the last look",
            registry=self._registry,
        )

    def show_exempt(self, exempt: Iterable[Exempt]) -> None:
        """Show exactly those whom the rules of ownership do not bind."""
        self._exempt.clear()
        for each in exempt:
            self._exempt.labels(each.kind, each.name, each.why).set(1)

    def text(self) -> bytes:
        """Return all metrics in Prometheus' text format."""
        return generate_latest(self._registry)

    async def watch_lag(self) -> None:
        """Measure how late the event loop is, until cancelled."""
        while True:
            started = time.monotonic()
            await asyncio.sleep(LAG_EVERY_S)
            self.lag.set(max(0.0, time.monotonic() - started - LAG_EVERY_S))
