"""Project: something that a person or a team owns, with a namespace of its own."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field, StringConstraints

from rise_crds.models import Condition, Email, ObjectName, Resource
from rise_crds.rules import Model, Rule, SpecModel
from rise_crds.v1alpha1.naming import naming_rules

MEMBERS_MAX = 100
REGISTRY_PATTERN = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"
# No `user:token@`: everybody who sees the project sees the URL.
SOURCE_URL_PATTERN = "^https://[a-zA-Z0-9.-]+(:[0-9]{1,5})?([/?#][!-~]*)?$"


class Owner(SpecModel):
    """Who the project belongs to: exactly one of `user` and `team`."""

    # Atomic: an apply that changes `user` to `team` must not leave both.
    model_config = ConfigDict(json_schema_extra={"x-kubernetes-map-type": "atomic"})
    rules: ClassVar = (
        Rule(
            "has(self.user) != has(self.team)",
            "owner is exactly one of user and team",
            lambda owner: (owner.user is None) != (owner.team is None),
        ),
    )

    user: Annotated[
        Email | None, Field(description="E-mail address of the owning person, in lower case.")
    ] = None
    team: Annotated[ObjectName | None, Field(description="Name of the owning Team.")] = None


class TransferTo(SpecModel):
    """Whom the project is offered to; accepting means becoming the owner."""

    user: Annotated[
        Email, Field(description="E-mail address of the person who may accept, in lower case.")
    ]


class Member(SpecModel):
    """Somebody who takes part without owning: exactly one of `user` and `team`."""

    rules: ClassVar = (
        Rule(
            "has(self.user) != has(self.team)",
            "a member is exactly one of user and team",
            lambda member: (member.user is None) != (member.team is None),
        ),
    )

    user: Annotated[
        Email | None, Field(description="E-mail address of the person, in lower case.")
    ] = None
    team: Annotated[
        ObjectName | None,
        Field(
            description="Name of a Team, whose owners and members take part. It counts for the "
            "team that had the name when the entry was first seen."
        ),
    ] = None
    role: Annotated[
        Literal["viewer", "developer"],
        Field(
            description="`viewer` reads; `developer` reads and works in the namespace. Neither "
            "changes the project."
        ),
    ]


class ProjectSpec(SpecModel):
    """What people want the project to be."""

    rules: ClassVar = (
        Rule(
            "!has(oldSelf.registry) || (has(self.registry) && self.registry == oldSelf.registry)",
            "registry cannot be changed once it is set",
        ),
    )

    owner: Annotated[
        Owner, Field(description="Who the project belongs to: exactly one of `user` and `team`.")
    ]
    transfer_to: Annotated[
        TransferTo | None,
        Field(
            description="An offer: this person may make themselves the owner. Set by an owner, "
            "ended by removing it."
        ),
    ] = None
    members: Annotated[
        list[Member],
        Field(
            max_length=MEMBERS_MAX,
            description="Who takes part without owning; of two roles the greater counts. Only "
            "owners change it.",
            json_schema_extra={"x-kubernetes-list-type": "atomic"},
        ),
    ] = Field(default_factory=list[Member])
    description: Annotated[
        str, Field(max_length=1024, description="What the project is, for people.")
    ] = ""
    source_url: Annotated[
        Annotated[str, StringConstraints(max_length=2048, pattern=SOURCE_URL_PATTERN)] | None,
        Field(
            description="Where the source is: an https URL without a login in it. Rise shows it "
            "and does not open it."
        ),
    ] = None
    registry: Annotated[
        Annotated[str, StringConstraints(max_length=63, pattern=REGISTRY_PATTERN)] | None,
        Field(
            description="Name of a configured registry; the installation's default when absent. "
            "It cannot be changed once it is set."
        ),
    ] = None
    suspend: Annotated[
        bool,
        Field(
            description="Stop new credentials and deployments, and revoke credentials. Access and "
            "deletion work on."
        ),
    ] = False
    deletion_policy: Annotated[
        Literal["Delete", "Orphan"],
        Field(
            description="What happens to namespace and images at the end: `Delete` removes them, "
            "`Orphan` keeps them."
        ),
    ] = "Delete"
    deletion_protection: Annotated[
        bool, Field(description="Refuse to delete the project until this is false.")
    ] = False


class TeamRecord(Model):
    """Which Team an entry of `spec.members` was when it was first seen."""

    team: Annotated[str, Field(max_length=40, description="Name of the Team.")]
    uid: Annotated[str, Field(max_length=64, description="UID of the Team.")]


class PullSecretRef(Model):
    """The Secret with the pull credential."""

    name: Annotated[str, Field(max_length=63, description="Name, in the project's namespace.")]


class CredentialRecord(Model):
    """A pull credential that counts; what it says stands in the Secret alone."""

    model_config = ConfigDict(populate_by_name=True)

    id: Annotated[str, Field(max_length=64, description="Random; no secret.")]
    expires_at: Annotated[
        datetime | None, Field(description="When it ends; absent when the registry knows no end.")
    ] = None


class RegistryStatus(Model):
    """Where the project's images live; absent while nobody may have credentials for them."""

    model_config = ConfigDict(populate_by_name=True)

    provider: Annotated[str, Field(max_length=63, description="The provider's name.")]
    repository: Annotated[
        str,
        Field(max_length=512, description="How names of the project's images begin: HOST/PATH."),
    ]
    pull_secret_ref: Annotated[
        PullSecretRef | None, Field(description="The Secret that images are pulled with.")
    ] = None
    expires_at: Annotated[
        datetime | None, Field(description="When the credential in the Secret ends.")
    ] = None
    credentials: Annotated[
        list[CredentialRecord],
        Field(
            max_length=2,
            description="Pull credentials that count: the newest first, then the one before it "
            "until it ends.",
            json_schema_extra={"x-kubernetes-list-type": "atomic"},
        ),
    ] = Field(default_factory=list[CredentialRecord])
    renew_at: Annotated[
        datetime | None, Field(description="When the operator makes the next credential.")
    ] = None
    owner: Annotated[
        str | None,
        Field(
            max_length=260,
            description="Whose the project was when the credential was made: another owner gets "
            "another one.",
        ),
    ] = None
    rotation: Annotated[
        str | None,
        Field(
            max_length=64,
            description="The value of the annotation rise.dev/rotate-credentials that was obeyed "
            "last.",
        ),
    ] = None


