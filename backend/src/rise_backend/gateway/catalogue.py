"""Everything the gateway knows of Projects and Teams, and who may see what of it."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass

from rise_backend.gateway.feeds import Feed, Feeds
from rise_backend.gateway.objects import Entry, Row, project_entry, team_entry
from rise_backend.gateway.reflector import Change, Reflector
from rise_backend.gateway.upstream import Upstream
from rise_backend.gateway.visibility import Audience, ProjectReaders, TeamReaders, Visibility
from rise_backend.identity.identity import Identity

READY_S = 5.0  # what needs to know who sees what waits this long until the gateway does
NOT_READY = "the Rise gateway is still reading the projects and teams: try again in a moment"
_NAME_FIELDS = frozenset({"metadata.name", "metadata.namespace"})


@dataclass(frozen=True)
class Kind:
    """A kind whose lists are answered here."""

    resource: str
    kind: str
    parse: Callable[[Row], Entry]
    fields: frozenset[str]  # what a field selector may name


KINDS = {
    kind.resource: kind
    for kind in (
        Kind(
            "projects",
            "Project",
            project_entry,
            _NAME_FIELDS | {"spec.owner.user", "spec.owner.team"},
        ),
        Kind("teams", "Team", team_entry, _NAME_FIELDS),
    )
}


class Catalogue:
    """The caches of both kinds, joined by the index of who sees what."""

    def __init__(self, visibility: Visibility, upstream: Upstream) -> None:
        """Begin empty."""
        self._visibility = visibility
        self._feeds = {resource: Feeds() for resource in KINDS}
        changed = {"projects": self._project_changed, "teams": self._team_changed}
        self._caches = {
            kind.resource: Reflector(upstream, kind.resource, kind.parse, changed[kind.resource])
            for kind in KINDS.values()
        }

    async def run(self) -> None:
        """Keep both caches until cancelled."""
        async with asyncio.TaskGroup() as group:
            for cache in self._caches.values():
                group.create_task(cache.run())

    @property
    def usable(self) -> bool:
        """Whether lists can be answered now."""
        projects, teams = self._caches.values()
        return projects.usable and teams.usable

    async def ready(self, within_s: float) -> bool:
        """Wait until lists can be answered; say whether it was in time."""
        ready = [await cache.ready(within_s) for cache in self._caches.values()]
        return all(ready)

    @property
    def has_been_read(self) -> bool:
        """Whether everything has been read at least once."""
        projects, teams = self._caches.values()
        return bool(projects.version and teams.version)

    async def read(self, within_s: float) -> bool:
        """Wait until everything has been read at least once; say whether it was in time."""
        read = [await cache.reached(1, within_s) for cache in self._caches.values()]
        return all(read)

    def cache(self, resource: str) -> Reflector:
        """Return the cache of one resource."""
        return self._caches[resource]

    def counted(self) -> Mapping[str, int]:
        """Return how many objects each cache holds."""
        return {name: len(cache.entries) for name, cache in self._caches.items()}

    def watchers(self) -> int:
        """Return how many watches are being fed."""
        return sum(len(feeds) for feeds in self._feeds.values())

    def visible(self, resource: str, identity: Identity) -> dict[str, Entry]:
        """Return what a person sees, by name and in its order."""
        find = self._visibility.projects if resource == "projects" else self._visibility.teams
        entries = self._caches[resource].entries
        names = find(identity.user, identity.idp_groups)
        return {name: entries[name] for name in sorted(names) if name in entries}

    def seen(self, resource: str, name: str, identity: Identity) -> Entry | None:
        """Return one object if a person sees it."""
        project = resource == "projects"
        sees = self._visibility.sees_project if project else self._visibility.sees_team
        if not sees(name, identity.user, identity.idp_groups):
            return None
        return self._caches[resource].entries.get(name)

    async def hidden(self, resource: str, name: str, identity: Identity) -> None:
        """Return when a person who saw an object may see it no longer, though it is there."""
        seen = False
        with self.feed(resource, identity) as feed:
            while True:
                sees = self.seen(resource, name, identity) is not None
                if seen and not sees and name in self._caches[resource].entries:
                    return
                seen = seen or sees
                await feed.wake.wait()
                feed.taken()

    def feed(self, resource: str, identity: Identity) -> AbstractContextManager[Feed]:
        """Tell a watcher of what may concern a person, for as long as it stays."""
        return self._feeds[resource].one_more(identity)

    def _project_changed(self, change: Change) -> None:
        readers = change.after.readers if change.after else None
        if not isinstance(readers, TeamReaders):
            self._visibility.set_project(change.name, readers)
        self._feeds["projects"].tell(self._audiences(change), change.name)

    def _team_changed(self, change: Change) -> None:
        readers = change.after.readers if change.after else None
        audiences = self._audiences(change)
        if not isinstance(readers, ProjectReaders) and self._visibility.set_team(
            change.name, readers
        ):
            self._feeds["projects"].tell(audiences, None)
        self._feeds["teams"].tell(audiences, change.name)

    def _audiences(self, change: Change) -> list[Audience]:
        entries = filter(None, [change.before, change.after])
        return [self._visibility.audience(entry.readers) for entry in entries]
