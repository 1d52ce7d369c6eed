"""What a Project's status says about its registry and its pull credential.

    RegistryReady      False when
      RegistryUnknown      no registry of that name, or no default, is configured   Stalled
      RegistryNotAllowed   it is not for projects of this owner                     Stalled
      RepositoryConflict   images of an earlier project are there                   Stalled
      RegistryRefused      the registry does not take the operator's account        Stalled
      RegistryUnavailable  it does not answer: gates Ready only without a credential
      RepositoryClosed     an earlier project's tokens have not ended: never gates Ready
    CredentialsValid   False when there is none, or a quarter of its life is left, or none at all

`status.registry` is there only while people and programs may have credentials; a suspended
project's names none that counts.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from rise_crds.api import ANNOTATION_ROTATE, PULL_SECRET
from rise_crds.conditions import CREDENTIALS_VALID, REGISTRY_READY, find
from rise_crds.reasons import Reason
from rise_crds.v1alpha1.project import Project, RegistryStatus
from rise_operator import verdict
from rise_operator.credentials.decision import alarm
from rise_operator.project import ownership
from rise_operator.project.facts import NamespaceState, ProjectFacts
from rise_operator.verdict import Failure, Verdict, failed, good, stuck, waiting

REPOSITORIES_MAX = 8
_RFC3339 = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)
WITHHELD = frozenset({Reason.SUSPENDED, Reason.CREDENTIALS_WITHHELD, Reason.ROTATION_DELAYED})


@dataclass(frozen=True)
class Pull:
    """What a reconcile came to for images: where they are, and who may pull them."""

    record: RegistryStatus | None = None  # status.registry from now on
    pending: bool = False  # the Secret does not hold it yet, or the old one is not revoked yet
    failure: Failure | None = None  # why there is no new credential
    repositories: Sequence[str] = field(default_factory=tuple[str, ...])  # images may be there
    rotation_at: datetime | None = None  # until then one that is asked for waits


def obstacle(project: Project, facts: ProjectFacts) -> Verdict | None:
    """Return RegistryReady when people have to act before there can be any credential."""
    name = facts.registry_name(project)
    if name not in facts.registries:
        return stuck(REGISTRY_READY, Reason.REGISTRY_UNKNOWN, _unknown(project, facts, name))
    owners = facts.registry.owners if facts.registry else None
    owner = ownership.owner_name(project)
    if owners is not None and owner not in owners:
        message = (
            f"registry {name} is not for projects of {owner}: ask an administrator to add the "
            "owner, or create the project anew with another registry"
        )
        return stuck(REGISTRY_READY, Reason.REGISTRY_NOT_ALLOWED, message)
    return None


def may_have_credentials(project: Project, facts: ProjectFacts, namespace: NamespaceState) -> bool:
    """Tell whether `project` may have a pull credential at all."""
    return (
        namespace is NamespaceState.OURS
        and project.metadata.deletion_timestamp is None
        and not project.spec.suspend
        and obstacle(project, facts) is None
    )


def without_credentials(
    project: Project, facts: ProjectFacts, namespace: NamespaceState
) -> RegistryStatus | None:
    """Return `status.registry` of a project that may not have a credential."""
    record = project.status.registry
    stays = (
        record is not None
        and facts.registry is not None
        and record.repository == facts.registry.repository
        and namespace is NamespaceState.OURS
        and project.metadata.deletion_timestamp is None
        and obstacle(project, facts) is None
    )
    if record is None or not stays:
        return None
    gone = {"credentials": [], "pull_secret_ref": None, "expires_at": None, "renew_at": None}
    return record.model_copy(update=gone)


def as_before(project: Project, facts: ProjectFacts, namespace: NamespaceState) -> Pull:
    """Return what stays true when a reconcile did not come so far as to look."""
    known = project.status.repositories
    if may_have_credentials(project, facts, namespace):
        return Pull(project.status.registry, pending=not counts(project), repositories=known)
    record = without_credentials(project, facts, namespace)
    return Pull(record, pending=not is_withheld(project), repositories=known)


def counts(project: Project) -> bool:
    """Tell whether the published status says that the Secret holds what counts."""
    said = find(project.status.conditions, CREDENTIALS_VALID)
    return said is not None and (
        said.status == "True"
        or said.reason in {Reason.CREDENTIALS_EXPIRING, Reason.CREDENTIALS_EXPIRED}
    )


def is_withheld(project: Project) -> bool:
    """Tell whether the published status says that everything is revoked, or that nothing was."""
    said = find(project.status.conditions, CREDENTIALS_VALID)
    if said is None:
        return project.status.registry is None
    return said.status == "False" and said.reason in WITHHELD


def records(pull: Pull) -> dict[str, Any]:
    """Return the fields of the status."""
    said: dict[str, Any] = {}
    if pull.record is not None:
        dumped = pull.record.model_dump(mode="json", by_alias=True, exclude_none=True)
        said["registry"] = dumped
    if pull.repositories:
        said["repositories"] = list(pull.repositories)[:REPOSITORIES_MAX]
    return said


# ---- conditions ----------------------------------------------------------------------------------


def registry(project: Project, facts: ProjectFacts, pull: Pull) -> Verdict:
    """Return RegistryReady."""
    wrong = obstacle(project, facts)
    if wrong is not None:
        return wrong
    if pull.failure is not None and pull.failure.reason in _OF_THE_REGISTRY:
        return failed(REGISTRY_READY, pull.failure)
    name = facts.registry_name(project)
    return good(REGISTRY_READY, Reason.REGISTRY_CONFIGURED, f"images go to registry {name}")


_OF_THE_REGISTRY = frozenset(
    {
        Reason.REGISTRY_UNAVAILABLE,
        Reason.REGISTRY_REFUSED,
        Reason.REPOSITORY_CONFLICT,
        Reason.REPOSITORY_CLOSED,
    }
)
_SUSPENDED = "spec.suspend is true: the pull credentials are revoked"


def credentials(project: Project, facts: ProjectFacts, pull: Pull, now: datetime) -> Verdict:
    """Return CredentialsValid: False before a credential ends, not after."""
    record, failure = pull.record, pull.failure
    if record is None or not record.credentials:
        return _none(project, facts, pull)
    if pull.pending:
        message = f"a new credential is being written into Secret {PULL_SECRET}"
        return _because(failure) or waiting(CREDENTIALS_VALID, Reason.PROGRESSING, message)
    ends, alarm_at = record.expires_at, alarm(record.renew_at, record.expires_at)
    why = f": {failure.message}" if failure else ""
    if ends is not None and now >= ends:
        message = f"the pull credential has ended and could not be renewed{why}"
        return waiting(CREDENTIALS_VALID, Reason.CREDENTIALS_EXPIRED, message)
    if alarm_at is not None and now >= alarm_at:
        message = f"the pull credential ends soon and could not be renewed{why}"
        return waiting(CREDENTIALS_VALID, Reason.CREDENTIALS_EXPIRING, message)
    return _good(project, pull, f"Secret {PULL_SECRET} pulls {record.repository}/…")


def _good(project: Project, pull: Pull, message: str) -> Verdict:
    """Return CredentialsValid where all is well, and what becomes of a rotation asked for."""
    if pull.rotation_at is not None:
        message += (
            f"; a rotation that is asked for follows at {pull.rotation_at:%H:%M:%S} UTC, as there "
            "were so many just before"
        )
        return good(CREDENTIALS_VALID, Reason.ROTATION_DELAYED, message)
    if rotation_asked(project) is None and ANNOTATION_ROTATE in project.metadata.annotations:
        message += (
            f"; the annotation {ANNOTATION_ROTATE} is no RFC 3339 time (2026-01-02T03:04:05Z) and "
            "is ignored"
        )
        return good(CREDENTIALS_VALID, Reason.ROTATION_IGNORED, message)
    return good(CREDENTIALS_VALID, Reason.CREDENTIALS_VALID, message)


def _none(project: Project, facts: ProjectFacts, pull: Pull) -> Verdict:
    stopped = project.spec.suspend or project.metadata.deletion_timestamp is not None
    if pull.pending and (stopped or pull.rotation_at or obstacle(project, facts)):
        message = "the pull credentials are being revoked"
        return _because(pull.failure) or waiting(CREDENTIALS_VALID, Reason.PROGRESSING, message)
    if project.spec.suspend:
        return waiting(CREDENTIALS_VALID, Reason.SUSPENDED, _SUSPENDED)
    if pull.rotation_at is not None:
        message = (
            f"the next pull credential is made at {pull.rotation_at:%H:%M:%S} UTC, as there were "
            "so many just before"
        )
        return waiting(CREDENTIALS_VALID, Reason.ROTATION_DELAYED, message)
    if pull.failure is not None and pull.failure.reason not in _OF_THE_REGISTRY:
        return failed(CREDENTIALS_VALID, pull.failure)
    message = "there is no pull credential: NamespaceReady and RegistryReady say why"
    return waiting(CREDENTIALS_VALID, Reason.CREDENTIALS_WITHHELD, message)


def _because(failure: Failure | None) -> Verdict | None:
    return failed(CREDENTIALS_VALID, failure) if failure else None


def failing(said: Verdict, failure: Failure) -> Verdict:
    """Return CredentialsValid after a write failed: one that counts goes on counting."""
    return said if said.status == "True" else failed(CREDENTIALS_VALID, failure)


def gating(project: Project, registry: Verdict, credentials: Verdict) -> list[Verdict]:
    """Return which of both keep Ready from being true."""
    passing = registry.reason is Reason.REGISTRY_UNAVAILABLE and credentials.status == "True"
    if registry.reason is Reason.REPOSITORY_CLOSED:
        return []
    if project.spec.suspend:
        return [registry]
    return [credentials] if passing else [registry, credentials]


def rotation_asked(project: Project) -> str | None:
    """Return the annotation's value if it is a time as RFC 3339 writes it."""
    value = project.metadata.annotations.get(ANNOTATION_ROTATE)
    return value if value is not None and is_rfc3339(value) else None


def rotation_wanted(project: Project) -> bool:
    """Tell whether the annotation asks for another credential than the one that is recorded."""
    record, asked = project.status.registry, rotation_asked(project)
    return record is not None and asked is not None and asked != record.rotation


def is_dead(project: Project) -> bool:
    """Tell whether the recorded credential is a former owner's, or gone with a suspension."""
    record = project.status.registry
    if record is None or project.spec.suspend:
        return False
    return not record.credentials or record.owner != ownership.owner_name(project)


def is_rfc3339(value: str) -> bool:
    """Tell whether `value` is a time with a zone, as RFC 3339 (section 5.6) writes it."""
    if not _RFC3339.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(value.upper())
    except ValueError:
        return False
    return True


def _unknown(project: Project, facts: ProjectFacts, name: str) -> str:
    known = verdict.listed(sorted(facts.registries)) or "none"
    if project.spec.registry:
        return (
            f"registry {name} is not configured (there are: {known}): ask an administrator to add "
            "it, or create the project anew with another one; spec.registry cannot be changed"
        )
    return (
        f"no default registry is configured (there are: {known}): ask an administrator to name "
        "one in Rise's configuration"
    )