class ProjectStatus(Model):
    """What the operator made of it."""

    observed_generation: Annotated[
        int, Field(description="The metadata.generation that the status speaks of.")
    ] = -1
    conditions: Annotated[
        list[Condition],
        Field(
            max_length=16,
            description="The state, aspect by aspect; `Ready` sums up.",
            json_schema_extra={
                "x-kubernetes-list-type": "map",
                "x-kubernetes-list-map-keys": ["type"],
            },
        ),
    ] = Field(default_factory=list[Condition])
    owner: Annotated[
        str | None, Field(max_length=260, description="`user:EMAIL` or `team:NAME`.")
    ] = None
    owner_team_uid: Annotated[
        str | None,
        Field(max_length=64, description="UID of the owning Team when it was first seen."),
    ] = None
    namespace: Annotated[
        str | None, Field(max_length=63, description="The project's namespace.")
    ] = None
    registry: Annotated[
        RegistryStatus | None,
        Field(description="Where images live, and the credentials that count for them."),
    ] = None
    repositories: Annotated[
        list[Annotated[str, Field(max_length=512)]],
        Field(
            max_length=8,
            description="Where the project may have images, HOST/PATH: they are removed with it.",
            json_schema_extra={"x-kubernetes-list-type": "atomic"},
        ),
    ] = Field(default_factory=list[str])
    members: Annotated[
        list[TeamRecord],
        Field(
            max_length=MEMBERS_MAX,
            description="Which Teams `spec.members` names.",
            json_schema_extra={
                "x-kubernetes-list-type": "map",
                "x-kubernetes-list-map-keys": ["team"],
            },
        ),
    ] = Field(default_factory=list[TeamRecord])


class Project(Resource):
    """Something that a person or a team owns: a namespace, access to it, a place for images."""

    rules: ClassVar = naming_rules("project")

    kind: Literal["Project"]
    spec: Annotated[ProjectSpec, Field(description="What people want the project to be.")]
    status: Annotated[
        ProjectStatus, Field(description="What the operator made of it; written by it alone.")
    ] = ProjectStatus()
