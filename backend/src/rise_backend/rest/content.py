"""What people send: projects, teams and parts of them, as REST spells them."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from rise_backend.rest.models import Question
from rise_crds.models import Email
from rise_crds.names import NAME_MAX_LENGTH
from rise_crds.v1alpha1.project import MEMBERS_MAX, REGISTRY_PATTERN, SOURCE_URL_PATTERN

NAME = r"^[a-z](-?[a-z0-9])*$"
ALICE = "alice@example.com"

Name = Annotated[
    str,
    StringConstraints(min_length=1, max_length=NAME_MAX_LENGTH, pattern=NAME),
    Field(description="The name: one for the whole installation.", examples=["shop"]),
]
TeamName = Annotated[
    str,
    StringConstraints(min_length=1, max_length=NAME_MAX_LENGTH, pattern=NAME),
    Field(description="Name of a team.", examples=["core"]),
]
Person = Annotated[Email, Field(description="E-mail address in lower case.", examples=[ALICE])]
Description = Annotated[str, Field(max_length=1024, description="What it is, for people.")]
Role = Annotated[
    Literal["viewer", "developer"],
    Field(description="A viewer reads; a developer reads and works in the namespace."),
]
TeamRole = Annotated[
    Literal["owner", "member"], Field(description="An owner decides about the team.")
]


def _distinct(addresses: list[str]) -> list[str]:
    if len(set(addresses)) != len(addresses):
        raise ValueError("an address stands here twice")
    return addresses


def _without_defaults(schema: dict[str, Any]) -> None:
    """What a change leaves out stays as it is: no client should fill it in."""
    for field in schema["properties"].values():
        field.pop("default", None)


class OwnerUser(Question):
    """A person owns it."""

    user: Person


class OwnerTeam(Question):
    """A team owns it."""

    team: TeamName


class MemberUser(OwnerUser):
    """A person takes part."""

    role: Role


class MemberTeam(OwnerTeam):
    """A team takes part."""

    role: Role


SomeOwner = Annotated[
    OwnerUser | OwnerTeam,
    Field(description="Exactly one of `user` and `team`.", examples=[{"user": ALICE}]),
]
Members = Annotated[
    list[MemberUser | MemberTeam],
    Field(
        max_length=MEMBERS_MAX,
        description="Who takes part without owning.",
        examples=[[{"team": "core", "role": "viewer"}]],
    ),
]
SourceUrl = Annotated[
    Annotated[str, StringConstraints(max_length=2048, pattern=SOURCE_URL_PATTERN)] | None,
    Field(
        description="Where the source is: https, without a login in it.",
        examples=["https://git.example.com/shop"],
    ),
]
Registry = Annotated[
    Annotated[str, StringConstraints(max_length=63, pattern=REGISTRY_PATTERN)] | None,
    Field(description="Name of a configured registry; it cannot be changed once it is set."),
]
TransferTo = Annotated[
    Email | None, Field(description="Whom it is offered to: this person may accept it.")
]
Suspended = Annotated[bool, Field(description="Stop new credentials and deployments.")]
DeletionPolicy = Annotated[
    Literal["Delete", "Orphan"],
    Field(description="Whether namespace and images go with the project, or stay."),
]
DeletionProtection = Annotated[bool, Field(description="Refuse to delete it while this is true.")]


class ProjectContent(Question):
    """A whole project; what is left out is as for a new one."""

    owner: SomeOwner
    description: Description = ""
    source_url: SourceUrl = None
    registry: Registry = None
    suspended: Suspended = False
    members: Members = Field(default_factory=list)
    transfer_to: TransferTo = None
    deletion_policy: DeletionPolicy = "Delete"
    deletion_protection: DeletionProtection = False


class NewProject(ProjectContent):
    """A project to make; without an owner it is the caller's own."""

    name: Name
    owner: SomeOwner | None = None  # pyright: ignore[reportIncompatibleVariableOverride] - wider


class ProjectChange(Question):
    """What to change of a project (RFC 7386); what is left out stays."""

    model_config = ConfigDict(json_schema_extra=_without_defaults)

    owner: SomeOwner = Field(default=None)  # pyright: ignore[reportAssignmentType] - never read
    description: Description = ""
    source_url: SourceUrl = None
    registry: Registry = None
    suspended: Suspended = False
    members: Members = Field(default_factory=list)
    transfer_to: TransferTo = None
    deletion_policy: DeletionPolicy = "Delete"
    deletion_protection: DeletionProtection = False


Owners = Annotated[
    list[Email],
    AfterValidator(_distinct),
    Field(
        min_length=1,
        max_length=50,
        description="Who decides about the team and its projects.",
        examples=[[ALICE]],
        json_schema_extra={"uniqueItems": True},
    ),
]
TeamMembers = Annotated[
    list[Email],
    AfterValidator(_distinct),
    Field(
        max_length=500,
        description="Who works on the team's projects.",
        json_schema_extra={"uniqueItems": True},
    ),
]
IdpGroup = Annotated[
    Annotated[str, StringConstraints(max_length=253)] | None,
    Field(description="A group of the identity provider; setting it needs the verb bind-group."),
]


class TeamContent(Question):
    """A whole team; what is left out is as for a new one."""

    owners: Owners
    members: TeamMembers = Field(default_factory=list)
    idp_group: IdpGroup = None
    description: Description = ""


class NewTeam(TeamContent):
    """A team to make; without owners the caller is the one."""

    name: Name
    owners: Owners | None = None  # pyright: ignore[reportIncompatibleVariableOverride] - wider


class TeamChange(Question):
    """What to change of a team (RFC 7386); what is left out stays."""

    model_config = ConfigDict(json_schema_extra=_without_defaults)

    owners: Owners = Field(default_factory=list)
    members: TeamMembers = Field(default_factory=list)
    idp_group: IdpGroup = None
    description: Description = ""


class Membership(Question):
    """What somebody is in a project."""

    role: Role


class TeamMembership(Question):
    """What somebody is in a team."""

    role: TeamRole


class Offer(Question):
    """Whom to offer a project to."""

    user: Person
