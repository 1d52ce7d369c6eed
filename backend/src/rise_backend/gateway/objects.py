"""A row of the API server's table → an Entry: bytes to hand out, and what decides who gets them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import msgspec
import orjson

from rise_backend.gateway.visibility import ProjectReaders, TeamReaders, TeamSeen


class Metadata(msgspec.Struct, rename="camel"):
    """The part of ObjectMeta that lists look at."""

    name: str = ""
    uid: str = ""
    resource_version: str = "0"
    creation_timestamp: datetime | None = None
    labels: dict[str, str] = {}


class _Owner(msgspec.Struct):
    user: str | None = None
    team: str | None = None


class _Recipient(msgspec.Struct):
    user: str | None = None


class _ProjectSpec(msgspec.Struct, rename="camel"):
    owner: _Owner = msgspec.field(default_factory=_Owner)
    transfer_to: _Recipient | None = None
    members: list[_Owner] = []


class _Recorded(msgspec.Struct):
    team: str = ""
    uid: str = ""


class _ProjectStatus(msgspec.Struct, rename="camel"):
    owner: str | None = None
    owner_team_uid: str | None = None
    members: list[_Recorded] = []


class _Project(msgspec.Struct):
    metadata: Metadata
    spec: _ProjectSpec = msgspec.field(default_factory=_ProjectSpec)
    status: _ProjectStatus = msgspec.field(default_factory=_ProjectStatus)


class _TeamSpec(msgspec.Struct, rename="camel"):
    owners: list[str] = []
    members: list[str] = []
    idp_group: str | None = None


class _Team(msgspec.Struct):
    metadata: Metadata
    spec: _TeamSpec = msgspec.field(default_factory=_TeamSpec)


class _Parts(msgspec.Struct):
    metadata: msgspec.Raw


class Row(msgspec.Struct):
    """A row of a Table with includeObject=Object."""

    cells: list[Any]
    object: msgspec.Raw


_PARTIAL = b'{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":%b}'


@dataclass(frozen=True, slots=True)
class Entry:
    """One object as the cache holds it."""

    name: str
    uid: str
    version: int
    created_s: float | None  # seconds since the epoch, as time.time()
    labels: Mapping[str, str]
    fields: Mapping[str, str]  # what field selectors can ask for
    cells: tuple[Any, ...]
    raw: bytes  # the whole object, as the API server wrote it
    partial: bytes  # its metadata alone, as PartialObjectMetadata
    readers: ProjectReaders | TeamReaders
    # what orjson puts into a list as it is: made once, a list of many would make many
    whole: orjson.Fragment = field(init=False, repr=False, compare=False)
    part: orjson.Fragment = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Make what is put into lists."""
        object.__setattr__(self, "whole", orjson.Fragment(self.raw))
        object.__setattr__(self, "part", orjson.Fragment(self.partial))


def at(entry: Entry, version: int) -> Entry:
    """Return what is known of an object, told at a later version."""
    manifest = orjson.loads(entry.raw)
    manifest["metadata"]["resourceVersion"] = str(version)
    raw, partial = orjson.dumps(manifest), _PARTIAL % orjson.dumps(manifest["metadata"])
    return replace(entry, version=version, raw=raw, partial=partial)


def project_entry(row: Row) -> Entry:
    """Return the Project of a row."""
    project = msgspec.json.decode(row.object, type=_Project)
    owner = project.spec.owner
    fields = {"spec.owner.user": owner.user or "", "spec.owner.team": owner.team or ""}
    return _entry(row, project.metadata, fields, _project_readers(project))


def team_entry(row: Row) -> Entry:
    """Return the Team of a row."""
    team = msgspec.json.decode(row.object, type=_Team)
    readers = TeamReaders(
        uid=team.metadata.uid,
        users=frozenset([*team.spec.owners, *team.spec.members]),
        group=team.spec.idp_group or None,
    )
    return _entry(row, team.metadata, {}, readers)


def _entry(
    row: Row,
    metadata: Metadata,
    fields: Mapping[str, str],
    readers: ProjectReaders | TeamReaders,
) -> Entry:
    return Entry(
        name=metadata.name,
        uid=metadata.uid,
        version=int(metadata.resource_version),
        created_s=metadata.creation_timestamp and metadata.creation_timestamp.timestamp(),
        labels=metadata.labels,
        fields={"metadata.name": metadata.name, "metadata.namespace": "", **fields},
        cells=tuple(row.cells),
        raw=bytes(row.object),
        partial=_PARTIAL % msgspec.json.decode(row.object, type=_Parts).metadata,
        readers=readers,
    )


def _project_readers(project: _Project) -> ProjectReaders:
    spec, status = project.spec, project.status
    users = {spec.owner.user, *(member.user for member in spec.members)}
    if spec.transfer_to is not None:
        users.add(spec.transfer_to.user)
    recorded = {entry.team: entry.uid for entry in status.members}
    teams = {
        TeamSeen(member.team, recorded[member.team])
        for member in spec.members
        if member.team is not None and member.team in recorded
    }
    if spec.owner.team is not None:
        same = status.owner == f"team:{spec.owner.team}"
        teams.add(TeamSeen(spec.owner.team, status.owner_team_uid if same else None))
    return ProjectReaders(frozenset(user for user in users if user), frozenset(teams))
