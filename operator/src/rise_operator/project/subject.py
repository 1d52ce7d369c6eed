"""A Project in one reconcile: as it was found, and newer with each status that is published."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rise_crds.v1alpha1.project import Project
from rise_operator.engine.resource import PROJECTS
from rise_operator.project.status import Outcome, status

if TYPE_CHECKING:
    from rise_operator.objects import Body
    from rise_operator.project.facts import ProjectFacts
    from rise_operator.project.registry_status import Pull
    from rise_operator.tools import Tools


class Subject:
    """A Project, parsed and as the API server has it.

    Whoever writes the spec meanwhile makes our next write a Conflict: only the status changes here.
    """

    def __init__(self, project: Project, body: Body) -> None:
        """Take events to have told of what was found; `project` is `body`, parsed."""
        self.body = body
        self._found = project
        self._newest: Project | None = project
        self._told = body  # of which events have told
        self._announced: tuple[Outcome, ProjectFacts] | None = None  # what the status follows from

    @property
    def project(self) -> Project:
        """The Project with the newest status."""
        if self._newest is None:
            self._newest = Project.model_validate(self.body)
        return self._newest

    async def publish(self, outcome: Outcome, tools: Tools) -> None:
        """Write mirror and status; the status says too whether the mirror was written.

        Raises:
            Conflict: the Project has changed meanwhile.
            ApiError: the API server refused, or did not answer.
        """
        outcome, facts = self._seen(outcome, tools)
        try:
            # what was announced, and is mirrored, would come to the same
            if self._announced != (outcome, facts) or not tools.mirror.says(self.body):
                await self._write(await self._mirrored(outcome, facts, tools), tools)
        finally:
            await self.tell(tools)

    async def tell(self, tools: Tools) -> None:
        """Have events tell of what the status says by now, if they have not.

        So they do where a try ends after an announcement: the next one finds it told.
        """
        await tools.events.transition(self._told, self.body.get("status") or {})
        self._told = self.body

    async def announce(self, pull: Pull, tools: Tools) -> None:
        """Write a status that something else waits for: mirror and events tell of what follows it.

        Raises:
            Conflict: the Project has changed meanwhile.
            ApiError: the API server refused, or did not answer.
        """
        outcome, facts = self._seen(Outcome(pull=pull), tools)
        await self._write(status(self.project, facts, outcome, tools.clock()), tools)
        self._announced = outcome, facts

    def _seen(self, outcome: Outcome, tools: Tools) -> tuple[Outcome, ProjectFacts]:
        """Return `outcome` with what the namespace is now, and all facts of this moment."""
        facts = tools.facts(self._found)
        return replace(outcome, namespace=facts.namespace_state(self._found)), facts

    async def _mirrored(
        self, outcome: Outcome, facts: ProjectFacts, tools: Tools
    ) -> dict[str, Any]:
        now = tools.clock()
        published = status(self.project, facts, outcome, now)
        failure = await tools.mirror.write_project(self.project, self.body, published)
        if failure is None:
            return published
        return status(self.project, facts, replace(outcome, mirror=failure), now)

    async def _write(self, published: dict[str, Any], tools: Tools) -> None:
        written = await tools.cluster.publish(PROJECTS, self.body, published)
        if written is not None:
            self.body, self._newest = written, None
