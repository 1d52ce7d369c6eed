"""Everything the gateway knows of Projects and Teams, and who may see what of it."""

import asyncio
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from rise_backend.gateway.objects import Entry, Row, project_entry, team_entry
from rise_backend.gateway.reflector import Change, Reflector
from rise_backend.gateway.upstream import Upstream
from rise_backend.gateway.visibility import ProjectReaders, TeamReaders, Visibility
from rise_backend.identity.identity import Identity

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


@dataclass(eq=False)
class Feed:
    """What has changed since a watcher last looked."""

    names: set[str] = field(default_factory=set[str])
    everything: bool = False
    wake: asyncio.Event = field(default_factory=asyncio.Event)

    def taken(self) -> tuple[set[str], bool]:
        """Return the names that changed, and whether any name may have; begin afresh."""
        names, everything = self.names, self.everything
        self.names, self.everything = set(), False
        self.wake.clear()
        return names, everything


class Catalogue:
    """The caches of both kinds, joined by the index of who sees what."""

    def __init__(self, visibility: Visibility, upstream: Upstream) -> None:
        """Begin empty."""
        self._visibility = visibility
        self._feeds: dict[str, set[Feed]] = {resource: set() for resource in KINDS}
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
        return all(cache.usable for cache in self._caches.values())

    async def ready(self, within_s: float) -> bool:
        """Wait until lists can be answered; say whether it was in time."""
        ready = [await cache.ready(within_s) for cache in self._caches.values()]
        return all(ready)

    def cache(self, resource: str) -> Reflector:
        """Return the cache of one resource."""
        return self._caches[resource]

    def counted(self) -> Mapping[str, int]:
        """Return how many objects each cache holds."""
        return {name: len(cache.entries) for name, cache in self._caches.items()}

    def watchers(self) -> int:
        """Return how many watches are being fed."""
        return sum(map(len, self._feeds.values()))

    def visible(self, resource: str, identity: Identity) -> list[Entry]:
        """Return what a person sees, by name."""
        find = self._visibility.projects if resource == "projects" else self._visibility.teams
        entries = self._caches[resource].entries
        names = find(identity.user, identity.idp_groups)
        return [entries[name] for name in sorted(names) if name in entries]

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
        with self.feed(resource) as feed:
            while True:
                sees = self.seen(resource, name, identity) is not None
                if seen and not sees and name in self._caches[resource].entries:
                    return
                seen = seen or sees
                await feed.wake.wait()
                feed.taken()

    @contextmanager
    def feed(self, resource: str) -> Generator[Feed]:
        """Tell a watcher of changes for as long as it stays."""
        feed = Feed()
        self._feeds[resource].add(feed)
        try:
            yield feed
        finally:
            self._feeds[resource].discard(feed)

    def _project_changed(self, change: Change) -> None:
        readers = change.after.readers if change.after else None
        if not isinstance(readers, TeamReaders):
            self._visibility.set_project(change.name, readers)
        self._tell("projects", change.name)

    def _team_changed(self, change: Change) -> None:
        readers = change.after.readers if change.after else None
        if not isinstance(readers, ProjectReaders) and self._visibility.set_team(
            change.name, readers
        ):
            self._tell("projects", None)
        self._tell("teams", change.name)

    def _tell(self, resource: str, name: str | None) -> None:
        for feed in self._feeds[resource]:
            if name is None:
                feed.everything = True
            else:
                feed.names.add(name)
            feed.wake.set()
