"""How a project gets its pull credential, and how it loses it: what `decide` says, done.

    get    mint → the status names it → Secret → the others are revoked → the status says it counts
    lose   the status names none → Secret → all are revoked → the status says so

A failure of the registry ends in the status and is tried again by a timer; one of the API server
is raised.
"""

from __future__ import annotations

import logging
import secrets
from dataclasses import replace
from typing import TYPE_CHECKING

from rise_crds.api import PULL_SECRET
from rise_crds.v1alpha1.project import CredentialRecord, PullSecretRef, RegistryStatus
from rise_operator.credentials import decision, places, soundness
from rise_operator.credentials.decision import Need, Situation, decide
from rise_operator.credentials.trying import after, wake_in_time
from rise_operator.errors import Busy, PolicyMissing
from rise_operator.project import ownership, registry_status
from rise_operator.project.facts import NamespaceState
from rise_operator.project.registry_status import Pull
from rise_registry.contract import (
    Project as Images,
)
from rise_registry.contract import RegistryError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from rise_crds.v1alpha1.project import Project
    from rise_operator.credentials.registries import Registry
    from rise_operator.project.facts import RegistryFacts
    from rise_operator.project.subject import Subject
    from rise_operator.tools import Tools
    from rise_registry.contract import Credential, RegistryProvider

_log = logging.getLogger(__name__)


async def pull_credential(subject: Subject, tools: Tools) -> Pull:
    """Bring the project's pull credential to what it should be; return what to publish.

    Raises:
        Busy: too many calls of the registry are under way.
        NotReady: the namespace is on its way out.
        Conflict: the Project has changed meanwhile.
        ApiError: the API server refused, or did not answer.
    """
    project, facts = subject.project, tools.facts(subject.project)
    namespace = facts.namespace_state(project)
    registry = tools.registries.get(facts.registry_name(project))
    allowed = registry_status.may_have_credentials(project, facts, namespace)
    if registry is None or facts.registry is None or not allowed:
        return await _withheld(subject, namespace, tools)
    rotation_at = _rotation_waits(project, tools)
    if rotation_at is not None and registry_status.is_dead(project):
        return await _withheld(subject, namespace, tools, rotation_at)
    try:
        pull = await _provided(subject, facts.registry, registry, tools, rotation_at)
    except (RegistryError, PolicyMissing) as error:
        pull = after(error, subject, tools)
    wake_in_time(project, pull, tools)
    return pull


def images_of(project: Project) -> Images:
    """Return `project` as providers know it."""
    return Images(project.metadata.name, project.metadata.uid)


# ---- getting one ---------------------------------------------------------------------------------


async def _provided(
    subject: Subject,
    place: RegistryFacts,
    registry: Registry,
    tools: Tools,
    rotation_at: datetime | None,
) -> Pull:
    project = subject.project
    it = _situation(project, place, tools, rotates=rotation_at is None)
    todo = decide(it)
    if todo.need is Need.LOOK:
        it = replace(it, held=await tools.secrets.look(project), look_due=False)
        todo = decide(it)
    if todo.need is Need.MINT:
        tools.cluster.grants.require(project.metadata.name)
        credential = await _new(project, registry, tools)
        if _is_asked_for(project) and not todo.kept:
            tools.rotations.made(project.metadata.uid, it.now)
            rotation_at = None
        record = _record(project, place, credential, todo.kept)
        pull = await _published(subject, record, credential, tools, seamless=todo.seamless)
        return replace(pull, rotation_at=rotation_at)
    if todo.need is Need.FINISH:
        await _revoke(project, it.record, tools)
    record, known = project.status.registry, project.status.repositories
    return Pull(record, repositories=known, rotation_at=rotation_at)


def _rotation_waits(project: Project, tools: Tools) -> datetime | None:
    """Return until when a rotation that is asked for waits; None when it, or nothing, is due."""
    if not _is_asked_for(project):
        return None
    return tools.rotations.next_at(project.metadata.uid, tools.clock())


def _is_asked_for(project: Project) -> bool:
    """Tell whether people want a new credential: each of their ways of doing so counts."""
    return registry_status.rotation_wanted(project) or registry_status.is_dead(project)


def _situation(project: Project, place: RegistryFacts, tools: Tools, *, rotates: bool) -> Situation:
    record, uid = project.status.registry, project.metadata.uid
    newest = record.credentials[0].id if record and record.credentials else None
    held = tools.secrets.known(uid)
    look_due = tools.secrets.due_in_s(uid) <= 0 or held not in {None, newest}
    if look_due:
        held = None  # what is remembered may be of another time
    return Situation(
        record=record,
        repository=place.repository,
        owner=ownership.owner_name(project),
        rotation=registry_status.rotation_asked(project) if rotates else None,
        counts=registry_status.counts(project) and not tools.secrets.is_untidy(uid),
        held=held,
        look_due=look_due,
        now=tools.clock(),
    )


