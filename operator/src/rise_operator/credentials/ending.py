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

from rise_operator.credentials import places
from rise_operator.credentials.issuing import images_of
from rise_operator.credentials.trying import failure_of_registry
from rise_operator.project.facts import NamespaceState
from rise_operator.project.status import Outcome, Step
from rise_registry.contract import RegistryError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from rise_operator.credentials.registries import Registry
    from rise_operator.project.subject import Subject
    from rise_operator.tools import Tools

_WAY_OUT = (
    "the project goes once that is done; to let it go without, an administrator takes the registry "
    "out of Rise's configuration"
)

DELETION_S = 60.0  # one try; the next one goes on where it ended

_log = logging.getLogger(__name__)


async def stop(subject: Subject, tools: Tools) -> bool:
    """Let nobody have credentials any more; return False when a registry holds that up.

    Raises:
        Busy: too many calls of a registry are under way.
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
    everywhere = [*places.known(project, tools).values(), chosen]
    registries = {each.name: each for each in everywhere if each}
    done = await _everywhere(
        subject, registries.values(), lambda registry: registry.revoke(whose), tools
    )
    if done:
        tools.secrets.end(project.metadata.uid)
    return done


async def remove(subject: Subject, tools: Tools) -> bool:
    """Remove the project's images, unless they stay; return False when a registry holds that up.

    Raises:
        Busy: too many calls of a registry are under way.
        ApiError: the API server refused, or did not answer.
    """
    project = subject.project
    if project.spec.deletion_policy == "Orphan":
        return True
    whose, known = images_of(project), places.known(project, tools)
    for lost in [place for place, registry in known.items() if registry is None]:
        _log.warning("nobody can remove %s: its registry is not configured", lost)
    return await _everywhere(
        subject,
        [each for each in known.values() if each],
        lambda registry: registry.call(
            lambda provider: provider.delete_repository(whose), DELETION_S, whose.uid
        ),
        tools,
    )


async def _everywhere(
    subject: Subject,
    registries: Iterable[Registry],
    call: Callable[[Registry], Awaitable[None]],
    tools: Tools,
) -> bool:
    for registry in registries:
        try:
            await call(registry)
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
