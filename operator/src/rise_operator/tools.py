"""What a reconcile works with: everything outside the object itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from rise_crds.reasons import Reason
from rise_crds.v1alpha1.project import Project
from rise_operator.cluster import Cluster
from rise_operator.credentials.refusals import Refusals
from rise_operator.credentials.registries import Registry
from rise_operator.credentials.rotations import Rotations
from rise_operator.credentials.secrets import Secrets
from rise_operator.errors import Busy, InvalidSpec, NotOurs, NotReady, PolicyMissing, Unavailable
from rise_operator.events import Events
from rise_operator.mirroring import Mirroring
from rise_operator.project.facts import ProjectFacts, RegistryFacts
from rise_operator.verdict import Failure

SHORT_S = 5.0  # whoever has to wait longer is told
PASSING_FAILURES = 2  # what heals within so many tries never shows in a status


def now() -> datetime:
    """Return the time, for conditions."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Tools:
    """The cluster, the mirror, the events and the configuration; no globals beside it."""

    cluster: Cluster
    mirror: Mirroring
    events: Events
    secrets: Secrets
    refusals: Refusals
    rotations: Rotations
    registries: Mapping[str, Registry]
    again: Callable[[str, float], None]  # have a project looked at in so many seconds
    default_registry: str = ""
    clock: Callable[[], datetime] = now

    def facts(self, project: Project) -> ProjectFacts:
        """Return what `project` depends on, as it is at this moment."""
        spec = project.spec
        named = {spec.owner.team, *(entry.team for entry in spec.members)}
        known = self.cluster.team_facts
        return ProjectFacts(
            teams={name: known[name] for name in named if name and name in known},
            namespace=self.cluster.namespace(project.metadata.name),
            registries=frozenset(self.registries),
            default_registry=self.default_registry,
            registry=self._registry(project),
        )

    def _registry(self, project: Project) -> RegistryFacts | None:
        registry = self.registries.get(project.spec.registry or self.default_registry)
        if registry is None:
            return None
        configured = registry.configuration
        return RegistryFacts(
            provider=configured.provider,
            repository=registry.provider.repository(project.metadata.name),
            owners=configured.owners,
        )


def failure_of(error: Exception) -> Failure:
    """Return what to publish about `error`; its message says what to do."""
    match error:
        case NotOurs():
            return Failure(Reason.ACCESS_PENDING, str(error), final=True)
        case PolicyMissing():
            return Failure(Reason.POLICY_MISSING, str(error))
        case NotReady():
            return Failure(Reason.PROGRESSING, str(error))
        case InvalidSpec():
            return Failure(Reason.INVALID_SPEC, str(error), final=True)
        case Unavailable():
            return Failure(Reason.API_UNAVAILABLE, f"{error}; it is tried again by itself")
        case _:
            name = type(error).__name__
            return Failure(
                Reason.INTERNAL_ERROR,
                f"the operator met {name}: an administrator finds it in the operator's log",
            )


def is_passing(error: Exception, failures: int) -> bool:
    """Tell whether `error` may well be over by the next try, and nobody has to hear of it."""
    if isinstance(error, Busy):
        return error.retry_s < SHORT_S
    return isinstance(error, Unavailable) and failures < PASSING_FAILURES
