"""Projects and Teams as the operator remembers them, and who names whom."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rise_crds.api import ANNOTATION_ROTATE
from rise_operator.engine.cache import Cache, Change, Name, version_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Body = dict[str, Any]

_MANAGER_FIELDS = ("manager", "operation", "time", "subresource")


@dataclass(frozen=True, slots=True)
class Held:
    """One object without what nobody looks at: other annotations, and fields of managers."""

    version: int
    body: Body


def held(obj: Body) -> Held:
    """Return `obj` as it is remembered."""
    metadata = {key: value for key, value in obj["metadata"].items() if key != "annotations"}
    rotate = (obj["metadata"].get("annotations") or {}).get(ANNOTATION_ROTATE)
    if rotate is not None:
        metadata["annotations"] = {ANNOTATION_ROTATE: rotate}
    metadata["managedFields"] = [
        {key: entry[key] for key in _MANAGER_FIELDS if key in entry}
        for entry in obj["metadata"].get("managedFields") or []
    ]
    return Held(version_of(obj), {**obj, "metadata": metadata})


class Objects:
    """All objects of one cluster-scoped kind, by name."""

    def __init__(self, changed: Callable[[Change[Held]], None]) -> None:
        """Begin empty."""
        self.cache: Cache[Held] = Cache(held, changed)

    def __iter__(self) -> Iterator[Body]:
        """Return every object."""
        return (item.body for _, item in self.cache)

    def get(self, name: str) -> Body | None:
        """Return one object, if it exists."""
        item = self.cache.get(Name("", name))
        return item.body if item else None

    def names(self) -> list[str]:
        """Return the names of all objects."""
        return [name.name for name, _ in self.cache]


class TeamsNamed:
    """Which projects name which teams: as owner, or as owner or member."""

    def __init__(self) -> None:
        """Begin empty."""
        self._naming: defaultdict[str, set[str]] = defaultdict(set)
        self._owned: defaultdict[str, set[str]] = defaultdict(set)

    def update(self, project: str, before: Body | None, after: Body | None) -> None:
        """Take in that `project` has changed."""
        for index, names in ((self._naming, teams_named), (self._owned, _owners)):
            for team in names(before):
                index[team].discard(project)
                if not index[team]:
                    del index[team]
            for team in names(after):
                index[team].add(project)

    def projects_naming(self, team: str) -> frozenset[str]:
        """Return the projects that name `team` as owner or member."""
        return frozenset(self._naming.get(team, ()))

    def projects_owned_by(self, team: str) -> frozenset[str]:
        """Return the projects that have `team` as owner."""
        return frozenset(self._owned.get(team, ()))


def teams_named(body: Body | None) -> set[str]:
    """Return the teams that a Project names, as owner or member."""
    members: list[dict[str, str]] = ((body or {}).get("spec") or {}).get("members") or []
    return _owners(body) | {entry["team"] for entry in members if entry.get("team")}


def owning_team(body: Body | None) -> str | None:
    """Return the team that owns a Project, if one does."""
    owner: dict[str, str] = ((body or {}).get("spec") or {}).get("owner") or {}
    return owner.get("team")


def _owners(body: Body | None) -> set[str]:
    team = owning_team(body)
    return {team} if team else set()
