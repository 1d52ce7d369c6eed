"""What REST answers with: camelCase JSON, documented in the OpenAPI document."""

from datetime import datetime
from typing import Annotated, Any, Literal

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


class Offline(Question):
    """How long a session should last."""

    offline: bool = Field(
        default=False,
        description="Also return a refresh token, so that the session outlasts the ID token. The "
        "identity provider keeps one for each person and client: a later one ends the earlier.",
    )


class Login(Offline):
    """An e-mail address and a password."""

    email: Annotated[
        str,
        Field(
            min_length=3,
            max_length=254,
            pattern=r"^[^\x00-\x20\x7f]+$",
            description="The person's e-mail address.",
            examples=["alice@example.com"],
        ),
    ]
    password: Annotated[
        SecretStr,
        Field(
            min_length=1,
            max_length=1024,
            description="The person's password.",
            examples=["correct horse battery staple"],
        ),
    ]


Secret = Annotated[SecretStr, Field(min_length=1, max_length=16384)]


class BeginBrowser(Offline):
    """Where the browser should come back to."""

    redirect_uri: Annotated[
        str,
        Field(
            max_length=2048,
            pattern=r"^https?://[!-~]+$",
            description="The client's own URL that receives `code` and `state`; registered at the "
            "identity provider. Plain http only on loopback.",
            examples=["http://127.0.0.1:8765/callback"],
        ),
    ]


class Browser(Answer):
    """A sign-in in a browser that has begun; nothing of it stays in the server."""

    url: str = Field(description="Open this in the person's browser.")
    state: str = Field(description="What the redirect must bring back; `finish` compares it.")
    flow: str = Field(
        description="Keep this to yourself and hand it to `finish`: it holds what proves that "
        "whoever finishes is who began (PKCE verifier, nonce, state)."
    )


class FinishBrowser(Question):
    """What the redirect brought, and what the start answered."""

    code: Annotated[Secret, Field(description="`code` of the redirect.", examples=["mdk3x5y7"])]
    state: Annotated[
        str, Field(max_length=200, description="`state` of the redirect.", examples=["kZ0w…"])
    ]
    flow: Annotated[Secret, Field(description="`flow` of the start.", examples=["eyJ2ZXJp…"])]


class BeginDevice(Offline):
    """Nothing needs to be said."""


class Device(Answer):
    """A sign-in on another device that has begun."""

    user_code: str = Field(description="What the person compares or types in.")
    verification_uri: str = Field(description="Where the person goes, on any device.")
    verification_uri_complete: str | None = Field(description="The same with the code filled in.")
    expires_in: int = Field(description="How long that is possible, in seconds.")
    interval: int = Field(description="How long to wait between two polls, in seconds.")
    flow: str = Field(description="Keep this to yourself and hand it to each `poll`.")


class PollDevice(Question):
    """Which sign-in."""

    flow: Annotated[Secret, Field(description="`flow` of the start.", examples=["eyJkZXZp…"])]


class Pending(Answer):
    """Nobody has confirmed yet."""

    status: Literal["pending"] = "pending"
    interval: int = Field(description="How long to wait before the next poll, in seconds.")


class Refresh(Question):
    """A session to go on with."""

    refresh_token: Annotated[
        Secret, Field(description="The newest refresh token of the session.", examples=["Chlw…"])
    ]


class Logout(Question):
    """A session to end."""

    refresh_token: Annotated[
        Secret | None,
        Field(
            default=None,
            description="The newest refresh token of the session, if it has one.",
            examples=["Chlw…"],
        ),
    ]


class Session(Answer):
    """A signed-in person."""

    token: str = Field(description="The identity provider's own ID token; send it as Bearer.")
    expires_at: datetime = Field(description="When the token ends (RFC 3339).")
    user: str = Field(description="The person's e-mail address, in lower case.")
    refresh_token: str | None = Field(
        default=None,
        description="With `offline` only: for /login/refresh, once; each answer has a new one.",
        exclude_if=lambda value: value is None,
    )


class SignedOut(Answer):
    """What a sign-out came to."""

    refresh_token_revoked: bool = Field(
        description="Whether this ended a refresh token that could be used until now."
    )
    note: str = Field(description="What nobody can call back.")


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
