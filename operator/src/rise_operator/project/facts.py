"""What a Project's shape and status depend on besides the Project itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from rise_crds.v1alpha1.project import Project
from rise_operator.team.facts import TeamFacts


class NamespaceState(StrEnum):
    """How the namespace of a project's name stands to that project."""

    ABSENT = "absent"
    OURS = "ours"
    FOREIGN = "foreign"  # somebody else's: never written, never deleted
    TERMINATING = "terminating"  # ours, and on its way out


@dataclass(frozen=True)
class NamespaceFacts:
    """The namespace as the operator's cache holds it."""

    project_uid: str | None  # its UID label
    terminating: bool = False


@dataclass(frozen=True)
class RegistryFacts:
    """The registry that a project chose, or the default one."""

    provider: str
    repository: str  # where images of this project live: host and path
    owners: tuple[str, ...] | None = None  # whose projects may use it; None: everybody's


@dataclass(frozen=True)
class ProjectFacts:
    """Everything outside the Project that `desired` and `status` look at."""

    teams: Mapping[str, TeamFacts] = field(default_factory=dict[str, TeamFacts])  # by name
    namespace: NamespaceFacts | None = None
    registries: frozenset[str] = frozenset()  # names
    default_registry: str = ""
    registry: RegistryFacts | None = None  # None only where it is not configured

    def registry_name(self, project: Project) -> str:
        """Return which registry `project` uses; "" when it names none and there is no default."""
        return project.spec.registry or self.default_registry

    def namespace_state(self, project: Project) -> NamespaceState:
        """Return how the namespace stands to `project`: its UID decides, not its name."""
        if self.namespace is None:
            return NamespaceState.ABSENT
        if self.namespace.project_uid != project.metadata.uid:
            return NamespaceState.FOREIGN
        return NamespaceState.TERMINATING if self.namespace.terminating else NamespaceState.OURS
