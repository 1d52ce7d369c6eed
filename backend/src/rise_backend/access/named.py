"""Whom a Project or Team names: nothing else of it is read, at each token to push."""

from typing import Literal

import msgspec


class Party(msgspec.Struct):
    """A person (e-mail address) or a team."""

    user: str | None = None
    team: str | None = None


class Member(Party):
    """Somebody who takes part without owning."""

    role: Literal["developer", "viewer"] = "viewer"


class ProjectSpec(msgspec.Struct, rename="camel"):
    """Whom people have named."""

    owner: Party
    members: list[Member] = []
    transfer_to: Party | None = None


class Recorded(msgspec.Struct):
    """The team that had a name when the operator first saw it there."""

    team: str
    uid: str


class ProjectStatus(msgspec.Struct, rename="camel"):
    """Which teams the operator has seen."""

    owner_team_uid: str | None = None
    members: list[Recorded] = []


class Project(msgspec.Struct):
    """A Project."""

    spec: ProjectSpec
    status: ProjectStatus = msgspec.field(default_factory=ProjectStatus)


class Identified(msgspec.Struct):
    """Which object it is."""

    name: str
    uid: str


class TeamSpec(msgspec.Struct, rename="camel"):
    """Whom people have named."""

    owners: list[str]
    members: list[str] = []
    idp_group: str | None = None


class Team(msgspec.Struct):
    """A Team."""

    metadata: Identified
    spec: TeamSpec


project = msgspec.json.Decoder(Project).decode
team = msgspec.json.Decoder(Team).decode