async def _new(project: Project, registry: Registry, tools: Tools) -> Credential:
    whose, id_ = images_of(project), secrets.token_hex(8)

    async def minted(provider: RegistryProvider) -> Credential:
        credential = await provider.mint_pull(whose, id_)
        place = provider.repository(whose.name)
        wrong = soundness.complaint(credential, id_, place, tools.clock())
        if wrong:
            raise RegistryError(
                f"registry {registry.name} gave a credential that is not used, because {wrong}; "
                "an administrator asks whoever wrote its provider"
            )
        return credential

    tools.refusals.check(project)
    await registry.call(lambda provider: provider.ensure_repository(whose), whose=whose.uid)
    credential = await registry.call(minted, whose=whose.uid)
    registry.minted.inc()
    return credential


async def _published(
    subject: Subject, record: RegistryStatus, new: Credential, tools: Tools, *, seamless: bool
) -> Pull:
    """Name `new` in the status, then write it into the Secret, then end the others.

    `seamless`: whoever pulls meanwhile does so with what the Secret holds.
    """
    project = subject.project
    repositories = _with(project.status.repositories, record.repository)
    pull = Pull(record, pending=not seamless, repositories=repositories)
    await subject.announce(pull, tools)
    await tools.secrets.write(project, new)
    _log.info("project %s has pull credential %s", project.metadata.name, new.id)
    try:
        await _revoke(project, record, tools)
    except RegistryError as error:
        if not seamless:
            raise
        _log.info("project %s: old credentials end by themselves: %s", project.metadata.name, error)
    return replace(pull, pending=False)


async def _revoke(project: Project, record: RegistryStatus | None, tools: Tools) -> None:
    """Revoke what `record` does not name; a registry that is not configured knows none of ours."""
    whose = images_of(project)
    registry = tools.registries.get(tools.facts(project).registry_name(project))
    if registry is not None:
        keep = [each.id for each in record.credentials] if record else []
        await registry.revoke(whose, keep)
    tools.secrets.tidied(project.metadata.uid)
    for former in places.known(project, tools).values():
        if former is not None and former is not registry:
            await _left(former, whose)


async def _left(former: Registry, whose: Images) -> None:
    """End what a project has at a registry that was its own once; the inventory sees to the rest.

    Such a registry may be gone for good: no project waits for it.
    """
    try:
        await former.revoke(whose)
    except (RegistryError, Busy) as error:
        _log.warning("project %s may have credentials left: %s", whose.name, error)


def _record(
    project: Project,
    place: RegistryFacts,
    credential: Credential,
    kept: Sequence[CredentialRecord],
) -> RegistryStatus:
    before = project.status.registry
    # where something is kept nothing was forced: what people ask for may still wait
    obeyed = None if kept else registry_status.rotation_asked(project)
    ends = decision.whole(credential.expires_at) if credential.expires_at else None
    return RegistryStatus(
        provider=place.provider,
        repository=place.repository,
        pull_secret_ref=PullSecretRef(name=PULL_SECRET),
        expires_at=ends,
        credentials=[CredentialRecord(id=credential.id, expires_at=ends), *kept],
        renew_at=decision.renewal(project.metadata.uid, credential.issued_at, ends),
        owner=ownership.owner_name(project),
        rotation=obeyed or (before.rotation if before else None),
    )


def _with(known: Sequence[str], repository: str) -> tuple[str, ...]:
    rest = [each for each in known if each != repository]
    return (repository, *rest)[: registry_status.REPOSITORIES_MAX]


# ---- losing it -----------------------------------------------------------------------------------


async def _withheld(
    subject: Subject,
    namespace: NamespaceState,
    tools: Tools,
    rotation_at: datetime | None = None,
) -> Pull:
    """End every credential; `rotation_at`: until the next one may be made."""
    project, facts = subject.project, tools.facts(subject.project)
    uid = project.metadata.uid
    record = registry_status.without_credentials(project, facts, namespace)
    known = project.status.repositories
    pull = Pull(record, pending=True, repositories=known, rotation_at=rotation_at)
    settled = registry_status.is_withheld(project) and not tools.secrets.is_untidy(uid)
    if settled and tools.secrets.due_in_s(uid) > 0:
        wake_in_time(project, pull, tools)
        return replace(pull, pending=False)
    if project.status.registry is not None and project.status.registry != record:
        await subject.announce(pull, tools)
    try:
        if namespace is NamespaceState.OURS:
            await tools.secrets.delete(project)
        if not settled:
            await _revoke(project, None, tools)
    except RegistryError as error:
        pull = replace(after(error, subject, tools), record=record, rotation_at=rotation_at)
    else:
        pull = replace(pull, pending=False)
    wake_in_time(project, pull, tools)
    return pull
