"""The closed list of reasons: why a condition says what it says.

Reasons are API: they stand in conditions, events, metrics, `rise explain` and the reference page.
None is ever renamed; a new one is added here first.
"""

from enum import StrEnum
from typing import Self


class Reason(StrEnum):
    """One reason: its name, what it is, where it comes from, what to do."""

    title: str  # pyright: ignore[reportIncompatibleMethodOverride] - nobody needs str.title() here
    cause: str
    fix: str

    def __new__(cls, name: str, title: str, cause: str, fix: str) -> Self:
        """Attach the texts to the name."""
        member = str.__new__(cls, name)
        member._value_ = name
        member.title, member.cause, member.fix = title, cause, fix
        return member

    RECONCILED = (
        "Reconciled",
        "Everything is as the spec asks",
        "The operator has applied the current generation and found nothing missing.",
        "Nothing to do.",
    )
    PROGRESSING = (
        "Progressing",
        "The operator is at work",
        "The object is new or has just changed, or something it needs is on its way.",
        "Wait a moment. If it lasts for minutes, look at the operator's log.",
    )
    TERMINATING = (
        "Terminating",
        "The object is being deleted",
        "Somebody deleted it; the operator is taking away what belongs to it.",
        "Wait until it is gone; NamespaceReady says what is still there.",
    )
    SUSPENDED = (
        "Suspended",
        "The project is suspended",
        "spec.suspend is true: no new credentials and deployments.",
        "Set spec.suspend to false when the project may go on.",
    )
    OWNER_RESOLVED = (
        "OwnerResolved",
        "The owner is known",
        "The owning person needs no look-up, or the owning team exists.",
        "Nothing to do.",
    )
    OWNER_NOT_FOUND = (
        "OwnerNotFound",
        "The owning team does not exist",
        "spec.owner.team names a team that has not been created yet, or is spelled wrongly.",
        "Create the team, or set spec.owner to an owner that exists. It heals by itself.",
    )
    OWNER_TERMINATING = (
        "OwnerTerminating",
        "The owning team is being deleted",
        "Somebody deleted the team; it waits until no project has it as owner.",
        "Set spec.owner to somebody else, or delete the project.",
    )
    OWNER_REPLACED = (
        "OwnerReplaced",
        "Another team has the owning team's name",
        (
            "The team that owned the project was deleted, and a new one was created under its "
            "name. Rights hang on the team, not on its name, so the new one inherits nothing."
        ),
        (
            "An administrator, or an account with the verb set-owner, confirms the new team: set "
            "spec.owner to a person and then back to the team."
        ),
    )
    NAMESPACE_READY = (
        "NamespaceReady",
        "The namespace stands",
        "The namespace exists and carries the project's UID.",
        "Nothing to do.",
    )
    NAMESPACE_CONFLICT = (
        "NamespaceConflict",
        "The namespace belongs to somebody else",
        (
            "A namespace of that name existed before, made by somebody else or left by an earlier "
            "project with deletionPolicy Orphan. Rise never adopts it."
        ),
        "An administrator removes or renames the namespace, or you choose another project name.",
    )
    NAMESPACE_TERMINATING = (
        "NamespaceTerminating",
        "The namespace is being deleted",
        "Kubernetes is removing what stands in it; a finalizer in it may hold it up.",
        "Wait. If it lasts, an administrator looks at the namespace's own conditions.",
    )
    ACCESS_GRANTED = (
        "AccessGranted",
        "Everybody has the rights they should have",
        "All roles and bindings are written.",
        "Nothing to do.",
    )
    ACCESS_PENDING = (
        "AccessPending",
        "Rights are not complete",
        "Something that the rights depend on is missing: the owning team or the namespace.",
        "Look at OwnerResolved and NamespaceReady.",
    )
    REGISTRY_CONFIGURED = (
        "RegistryConfigured",
        "The registry is known",
        "spec.registry, or the default, is one of the configured registries.",
        "Nothing to do.",
    )
    REGISTRY_UNKNOWN = (
        "RegistryUnknown",
        "No registry of that name is configured",
        "spec.registry names a registry that this installation does not have.",
        (
            "Ask an administrator which registries there are, or create the project without "
            "spec.registry."
        ),
    )
    REGISTRY_NOT_ALLOWED = (
        "RegistryNotAllowed",
        "The registry is not for projects of this owner",
        "The installation names who may use this registry, and the owner is not among them.",
        "Ask an administrator to add the owner, or create the project without spec.registry.",
    )
    REGISTRY_UNAVAILABLE = (
        "RegistryUnavailable",
        "The registry did not answer",
        "The registry, or the service that hands out its credentials, is away or overloaded.",
        (
            "Wait: it is tried again, and credentials that are there go on working. If it lasts, "
            "an administrator looks at the registry."
        ),
    )
    REGISTRY_REFUSED = (
        "RegistryRefused",
        "The registry refused the operator",
        "The operator's account at the registry, its key or its configuration is not right.",
        "An administrator mends what the message names; it is tried again every minute.",
    )
    REPOSITORY_CONFLICT = (
        "RepositoryConflict",
        "There are images of an earlier project under the name",
        "An earlier project of that name left its images; Rise never hands them to another one.",
        "An administrator removes the images, or you choose another project name.",
    )
    REPOSITORY_CLOSED = (
        "RepositoryClosed",
        "An earlier project had the name until just now",
        (
            "What the registry handed out to the earlier project's people and programs works for "
            "some minutes more, and would open this project's images."
        ),
        "Wait: it opens by itself at the time in the message.",
    )
    CREDENTIALS_VALID = (
        "CredentialsValid",
        "Images can be pulled",
        "The Secret rise-registry in the project's namespace holds a credential that counts.",
        "Nothing to do.",
    )
    CREDENTIALS_EXPIRING = (
        "CredentialsExpiring",
        "The pull credential ends soon and could not be renewed",
        "Less than a quarter of its life is left; RegistryReady says what keeps it.",
        "An administrator mends the registry before the time in status.registry.expiresAt.",
    )
    CREDENTIALS_EXPIRED = (
        "CredentialsExpired",
        "The pull credential has ended",
        "It could not be renewed in time; RegistryReady says what keeps it.",
        "An administrator mends the registry; the operator renews by itself.",
    )
    CREDENTIALS_WITHHELD = (
        "CredentialsWithheld",
        "There is no pull credential",
        "Something that it depends on is not as it should be.",
        "Look at NamespaceReady and RegistryReady.",
    )
    ROTATION_IGNORED = (
        "RotationIgnored",
        "The annotation rise.dev/rotate-credentials is not understood",
        "Its value is no time as RFC 3339 writes it.",
        "Give it a time like 2026-01-02T03:04:05Z, or use `rise registry rotate`.",
    )
    ROTATION_DELAYED = (
        "RotationDelayed",
        "A rotation waits, as there were so many just before",
        (
            "The annotation rise.dev/rotate-credentials or the owner was changed, or the project "
            "suspended and resumed, again and again: more than five times within ten minutes, "
            "where an administrator has set nothing else."
        ),
        (
            "Wait until the time that the condition names: the last rotation asked for happens "
            "then. In an emergency suspend the project, which ends every credential at once."
        ),
    )
    MIRROR_WRITTEN = (
        "MirrorWritten",
        "Lists and search show this state",
        "The database holds the current state.",
        "Nothing to do.",
    )
    DATABASE_UNAVAILABLE = (
        "DatabaseUnavailable",
        "The database did not take the state",
        "PostgreSQL is away or refused the write; lists and search may be behind.",
        "Nothing is lost: the operator catches up by itself. An administrator looks at PostgreSQL.",
    )
    PROJECTS_REMAIN = (
        "ProjectsRemain",
        "The team still owns projects",
        "A team is deleted only when no project has it as owner; projects are never deleted along.",
        "Delete the projects named, or give them another owner; then the team goes by itself.",
    )
    INVALID_SPEC = (
        "InvalidSpec",
        "The spec cannot be read",
        "The object was stored under other rules than today's, and does not fulfil these.",
        "Change the field that the message names.",
    )
    API_UNAVAILABLE = (
        "ApiUnavailable",
        "The Kubernetes API did not answer or refused the operator",
        "The API server is restarting or overloaded, or the operator's rights were changed.",
        (
            "Wait: it is tried again. If it lasts, an administrator compares RBAC and policies "
            "with the chart."
        ),
    )
    POLICY_MISSING = (
        "PolicyMissing",
        "The rules of ownership are not in force",
        "An admission policy or a binding of the chart is missing, edited or not yet active.",
        "An administrator installs the chart again. Nothing new is granted until then.",
    )
    INTERNAL_ERROR = (
        "InternalError",
        "The operator met an error of its own",
        "A defect in Rise; the operator's log has the details.",
        "Report it with the lines of the log that name the object.",
    )
