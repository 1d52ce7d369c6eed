"""What REST is sent → the spec that the API server gets. No I/O here."""

from collections.abc import Mapping
from typing import Any

from rise_backend.rest.content import (
    ProjectChange,
    ProjectContent,
    TeamChange,
    TeamContent,
)
from rise_crds.v1alpha1.project import Project
from rise_crds.v1alpha1.team import Team

Spec = dict[str, Any]
_OTHER = {"user": "team", "team": "user"}


def project_spec(given: ProjectContent | ProjectChange, caller: str = "") -> Spec:
    """Return what to merge into a Project's spec: all of a content, what is set of a change."""
    partial = isinstance(given, ProjectChange)
    spec = given.model_dump(by_alias=True, exclude={"name"}, exclude_unset=partial)
    if "owner" in spec:
        spec["owner"] = owner(spec["owner"] or {"user": caller})
    if "transferTo" in spec:
        offered = spec["transferTo"]
        spec["transferTo"] = None if offered is None else {"user": offered}
    if "suspended" in spec:
        spec["suspend"] = spec.pop("suspended")
    return spec


def team_spec(given: TeamContent | TeamChange, caller: str = "") -> Spec:
    """Return what to merge into a Team's spec: all of a content, what is set of a change."""
    partial = isinstance(given, TeamChange)
    spec = given.model_dump(by_alias=True, exclude={"name"}, exclude_unset=partial)
    if spec.get("owners", ...) is None:
        spec["owners"] = [caller]
    return spec


def owner(given: Mapping[str, str]) -> dict[str, str | None]:
    """Return an owner to merge: the other sort of owner is taken away."""
    ((sort, name),) = given.items()
    return {sort: name, _OTHER[sort]: None}


def new(spec: Mapping[str, Any]) -> Spec:
    """Return a spec to create from one to merge: what is null is not there."""
    return {
        key: new(value) if isinstance(value, dict) else value
        for key, value in spec.items()
        if value is not None
    }


def same_project(found: Mapping[str, Any], spec: Mapping[str, Any]) -> bool:
    """Say whether a Project is what creating it with `spec` would make."""
    project = Project.model_validate(found)
    asked = Project.model_validate({**found, "spec": new(spec)})
    return project.metadata.deletion_timestamp is None and project.spec == asked.spec


def same_team(found: Mapping[str, Any], spec: Mapping[str, Any]) -> bool:
    """Say whether a Team is what creating it with `spec` would make."""
    team = Team.model_validate(found)
    asked = Team.model_validate({**found, "spec": new(spec)})
    return team.metadata.deletion_timestamp is None and team.spec == asked.spec
