"""When the repositories of a name open again after its project was deleted.

What a registry has handed out works for some minutes more, whoever had it: a new project under the
name begins only then. Deletions are remembered from the watch; of those before this process began
the mirror knows.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from rise_operator.errors import Unavailable

if TYPE_CHECKING:
    from rise_crds.v1alpha1.project import Project
    from rise_operator.objects import Body

Asked = Callable[[str, str], Awaitable[datetime | None]]  # name, UID of the successor


def now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


class Predecessors:
    """Which names had a project with images until just now."""

    def __init__(
        self, mirrored: Asked, tokens_last: timedelta, clock: Callable[[], datetime] = now
    ) -> None:
        """Know none yet; `mirrored` says when a project of the name was last deleted."""
        self._mirrored = mirrored
        self._tokens_last = tokens_last
        self._clock = clock
        self._began = clock()
        self._ended: dict[str, datetime] = {}

    def ended(self, body: Body) -> None:
        """Take in that a Project is gone: from its deletion on nobody got anything more."""
        if not (body.get("status") or {}).get("repositories"):
            return
        metadata = body["metadata"]
        at = metadata.get("deletionTimestamp")
        self._forget_old()
        self._ended[metadata["name"]] = datetime.fromisoformat(at) if at else self._clock()

    async def closed_until(self, project: Project) -> datetime | None:
        """Return when the name opens for `project`; None when it is open."""
        ended = self._ended.get(project.metadata.name)
        if ended is None and self._clock() < self._began + self._tokens_last:
            ended = await self._ended_before(project)
        opens = ended + self._tokens_last if ended else None
        return opens if opens and self._clock() < opens else None

    async def _ended_before(self, project: Project) -> datetime | None:
        try:
            return await self._mirrored(project.metadata.name, project.metadata.uid)
        except Unavailable:  # if there was one, it ended before this one began
            return project.metadata.creation_timestamp

    def _forget_old(self) -> None:
        since = self._clock() - self._tokens_last
        self._ended = {name: at for name, at in self._ended.items() if at > since}
