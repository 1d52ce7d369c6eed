"""What a row says: Project or Team → the parameters of the statements. No I/O here."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from psycopg.types.json import Jsonb

from rise_crds.api import Condition, Resource
from rise_crds.conditions import READY, find
from rise_crds.v1alpha1.project import Member, Project
from rise_crds.v1alpha1.team import Team
from rise_operator.mirror.parameters import AbsentTeams, People, ProjectUpsert, TeamUpsert

_ABSENT = UUID("7d4ad3f4-2a0e-4c5c-9f0e-6f3c1f0a9a57")  # the namespace of placeholders' names
# A row is written before the status that tells of it, which moves on these two.
_NO_CONTENT = frozenset({"resource_version", "managers"})


@dataclass(frozen=True)
class TeamLink:
    """A Team that a Project names: as itself, or as a row that is never alive."""

    uid: UUID
    name: str
    unless_living: bool = False  # the living Team of that name serves as well


@dataclass(frozen=True)
class ProjectRow:
    """Everything that one Project needs in the database."""

    upsert: ProjectUpsert
    people: frozenset[str]
    teams: tuple[TeamLink, ...]

    @property
    def owner_by_name(self) -> bool:
        """Whether the owning team has to be looked up by name, now and again."""
        return any(team.unless_living for team in self.teams)


@dataclass(frozen=True)
class TeamRow:
    """Everything that one Team needs in the database."""

    upsert: TeamUpsert
    people: frozenset[str]


@dataclass(frozen=True)
class _Party:
    """One entry of spec.members: a person, or a team under its recorded UID."""

    role: str
    user: str | None = None
    team: TeamLink | None = None

    def entry(self) -> dict[str, str | None]:
        return {
            "user_id": self.user,
            "team_id": str(self.team.uid) if self.team else None,
            "team_name": self.team.name if self.team else None,
            "role": self.role,
        }


def project_row(project: Project, managed_fields: Iterable[Mapping[str, Any]] = ()) -> ProjectRow:
    """Return the row of `project`, whose status is the one about to be published."""
    spec = project.spec
    owner = _owning_team(project)
    recorded = {record.team: UUID(record.uid) for record in project.status.members}
    parties = [_party(member, recorded) for member in spec.members]
    user = _email(spec.owner.user)
    recipient = _email(spec.transfer_to.user) if spec.transfer_to else None
    written = _clean(spec.model_dump(by_alias=True, exclude_none=True, mode="json"))
    own = _common(project, project.status.conditions) | {
        "owner_user_id": user,
        "owner_team_uid": owner.uid if owner and not owner.unless_living else None,
        "owner_team_name": owner.name if owner else None,
        "owner_team_placeholder": owner.uid if owner else None,
        "transfer_to_user_id": recipient,
        "description": _clean(spec.description),
        "source_url": _clean(spec.source_url),
        "registry": _clean(spec.registry),
        "suspended": spec.suspend,
        "deletion_policy": spec.deletion_policy,
        "deletion_protection": spec.deletion_protection,
        "namespace": project.status.namespace,
        "members": [party.entry() for party in parties],
        "spec": written,
        "spec_digest": _digest(written),
        "managers": _clean(_managers(managed_fields or project.metadata.managed_fields)),
    }
    people = {user, recipient, *(party.user for party in parties)}
    teams = [owner, *(party.team for party in parties)]
    return ProjectRow(
        upsert=ProjectUpsert(
            **_with_json(own, "members", "spec", "conditions", "managers"),
            digest=_content_digest(own),
            complete=False,
        ),
        people=frozenset(person for person in people if person),
        teams=tuple(team for team in teams if team),
    )


def team_row(team: Team) -> TeamRow:
    """Return the row of `team`, whose status is the one about to be published."""
    members = [
        {"role": role, "position": position, "user_id": _email(person)}
        for role, people in (("owner", team.spec.owners), ("member", team.spec.members))
        for position, person in enumerate(people)
    ]
    own = _common(team, team.status.conditions) | {
        "idp_group": _clean(team.spec.idp_group),
        "description": _clean(team.spec.description),
        "members": members,
    }
    return TeamRow(
        upsert=TeamUpsert(
            **_with_json(own, "members", "conditions"), digest=_content_digest(own), complete=False
        ),
        people=frozenset(str(member["user_id"]) for member in members),
    )


def people(rows: Iterable[ProjectRow | TeamRow]) -> People:
    """Return everybody named, in one order for all: two writers must not wait for each other."""
    return People(sorted({person for row in rows for person in row.people}))


def absent_teams(rows: Iterable[ProjectRow]) -> AbsentTeams:
    """Return every Team named, so that a row stands for those that do not exist."""
    links = sorted({link for row in rows for link in row.teams}, key=lambda link: link.uid)
    return AbsentTeams(
        uids=[link.uid for link in links],
        names=[link.name for link in links],
        unless_living=[link.unless_living for link in links],
    )


def _common(resource: Resource, conditions: Sequence[Condition]) -> dict[str, Any]:
    meta = resource.metadata
    ready = find(conditions, READY)
    return {
        "uid": UUID(meta.uid),
        "name": meta.name,
        "generation": meta.generation,
        "resource_version": int(meta.resource_version),
        "ready": ready is not None and ready.status == "True",
        "reason": str(ready.reason) if ready else "",
        "message": _clean(ready.message) if ready else "",
        "conditions": _clean([c.model_dump(by_alias=True, mode="json") for c in conditions]),
        "deleting": meta.deletion_timestamp is not None,
        "created_at": meta.creation_timestamp,
    }


def _owning_team(project: Project) -> TeamLink | None:
    """Return the owning team: under the recorded UID if the record speaks of this very name."""
    name = project.spec.owner.team
    if name is None:
        return None
    recorded = project.status.owner_team_uid
    if recorded and project.status.owner == f"team:{name}":
        return TeamLink(UUID(recorded), name)
    return TeamLink(uuid5(_ABSENT, name), name, unless_living=True)


def _party(member: Member, recorded: Mapping[str, UUID]) -> _Party:
    if member.team is None:
        return _Party(member.role, user=_email(member.user))
    uid = recorded.get(member.team) or uuid5(_ABSENT, member.team)
    return _Party(member.role, team=TeamLink(uid, member.team))


def _managers(managed_fields: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    kept = ("manager", "operation", "time", "subresource")
    return [{key: entry[key] for key in kept if key in entry} for entry in managed_fields]


def _email(value: str | None) -> str | None:
    return None if value is None else str(_clean(value)).lower()


def _clean(value: Any) -> Any:
    """Put U+FFFD for the one character that JSON can carry and PostgreSQL cannot store: NUL."""
    if isinstance(value, str):
        return value.replace("\0", "\N{REPLACEMENT CHARACTER}")
    if isinstance(value, dict):
        return {_clean(key): _clean(each) for key, each in value.items()}
    return [_clean(each) for each in value] if isinstance(value, list) else value


def _with_json(values: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {k: Jsonb(value) if k in names else value for k, value in values.items()}


def _content_digest(own: Mapping[str, Any]) -> str:
    """Return the digest of what is mirrored, without what the operator's own status changes."""
    return _digest({key: value for key, value in own.items() if key not in _NO_CONTENT})


def _digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, default=str, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
