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
from rise_crds.reasons import Reason
from rise_crds.v1alpha1.project import CredentialRecord, PullSecretRef, RegistryStatus
from rise_operator.credentials import decision, places, soundness
from rise_operator.credentials.decision import Need, Situation, decide
from rise_operator.credentials.registries import REFUSED_S, DefectError
from rise_operator.errors import Busy, PolicyMissing
from rise_operator.project import ownership, registry_status
from rise_operator.project.facts import NamespaceState
from rise_operator.project.registry_status import Pull
from rise_operator.verdict import Failure
from rise_registry.contract import (
    Project as Images,
)
from rise_registry.contract import (
    RegistryError,
    RegistryUnavailableError,
    RepositoryConflictError,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rise_crds.v1alpha1.project import Project
    from rise_operator.credentials.registries import Registry
    from rise_operator.project.facts import RegistryFacts
    from rise_operator.project.subject import Subject
    from rise_operator.tools import Tools
    from rise_registry.contract import Credential, RegistryProvider


SOONEST_S = 1.0  # whatever a registry says of when to ask again

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
    try:
        pull = await _provided(subject, facts.registry, registry, tools)
    except (RegistryError, PolicyMissing) as error:
        pull = _after(error, subject, tools)
    _wake_in_time(subject.project, pull, tools)
    return pull


def images_of(project: Project) -> Images:
    """Return `project` as providers know it."""
    return Images(project.metadata.name, project.metadata.uid)


# ---- getting one ---------------------------------------------------------------------------------


async def _provided(
    subject: Subject, place: RegistryFacts, registry: Registry, tools: Tools
) -> Pull:
    project = subject.project
    it = _situation(project, place, tools)
    todo = decide(it)
    if todo.need is Need.LOOK:
        it = replace(it, held=await tools.secrets.look(project), look_due=False)
        todo = decide(it)
    if todo.need is Need.MINT:
        tools.cluster.grants.require(project.metadata.name)
        credential = await _new(project, registry, tools)
        record = _record(project, place, credential, todo.kept)
        return await _published(subject, record, credential, tools, seamless=todo.seamless)
    if todo.need is Need.FINISH:
        await _revoke(project, it.record, tools)
    return Pull(project.status.registry, repositories=project.status.repositories)


def _situation(project: Project, place: RegistryFacts, tools: Tools) -> Situation:
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
        rotation=registry_status.rotation_asked(project),
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
    ends = decision.whole(credential.expires_at) if credential.expires_at else None
    return RegistryStatus(
        provider=place.provider,
        repository=place.repository,
        pull_secret_ref=PullSecretRef(name=PULL_SECRET),
        expires_at=ends,
        credentials=[CredentialRecord(id=credential.id, expires_at=ends), *kept],
        renew_at=decision.renewal(project.metadata.uid, credential.issued_at, ends),
        owner=ownership.owner_name(project),
        rotation=registry_status.rotation_asked(project) or (before.rotation if before else None),
    )


def _with(known: Sequence[str], repository: str) -> tuple[str, ...]:
    rest = [each for each in known if each != repository]
    return (repository, *rest)[: registry_status.REPOSITORIES_MAX]


# ---- losing it -----------------------------------------------------------------------------------


async def _withheld(subject: Subject, namespace: NamespaceState, tools: Tools) -> Pull:
    project, facts = subject.project, tools.facts(subject.project)
    uid = project.metadata.uid
    record = registry_status.without_credentials(project, facts, namespace)
    pull = Pull(record, pending=True, repositories=project.status.repositories)
    settled = registry_status.is_withheld(project) and not tools.secrets.is_untidy(uid)
    if settled and tools.secrets.due_in_s(uid) > 0:
        _wake_in_time(project, pull, tools)
        return replace(pull, pending=False)
    if project.status.registry is not None and project.status.registry != record:
        await subject.announce(pull, tools)
    try:
        if namespace is NamespaceState.OURS:
            await tools.secrets.delete(project)
        if not settled:
            await _revoke(project, None, tools)
    except RegistryError as error:
        pull = replace(_after(error, subject, tools), record=record)
    else:
        pull = replace(pull, pending=False)
    _wake_in_time(project, pull, tools)
    return pull


# ---- failures and timers -------------------------------------------------------------------------


def _after(error: RegistryError | PolicyMissing, subject: Subject, tools: Tools) -> Pull:
    """Return what follows from `error`, and have it tried again."""
    project = subject.project
    failure, again_s = failure_of_registry(error)
    if again_s is not None:
        again_s = max(again_s, SOONEST_S)
        if isinstance(error, RegistryError) and not isinstance(error, RegistryUnavailableError):
            tools.refusals.remember(project, error, again_s)
        jitter = decision.spread(project.metadata.uid) * min(again_s, 1 + again_s / 4)
        tools.again(project.metadata.name, again_s + jitter)
    return Pull(
        project.status.registry,
        pending=not registry_status.counts(project),
        failure=failure,
        repositories=project.status.repositories,
    )


def failure_of_registry(error: RegistryError | PolicyMissing) -> tuple[Failure, float | None]:
    """Return what to publish about `error`, and in how many seconds to try again."""
    match error:
        case PolicyMissing():  # whoever was held back is woken
            return Failure(Reason.POLICY_MISSING, str(error)), None
        case RegistryUnavailableError():
            failure = Failure(Reason.REGISTRY_UNAVAILABLE, f"{error}; it is tried again by itself")
            return failure, error.retry_after_s or REFUSED_S
        case RepositoryConflictError():
            ends_in_s: float | None = getattr(error, "retry_after_s", None)
            if ends_in_s is not None:
                return Failure(Reason.REPOSITORY_CLOSED, str(error)), ends_in_s
            return Failure(Reason.REPOSITORY_CONFLICT, str(error), final=True), REFUSED_S
        case DefectError():
            return Failure(Reason.INTERNAL_ERROR, str(error)), REFUSED_S
        case _:
            return Failure(Reason.REGISTRY_REFUSED, str(error), final=True), REFUSED_S


def _wake_in_time(project: Project, pull: Pull, tools: Tools) -> None:
    """Have the project looked at when its credential is to be renewed, or its Secret looked at."""
    holds_any = pull.record is not None and bool(pull.record.credentials)
    if pull.failure is not None and not holds_any:
        return  # there is nothing to look at, and when to try again is planned
    due = [tools.secrets.next_look_in_s(project.metadata.uid) + 1.0]
    if pull.record is not None and pull.failure is None and pull.record.renew_at is not None:
        left_s = (pull.record.renew_at - tools.clock()).total_seconds()
        due.append(max(left_s, 0.0) + 0.1)
    tools.again(project.metadata.name, min(due))
