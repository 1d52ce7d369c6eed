"""A Project in one reconcile: as it was found, and newer with each status that is published."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from rise_crds.v1alpha1.project import Project
from rise_operator.engine.resource import PROJECTS
from rise_operator.project.status import Outcome, status

if TYPE_CHECKING:
    from rise_operator.objects import Body
    from rise_operator.project.registry_status import Pull
    from rise_operator.tools import Tools


@dataclass
class Subject:
    """A Project, parsed and as the API server has it."""

    project: Project
    body: Body
    _told: Body = field(init=False)  # of which events have told

    def __post_init__(self) -> None:
        """Take events to have told of what was found."""
        self._told = self.body

    async def publish(self, outcome: Outcome, tools: Tools) -> None:
        """Write mirror and status; the status says too whether the mirror was written.

        Raises:
            Conflict: the Project has changed meanwhile.
            ApiError: the API server refused, or did not answer.
        """
        facts, now = tools.facts(self.project), tools.clock()
        outcome = replace(outcome, namespace=facts.namespace_state(self.project))
        published = status(self.project, facts, outcome, now)
        failure = await tools.mirror.write_project(self.project, self.body, published)
        if failure is not None:
            published = status(self.project, facts, replace(outcome, mirror=failure), now)
        written = await tools.cluster.publish(PROJECTS, self.body, published)
        if written is not None:
            self._renew(written)
        await tools.events.transition(self._told, published)
        self._told = self.body

    async def announce(self, pull: Pull, tools: Tools) -> None:
        """Write a status that something else waits for: neither mirror nor events tell of it.

        Raises:
            Conflict: the Project has changed meanwhile.
            ApiError: the API server refused, or did not answer.
        """
        facts = tools.facts(self.project)
        outcome = Outcome(namespace=facts.namespace_state(self.project), pull=pull)
        published = status(self.project, facts, outcome, tools.clock())
        written = await tools.cluster.publish(PROJECTS, self.body, published)
        if written is not None:
            self._renew(written)

    def _renew(self, written: Body) -> None:
        self.body = written
        self.project = Project.model_validate(written)
