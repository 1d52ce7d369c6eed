"""Secrets in the namespaces of projects: read one by one, and remembered by what they hold.

The operator may not watch Secrets, on purpose: that right would be for those of the whole cluster.
So it looks at each from time to time.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rise_crds.api import PULL_SECRET, namespace_name
from rise_operator import child_writes
from rise_operator.credentials.decision import spread
from rise_operator.credentials.secret import held, pull_secret
from rise_operator.engine.refusals import NotFound
from rise_operator.engine.resource import SECRETS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from rise_crds.v1alpha1.project import Project
    from rise_operator.engine.client import Client
    from rise_registry.contract import Credential

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Known:
    """What one Secret held when it was last read or written."""

    id: str  # "": none that is intact
    at: float


class Secrets:
    """The Secret `rise-registry` of each project."""

    def __init__(
        self, client: Client, sweep_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Know none yet; each is looked at every `sweep_s`, all of them spread over that time."""
        self._client = client
        self._sweep_s = sweep_s
        self._clock = clock
        self._began = clock()
        self._known: dict[str, Known] = {}  # by the project's UID
        self._ended: set[str] = set()
        self._untidy: set[str] = set()

    def known(self, uid: str) -> str | None:
        """Return which credential the Secret held last; None when that is not known."""
        known = self._known.get(uid)
        return known.id if known else None

    def due_in_s(self, uid: str) -> float:
        """Return in how many seconds it has to be looked at; not more than `sweep_s`."""
        known = self._known.get(uid)
        due = known.at + self._sweep_s if known else self._began + self._sweep_s * spread(uid)
        return due - self._clock()

    def next_look_in_s(self, uid: str) -> float:
        """Return in how many seconds to look again, also when that was due and not possible."""
        left_s = self.due_in_s(uid)
        return left_s if left_s > 0 else self._sweep_s

    def end(self, uid: str) -> None:
        """Remember that everything of a project that is being deleted is revoked."""
        self._ended.add(uid)

    def is_ended(self, uid: str) -> bool:
        """Tell whether that is so, as far as this process knows."""
        return uid in self._ended

    def untidy(self, uid: str) -> None:
        """Remember that the registry keeps credentials of a project that no status names."""
        self._untidy.add(uid)

    def is_untidy(self, uid: str) -> bool:
        """Tell whether that is so."""
        return uid in self._untidy

    def tidied(self, uid: str) -> None:
        """Remember that they are revoked."""
        self._untidy.discard(uid)

    def gone(self, uid: str) -> None:
        """Remember nothing of a project any more: there is none."""
        self._known.pop(uid, None)
        self._ended.discard(uid)
        self._untidy.discard(uid)

    def retain(self, uids: Collection[str]) -> None:
        """Remember nothing of projects that are none of these, whoever let them go."""
        for uid in (self._known.keys() | self._ended | self._untidy) - set(uids):
            self.gone(uid)

    async def look(self, project: Project) -> str:
        """Return which credential the Secret holds: "" when there is none that is intact.

        Raises:
            ApiError: the API server refused, or did not answer.
        """
        namespace = namespace_name(project.metadata.name)
        try:
            found = held(await self._client.get(SECRETS, PULL_SECRET, namespace), project)
        except NotFound:
            found = ""
        self._remember(project, found)
        return found

    async def write(self, project: Project, credential: Credential) -> None:
        """Write the Secret with `credential`, whatever stands in its place.

        Raises:
            NotReady: the namespace is on its way out.
            ApiError: the API server refused, or did not answer.
        """
        self._known.pop(project.metadata.uid, None)  # until it is certain
        manifest = pull_secret(project, credential)
        await child_writes.apply(self._client, SECRETS, manifest, None)
        self._remember(project, credential.id)

    async def delete(self, project: Project) -> None:
        """Delete the Secret, if there is one.

        Raises:
            ApiError: the API server refused, or did not answer.
        """
        namespace = namespace_name(project.metadata.name)
        try:
            there = await self._client.get(SECRETS, PULL_SECRET, namespace)
            uid = there["metadata"]["uid"]
            await self._client.delete(SECRETS, PULL_SECRET, uid, namespace)
        except NotFound:
            pass
        self._remember(project, "")

    def _remember(self, project: Project, id_: str) -> None:
        self._known[project.metadata.uid] = Known(id_, self._clock())
