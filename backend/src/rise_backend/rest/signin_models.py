"""What is sent and answered while somebody signs in, goes on, and signs out."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, SecretStr

from rise_backend.rest.models import Answer, Question


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
