"""Who may do what to one Project or Team: oneself, somebody else, everybody whom it names.

Asking about others is for owners and administrators: for whoever the API server would let change
who takes part. Nobody learns so who is in a team that is not theirs to see.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

import orjson

from rise_backend.access import named
from rise_backend.access.decisions import Decision, Decisions
from rise_backend.access.named import Project, Team
from rise_backend.access.standing import Person, Teams, people_of, standing, teams_of
from rise_backend.gateway.upstream import Caller
from rise_backend.identity.identity import Identity
from rise_crds.api import IDP_GROUP_PREFIX, USER_PREFIX, USERS_GROUP

AT_ONCE = 8
MOST_PEOPLE = 500
# What a member team gives: an answer about these could tell who is in it.
THROUGH_TEAMS = frozenset({"get", "list", "watch", "push"})

GroupsOf = Callable[[str], Awaitable[tuple[str, ...]]]  # e-mail → groups they were last seen with


class Reader(Protocol):
    """Reads one object as a person may see it: the gateway."""

    async def one(self, caller: Caller, resource: str, name: str) -> bytes | None:
        """Return the object as JSON; None: there is none to be seen."""
        ...


class NotOwnerError(Exception):
    """The caller may not ask about others here, or there is no such object."""


class HiddenTeamError(Exception):
    """The answer would tell who is in a team that the caller may not see; its message names it."""


@dataclass(frozen=True)
class Answer:
    """What one person may do, why, and what they are to the object."""

    person: Person
    decision: Decision
    standing: list[str]


@dataclass(frozen=True)
class Everybody:
    """What was found of everybody who is named."""

    able: list[Answer]
    asked: int
    hidden_teams: list[str]
    groups: list[str]
    truncated: bool


@dataclass(frozen=True)
class _Subject:
    resource: str
    name: str
    present: dict[str, object] | None
    named: Project | Team | None
    teams: Teams
    hidden: list[str]


class Access:
    """Answers from the API server's own decisions."""

    def __init__(self, decisions: Decisions, reader: Reader, groups_of: GroupsOf) -> None:
        """Ask `decisions`; look at objects and their teams through `reader`."""
        self._decisions = decisions
        self._reader = reader
        self._groups_of = groups_of
        self._turn = asyncio.Semaphore(AT_ONCE)

    async def own(self, caller: Caller, verb: str, resource: str, name: str) -> Answer:
        """Say what the caller may do.

        Raises:
            UnavailableError: the API server does not decide now.
        """
        subject = await self._subject(caller, resource, name)
        person = Person(caller.identity.user, caller.identity.idp_groups)
        return await self._asked(caller, person, verb, subject)

    async def of(self, caller: Caller, user: str, verb: str, resource: str, name: str) -> Answer:
        """Say what `user` (e-mail) may do.

        Raises:
            NotOwnerError: that is not for the caller to know.
            HiddenTeamError: as above, because of a team.
            UnavailableError: the API server does not decide now.
        """
        subject = await self._owned(caller, resource, name)
        if subject.hidden and verb in THROUGH_TEAMS:
            raise HiddenTeamError(", ".join(subject.hidden))
        return await self._about(user, verb, subject)

    async def everybody(self, caller: Caller, verb: str, resource: str, name: str) -> Everybody:
        """Say who of those whom the object and its teams name may do `verb`.

        Raises:
            NotOwnerError: that is not for the caller to know.
            HiddenTeamError: as above, because of a team.
            UnavailableError: the API server does not decide now.
        """
        subject = await self._owned(caller, resource, name)
        if subject.hidden and verb == "push":  # a viewer may be a developer through a team
            raise HiddenTeamError(", ".join(subject.hidden))
        people = sorted(people_of(subject.named, subject.teams)) if subject.named else []
        chosen = people[:MOST_PEOPLE]
        answers = await asyncio.gather(*(self._about(one, verb, subject) for one in chosen))
        return Everybody(
            able=[answer for answer in answers if answer.decision.allowed],
            asked=len(chosen),
            hidden_teams=subject.hidden,
            groups=sorted({one.spec.idp_group or "" for one in subject.teams.values()} - {""}),
            truncated=len(people) > len(chosen),
        )

    async def _owned(self, caller: Caller, resource: str, name: str) -> _Subject:
        subject = await self._subject(caller, resource, name)
        if subject.present is None:
            raise NotOwnerError
        decision = await self._decisions.about(caller, "share", resource, name, subject.present)
        if not decision.allowed:
            raise NotOwnerError
        return subject

    async def _subject(self, caller: Caller, resource: str, name: str) -> _Subject:
        """Return the object as the caller sees it, with those of its teams that they see."""
        raw = await self._reader.one(caller, resource, name)
        if raw is None:
            return _Subject(resource, name, None, None, {}, [])
        found = named.project(raw) if resource == "projects" else named.team(raw)
        teams: dict[str, Team] = {}
        hidden: list[str] = []
        for team in sorted(teams_of(found)):
            seen = await self._reader.one(caller, "teams", team)
            if seen is not None:
                teams[team] = named.team(seen)
            else:
                hidden.append(team)
        return _Subject(resource, name, orjson.loads(raw), found, teams, hidden)

    async def _about(self, user: str, verb: str, subject: _Subject) -> Answer:
        async with self._turn:
            person = Person(user, await self._groups_of(user))
            return await self._asked(somebody(person), person, verb, subject)

    async def _asked(self, who: Caller, person: Person, verb: str, subject: _Subject) -> Answer:
        decision = await self._decisions.about(
            who, verb, subject.resource, subject.name, subject.present
        )
        is_what = standing(subject.named, subject.teams, person) if subject.named else []
        return Answer(person, decision, is_what)


def somebody(person: Person) -> Caller:
    """Return a caller who has no token: what is asked for them is asked by impersonation."""
    groups = [IDP_GROUP_PREFIX + group for group in person.groups]
    identity = Identity(
        user=person.user,
        username=USER_PREFIX + person.user,
        groups=(*groups, USERS_GROUP),
        uid="",
        expires_at=datetime.now(UTC),
    )
    return Caller(identity, token="")
