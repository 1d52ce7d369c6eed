"""Rows of the mirror and objects of the API server → what REST answers with."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from rise_backend.queries import projects as project_rows
from rise_backend.queries import teams as team_rows
from rise_backend.rest import models
from rise_crds.api import Condition, Metadata
from rise_crds.conditions import READY, find
from rise_crds.v1alpha1.project import Project
from rise_crds.v1alpha1.team import Team


def project_row(row: project_rows.Project) -> models.Project:
    """Return the Project of a row."""
    return models.Project(
        name=row.name,
        uid=str(row.uid),
        owner=models.Owner(user=row.owner_user, team=row.owner_team),
        description=row.description,
        source_url=row.source_url,
        namespace=row.namespace,
        ready=row.ready,
        reason=row.reason,
        message=row.message,
        suspended=row.suspended,
        deleting=row.deleting,
        created_at=row.created_at,
    )


def project_details(project: Project) -> models.ProjectDetails:
    """Return a Project with everything."""
    spec, status = project.spec, project.status
    return models.ProjectDetails(
        name=project.metadata.name,
        uid=project.metadata.uid,
        owner=models.Owner(user=spec.owner.user, team=spec.owner.team),
        description=spec.description,
        source_url=spec.source_url,
        namespace=status.namespace,
        ready=_ready(status.conditions).status == "True",
        reason=_ready(status.conditions).reason,
        message=_ready(status.conditions).message,
        suspended=spec.suspend,
        deleting=project.metadata.deletion_timestamp is not None,
        created_at=_created(project.metadata),
        members=[
            models.Member(user=member.user, team=member.team, role=member.role)
            for member in spec.members
        ],
        transfer_to=spec.transfer_to.user if spec.transfer_to else None,
        registry=spec.registry,
        deletion_policy=spec.deletion_policy,
        deletion_protection=spec.deletion_protection,
        conditions=status.conditions,
    )


def team_row(row: team_rows.Team) -> models.Team:
    """Return the Team of a row."""
    return models.Team(
        name=row.name,
        uid=str(row.uid),
        owners=row.owners,
        members=row.members,
        idp_group=row.idp_group,
        description=row.description,
        ready=row.ready,
        reason=row.reason,
        message=row.message,
        deleting=row.deleting,
        created_at=row.created_at,
    )


def team_details(team: Team) -> models.TeamDetails:
    """Return a Team with everything."""
    return models.TeamDetails(
        name=team.metadata.name,
        uid=team.metadata.uid,
        owners=team.spec.owners,
        members=team.spec.members,
        idp_group=team.spec.idp_group,
        description=team.spec.description,
        ready=_ready(team.status.conditions).status == "True",
        reason=_ready(team.status.conditions).reason,
        message=_ready(team.status.conditions).message,
        deleting=team.metadata.deletion_timestamp is not None,
        created_at=_created(team.metadata),
        conditions=team.status.conditions,
    )


def team_members(spec: Mapping[str, Any]) -> models.TeamMembers:
    """Return everybody whom a Team's spec names."""
    people = [(one, "owner") for one in spec["owners"]]
    people += [(one, "member") for one in spec.get("members", [])]
    return models.TeamMembers(
        items=[models.TeamMember(user=user, role=role) for user, role in people]
    )


def ending(found: Mapping[str, Any]) -> models.Ending:
    """Return what goes: the object itself, or the Status of one that is gone already."""
    told = found.get("details", found.get("metadata", {}))
    return models.Ending(name=told["name"], uid=told["uid"])


def _ready(conditions: Sequence[Condition]) -> Condition:
    unknown = Condition(type=READY, status="Unknown", reason="", last_transition_time=_EPOCH)
    return find(conditions, READY) or unknown


def _created(metadata: Metadata) -> datetime:
    return metadata.creation_timestamp or _EPOCH


_EPOCH = datetime.fromtimestamp(0, UTC)
