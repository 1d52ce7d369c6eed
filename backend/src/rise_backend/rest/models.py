"""What REST answers with: camelCase JSON, documented in the OpenAPI document."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr
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


class Problem(Answer):
    """What went wrong and what to do about it (RFC 9457)."""

    type: str = Field(default="about:blank", description="What kind of problem it is.")
    title: str = Field(description="The kind in words.")
    status: int = Field(description="The HTTP status code, again.")
    detail: str = Field(description="What is wrong with this request, and what to do next.")
    instance: str | None = Field(default=None, description="The path that was asked for.")
    request_id: str = Field(description="What to look for in the server's log.")
    errors: list[str] | None = Field(default=None, description="Each field that is wrong.")


class Login(Question):
    """An e-mail address and a password."""

    email: Annotated[
        str,
        Field(
            min_length=3,
            max_length=254,
            pattern=r"^[^\x00-\x20\x7f]+$",
            description="The person's e-mail address.",
        ),
    ]
    password: Annotated[
        SecretStr, Field(min_length=1, max_length=1024, description="The person's password.")
    ]


class Session(Answer):
    """A signed-in person."""

    token: str = Field(description="The identity provider's own ID token; send it as Bearer.")
    expires_at: datetime = Field(description="When the token ends (RFC 3339).")
    user: str = Field(description="The person's e-mail address, in lower case.")


class Me(Answer):
    """Who the token belongs to."""

    user: str = Field(description="The e-mail address, in lower case.")
    username: str = Field(description="The name in Kubernetes.")
    groups: list[str] = Field(description="The groups in Kubernetes.")
    expires_at: datetime = Field(description="When the token ends (RFC 3339).")


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


class Projects(Answer):
    """A page of projects, by name."""

    items: list[Project]
    next: str | None = Field(description="Ask for what comes `after` this name; null: that is all.")


class Teams(Answer):
    """A page of teams, by name."""

    items: list[Team]
    next: str | None = Field(description="Ask for what comes `after` this name; null: that is all.")
