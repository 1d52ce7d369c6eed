"""What becomes of credentials and images when a Project is deleted.

    stop       the status names none → the Secret goes → all credentials are revoked
    remove     images go, unless `Orphan` keeps them, where this project is known to have had some

A registry that does not answer holds the deletion, and is asked again. One that is not configured
any more cannot be asked: its images stay, and the log says so.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from rise_operator.credentials.issuing import failure_of_registry, images_of
from rise_operator.project.facts import NamespaceState
from rise_operator.project.status import Outcome, Step
from rise_registry.contract import RegistryError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from rise_crds.v1alpha1.project import Project
    from rise_operator.credentials.registries import Registry
    from rise_operator.project.subject import Subject
    from rise_operator.tools import Tools
    from rise_registry.contract import RegistryProvider

_WAY_OUT = (
    "the project goes once that is done; to let it go without, an administrator takes the registry "
    "out of Rise's configuration"
)

_log = logging.getLogger(__name__)


async def stop(subject: Subject, tools: Tools) -> bool:
    """Let nobody have credentials any more; return False when a registry holds that up.

    Raises:
        NotReady: a registry is busy.
        ApiError: the API server refused, or did not answer.
    """
    project = subject.project
    if project.status.registry is not None:
        await subject.publish(Outcome(leaving="its credentials are being revoked"), tools)
    if tools.secrets.is_ended(project.metadata.uid):
        return True
    if tools.facts(project).namespace_state(project) is NamespaceState.OURS:
        await tools.secrets.delete(project)
    whose = images_of(project)
    chosen = tools.registries.get(tools.facts(project).registry_name(project))
    registries = {each.name: each for each in [*_known(project, tools), chosen] if each}
    done = await _everywhere(
        subject, registries.values(), lambda provider: provider.revoke(whose), tools
    )
    if done:
        tools.secrets.end(project.metadata.uid)
    return done


async def remove(subject: Subject, tools: Tools) -> bool:
    """Remove the project's images, unless they stay; return False when a registry holds that up.

    Raises:
        NotReady: a registry is busy.
        ApiError: the API server refused, or did not answer.
    """
    project = subject.project
    if project.spec.deletion_policy == "Orphan":
        return True
    whose = images_of(project)
    return await _everywhere(
        subject, _known(project, tools), lambda provider: provider.delete_repository(whose), tools
    )


def _known(project: Project, tools: Tools) -> list[Registry]:
    """Return where this project, and no other of its name, may have images.

    Of several registries at one place it is the project's own that is asked.
    """
    name = project.metadata.name
    chosen = tools.facts(project).registry_name(project)
    known = sorted(tools.registries.values(), key=lambda each: each.name == chosen)
    places = {each.provider.repository(name): each for each in known}
    for lost in set(project.status.repositories) - places.keys():
        _log.warning("project %s: nobody can remove %s: its registry is not configured", name, lost)
    return [places[each] for each in project.status.repositories if each in places]


async def _everywhere(
    subject: Subject,
    registries: Iterable[Registry],
    make: Callable[[RegistryProvider], Awaitable[None]],
    tools: Tools,
) -> bool:
    for registry in registries:
        try:
            await registry.call(make)
        except RegistryError as error:
            await _held_up(subject, error, tools)
            return False
    return True


async def _held_up(subject: Subject, error: RegistryError, tools: Tools) -> None:
    failure, again_s = failure_of_registry(error)
    failure = replace(failure, message=f"{failure.message}; {_WAY_OUT}")
    outcome = Outcome(failure=failure, failed_at=Step.CREDENTIALS)
    await subject.publish(outcome, tools)
    tools.again(subject.project.metadata.name, again_s or 1.0)
