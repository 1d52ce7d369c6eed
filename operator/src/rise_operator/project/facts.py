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
class ProjectFacts:
    """Everything outside the Project that `desired` and `status` look at."""

    teams: Mapping[str, TeamFacts] = field(default_factory=dict[str, TeamFacts])  # by name
    namespace: NamespaceFacts | None = None
    registries: frozenset[str] = frozenset()
    default_registry: str = ""

    def namespace_state(self, project: Project) -> NamespaceState:
        """Return how the namespace stands to `project`: its UID decides, not its name."""
        if self.namespace is None:
            return NamespaceState.ABSENT
        if self.namespace.project_uid != project.metadata.uid:
            return NamespaceState.FOREIGN
        return NamespaceState.TERMINATING if self.namespace.terminating else NamespaceState.OURS
