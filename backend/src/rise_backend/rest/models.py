"""What REST answers with: camelCase JSON, documented in the OpenAPI document."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from rise_crds.api import Condition


class Answer(BaseModel):
    """Base of everything sent."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)


class Question(BaseModel):
    """Base of everything received: an unknown field is an error."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", strict=True
    )


class Fault(Answer):
    """One part of a request that is wrong."""

    detail: str = Field(description="What is wrong with it; never what was in it.")
    pointer: str | None = Field(default=None, description="Where in the body (RFC 6901).")
    parameter: str | None = Field(default=None, description="Which parameter of query or path.")
    header: str | None = Field(default=None, description="Which header.")


class Problem(Answer):
    """What went wrong and what to do about it (RFC 9457)."""

    type: str = Field(description="What kind of problem it is: one of docs/reference/problems.md.")
    title: str = Field(description="The kind in words.")
    status: int = Field(description="The HTTP status code, again.")
    detail: str = Field(description="What is wrong with this request, and what to do next.")
    instance: str | None = Field(default=None, description="The path that was asked for.")
    request_id: str = Field(description="What to look for in the server's log.")
    errors: list[Fault] | None = Field(default=None, description="Each part that is wrong.")


class Registry(Answer):
    """Where images live."""

    name: str
    url: str


class Configuration(Answer):
    """What a client needs to sign in."""

    issuer: str = Field(description="The identity provider.")
    client_id: str = Field(description="The public client to sign in with.")
    scopes: list[str] = Field(description="The scopes to ask for.")
    audience: str = Field(description="The audience of the tokens.")
    registries: list[Registry] = Field(description="The registries a project can name.")
    registry: str | None = Field(description="URL of the registry of a project that names none.")


class Owner(Answer):
    """Exactly one of the two."""

    user: str | None = Field(default=None, exclude_if=lambda value: value is None)
    team: str | None = Field(default=None, exclude_if=lambda value: value is None)


class Member(Owner):
    """Somebody who takes part."""

    role: str


class Project(Answer):
    """A project in a list."""

    name: str
    uid: str
    owner: Owner
    description: str
    source_url: str | None
    namespace: str | None = Field(description="Null until the operator has made it.")
    ready: bool
    reason: str = Field(description="The reason of the condition Ready.")
    message: str = Field(description="The message of the condition Ready.")
    suspended: bool
    deleting: bool
    created_at: datetime


class ProjectDetails(Project):
    """A project with everything."""

    members: list[Member]
    transfer_to: str | None = Field(description="E-mail address of whom it is offered to.")
    registry: str | None
    deletion_policy: str
    deletion_protection: bool
    conditions: list[Condition]


class Team(Answer):
    """A team in a list."""

    name: str
    uid: str
    owners: list[str]
    members: list[str]
    idp_group: str | None
    description: str
    ready: bool
    reason: str = Field(description="The reason of the condition Ready.")
    message: str = Field(description="The message of the condition Ready.")
    deleting: bool
    created_at: datetime


class TeamDetails(Team):
    """A team with everything."""

    conditions: list[Condition]


class Ending(Answer):
    """Something that is being deleted."""

    name: str
    uid: str


class Members(Answer):
    """Who takes part in a project."""

    items: list[Member]


class TeamMember(Answer):
    """Somebody of a team."""

    user: str
    role: str


class TeamMembers(Answer):
    """Who belongs to a team."""

    items: list[TeamMember]


class Change(Answer):
    """One field of the spec that a revision changed."""

    field: str
    before: Any = Field(description="Null: it was not there.")
    after: Any = Field(description="Null: it is not there any more.")


class Revision(Answer):
    """One state of a project's spec."""

    generation: int
    recorded_at: datetime = Field(description="When the operator first saw it.")
    manager: str | None = Field(
        description="Which program wrote it last, by its own word (a field manager of Kubernetes); "
        "null for the operator's own. Who the person was stands in the API server's audit log."
    )
    operation: str | None = Field(description="`Apply` or `Update`.")
    written_at: datetime | None = Field(description="When that program wrote.")
    changes: list[Change] | None = Field(
        description="What it changed, by field; null when the revision before is not known."
    )


class History(Answer):
    """A page of revisions, newest first."""

    items: list[Revision]
    next: str | None = Field(description="Ask for what comes `after` this; null: that is all.")


class Projects(Answer):
    """A page of projects."""

    items: list[Project]
    next: str | None = Field(description="Ask for what comes `after` this; null: that is all.")


class Teams(Answer):
    """A page of teams."""

    items: list[Team]
    next: str | None = Field(description="Ask for what comes `after` this; null: that is all.")
