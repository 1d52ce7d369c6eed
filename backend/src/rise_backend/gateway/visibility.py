"""Who may see which Project and Team: an index kept from events, asked for every list.

A Project: its owner; the owning team's owners, members and group; whoever spec.members names,
directly or by team; whom it is offered to. A Team: its owners, members and group. A team counts
under the UID that the operator recorded: for an owner until then under its name, for a member
not before. The same rule stands in migrations/0003_who_sees_what.sql, for rows.

Seeing is reading: what a person may write is decided by the API server alone.
"""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable
from dataclasses import dataclass
from typing import TypeVar

KeyT = TypeVar("KeyT", bound=Hashable)


@dataclass(frozen=True)
class TeamSeen:
    """A team that opens a project: by its UID, or whoever has the name now."""

    name: str
    uid: str | None = None


@dataclass(frozen=True)
class ProjectReaders:
    """Who may see one Project."""

    users: frozenset[str] = frozenset()
    teams: frozenset[TeamSeen] = frozenset()


@dataclass(frozen=True)
class TeamReaders:
    """Who may see one Team; also whom it stands for in Projects."""

    uid: str
    users: frozenset[str] = frozenset()
    group: str | None = None


@dataclass(frozen=True)
class Audience:
    """Whom something may concern: people by name, and groups of the identity provider."""

    users: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()


class Visibility:
    """The index: a question costs the number of answers, never the number of objects."""

    def __init__(self) -> None:
        """Know nobody and nothing."""
        self._projects: dict[str, ProjectReaders] = {}
        self._teams: dict[str, TeamReaders] = {}
        self._projects_of_user: defaultdict[str, set[str]] = defaultdict(set)
        self._projects_of_team: defaultdict[TeamSeen, set[str]] = defaultdict(set)
        self._teams_of_user: defaultdict[str, set[str]] = defaultdict(set)
        self._teams_of_group: defaultdict[str, set[str]] = defaultdict(set)

    def set_project(self, name: str, readers: ProjectReaders | None) -> None:
        """Take note of a Project; None: it is gone."""
        before = self._projects.pop(name, ProjectReaders())
        _remove(self._projects_of_user, before.users, name)
        _remove(self._projects_of_team, before.teams, name)
        if readers is not None:
            self._projects[name] = readers
            _add(self._projects_of_user, readers.users, name)
            _add(self._projects_of_team, readers.teams, name)

    def set_team(self, name: str, readers: TeamReaders | None) -> bool:
        """Take note of a Team; None: it is gone. Say whether what anybody sees may have changed."""
        before = self._teams.pop(name, None)
        if before is not None:
            _remove(self._teams_of_user, before.users, name)
            _remove(self._teams_of_group, filter(None, [before.group]), name)
        if readers is not None:
            self._teams[name] = readers
            _add(self._teams_of_user, readers.users, name)
            _add(self._teams_of_group, filter(None, [readers.group]), name)
        return before != readers

    def teams(self, user: str, groups: Collection[str]) -> set[str]:
        """Return the names of the Teams that a person sees."""
        names = set(self._teams_of_user.get(user, ()))
        for group in groups:
            names |= self._teams_of_group.get(group, set())
        return names

    def projects(self, user: str, groups: Collection[str]) -> set[str]:
        """Return the names of the Projects that a person sees."""
        names = set(self._projects_of_user.get(user, ()))
        for team in self.teams(user, groups):
            uid = self._teams[team].uid
            names |= self._projects_of_team.get(TeamSeen(team, uid), set())
            names |= self._projects_of_team.get(TeamSeen(team), set())
        return names

    def sees_project(self, name: str, user: str, groups: Collection[str]) -> bool:
        """Say whether a person sees one Project."""
        readers = self._projects.get(name)
        if readers is None:
            return False
        if user in readers.users:
            return True
        return any(self._stands_for(team, user, groups) for team in readers.teams)

    def sees_team(self, name: str, user: str, groups: Collection[str]) -> bool:
        """Say whether a person sees one Team."""
        team = self._teams.get(name)
        return team is not None and (user in team.users or team.group in groups)

    def audience(self, readers: ProjectReaders | TeamReaders | None) -> Audience:
        """Return everybody who sees, by the Teams as they are now, what has such readers."""
        if readers is None:
            return Audience()
        if isinstance(readers, TeamReaders):
            return Audience(readers.users, frozenset(filter(None, [readers.group])))
        users, groups = set(readers.users), set[str]()
        for seen in readers.teams:
            team = self._teams.get(seen.name)
            if team is not None and seen.uid in {None, team.uid}:
                users |= team.users
                groups |= {team.group} if team.group else set()
        return Audience(frozenset(users), frozenset(groups))

    def knows_group(self, group: str) -> bool:
        """Say whether some Team names this group of the identity provider."""
        return group in self._teams_of_group

    def _stands_for(self, seen: TeamSeen, user: str, groups: Collection[str]) -> bool:
        team = self._teams.get(seen.name)
        if team is None or seen.uid not in {None, team.uid}:
            return False
        return self.sees_team(seen.name, user, groups)


def _add(index: defaultdict[KeyT, set[str]], keys: Iterable[KeyT], name: str) -> None:
    for key in keys:
        index[key].add(name)


def _remove(index: defaultdict[KeyT, set[str]], keys: Iterable[KeyT], name: str) -> None:
    for key in keys:
        index[key].discard(name)
        if not index[key]:
            del index[key]
