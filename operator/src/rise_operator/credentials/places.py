"""Where a project has, or may have had, images and credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rise_crds.v1alpha1.project import Project
    from rise_operator.credentials.registries import Registry
    from rise_operator.tools import Tools


def known(project: Project, tools: Tools) -> dict[str, Registry | None]:
    """Return where this project, and no other of its name, may have images; None: not configured.

    Of several registries at one place it is the project's own that is asked.
    """
    name = project.metadata.name
    chosen = tools.facts(project).registry_name(project)
    registries = sorted(tools.registries.values(), key=lambda each: each.name == chosen)
    at = {each.provider.repository(name): each for each in registries}
    return {place: at.get(place) for place in project.status.repositories}
