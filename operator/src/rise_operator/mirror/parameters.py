"""What the statements of the mirror take, and the one row that they give."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from psycopg.types.json import Jsonb


@dataclass(frozen=True)
class People:
    """Everybody whom some objects name."""

    emails: list[str]


@dataclass(frozen=True)
class AbsentTeams:
    """Teams that Projects name, in three lists of one length."""

    uids: list[UUID]
    names: list[str]
    unless_living: list[bool]


@dataclass(frozen=True)
class Successors:
    """Objects that may have taken over a name, in three lists of one length."""

    uids: list[UUID]
    names: list[str]
    resource_versions: list[int]
    complete: bool


@dataclass(frozen=True)
class TeamUpsert:
    """A Team; `complete`: from a complete list, which wins over any version."""

    uid: UUID
    name: str
    generation: int
    resource_version: int
    idp_group: str | None
    description: str
    ready: bool
    reason: str
    message: str
    conditions: Jsonb
    deleting: bool
    created_at: datetime | None
    members: Jsonb
    digest: str
    complete: bool


@dataclass(frozen=True)
class ProjectUpsert:
    """A Project; `complete`: from a complete list, which wins over any version."""

    uid: UUID
    name: str
    generation: int
    resource_version: int
    owner_user_id: str | None
    owner_team_uid: UUID | None
    owner_team_name: str | None
    owner_team_placeholder: UUID | None
    transfer_to_user_id: str | None
    description: str
    source_url: str | None
    registry: str | None
    suspended: bool
    deletion_policy: str
    deletion_protection: bool
    namespace: str | None
    ready: bool
    reason: str
    message: str
    conditions: Jsonb
    deleting: bool
    created_at: datetime | None
    members: Jsonb
    spec: Jsonb
    spec_digest: str
    managers: Jsonb
    digest: str
    complete: bool


@dataclass(frozen=True)
class Uids:
    """Which rows."""

    uids: list[UUID]


@dataclass(frozen=True)
class Age:
    """How old."""

    age: timedelta


@dataclass(frozen=True)
class Stored:
    """What the mirror holds of one object."""

    uid: UUID
    digest: str
    resource_version: int
    alive: bool


@dataclass(frozen=True)
class Named:
    """How a Project is called."""

    name: str
