"""The closed list of problems: what REST says when it does not do what it was asked.

Kinds are API: their `type` stands in answers, in the OpenAPI document and on the reference page.
None is ever renamed; a new one is added here first.
"""

from enum import StrEnum
from http import HTTPStatus
from typing import Self

BASE = "https://rise.dev/problems/"


class Kind(StrEnum):
    """One kind of problem: its name, status, title, where it comes from, what to do."""

    status: HTTPStatus
    title: str  # pyright: ignore[reportIncompatibleMethodOverride] - nobody needs str.title() here
    cause: str
    fix: str

    def __new__(cls, name: str, status: HTTPStatus, title: str, cause: str, fix: str) -> Self:
        """Attach status and texts to the name."""
        member = str.__new__(cls, name)
        member._value_ = name
        member.status, member.title, member.cause, member.fix = status, title, cause, fix
        return member

    @property
    def uri(self) -> str:
        """The `type` of a problem of this kind; it identifies, nothing needs to answer there."""
        return BASE + self.value

    UNREADABLE = (
        "unreadable",
        HTTPStatus.BAD_REQUEST,
        "The request cannot be read",
        "The body is not the JSON that the Content-Type promises.",
        "Send JSON in UTF-8.",
    )
    UNKNOWN_PARAMETER = (
        "unknown-parameter",
        HTTPStatus.BAD_REQUEST,
        "A query parameter is not known here",
        "The query has a parameter that this path does not take, or one of them twice.",
        "Look at the path in the OpenAPI document; a misspelt filter would show too much.",
    )
    INVALID_CURSOR = (
        "invalid-cursor",
        HTTPStatus.BAD_REQUEST,
        "The cursor is not one of ours",
        "`after` is not the `next` of a page of the same list in the same order.",
        "Begin with the first page, and hand `next` on as it is.",
    )
    INVALID_FLOW = (
        "invalid-flow",
        HTTPStatus.BAD_REQUEST,
        "The sign-in does not fit together",
        "`flow` is not what the start of a sign-in answered, or `state` is another sign-in's.",
        "Begin the sign-in anew. A wrong state may be somebody's attempt to sign you in as them.",
    )
    WAY_OFF = (
        "sign-in-way-off",
        HTTPStatus.BAD_REQUEST,
        "This way of signing in is switched off",
        "The identity provider does not offer it to this installation's client.",
        "Use another way, or ask an administrator.",
    )
    UNAUTHENTICATED = (
        "unauthenticated",
        HTTPStatus.UNAUTHORIZED,
        "Nobody is signed in",
        "The token is missing, expired or not acceptable. Which of them is never said.",
        "Sign in again, or refresh, and send the token as `Authorization: Bearer`.",
    )
    SIGN_IN_REFUSED = (
        "sign-in-refused",
        HTTPStatus.UNAUTHORIZED,
        "The sign-in was refused",
        "Password, code or refresh token is wrong or used up, or the account cannot use Rise.",
        "Try again with what is right; it counts as a failure.",
    )
    FORBIDDEN = (
        "forbidden",
        HTTPStatus.FORBIDDEN,
        "You may see it, but not do this",
        "The Kubernetes API server's roles or ownership policies refuse the change.",
        "`detail` says which rule, and whom to ask.",
    )
    NOT_FOUND = (
        "not-found",
        HTTPStatus.NOT_FOUND,
        "There is none that you may see",
        "There is none of that name, or it is somebody else's: the two are never told apart.",
        "Look at the spelling, or ask its owner to add you.",
    )
    NO_SUCH_PATH = (
        "no-such-path",
        HTTPStatus.NOT_FOUND,
        "There is nothing at this path",
        "The path is no part of the REST API.",
        "`/api/v1/openapi.json` lists what there is.",
    )
    METHOD_NOT_ALLOWED = (
        "method-not-allowed",
        HTTPStatus.METHOD_NOT_ALLOWED,
        "The path does not take this method",
        "The path exists, for other methods.",
        "The header Allow lists them.",
    )
    NAME_TAKEN = (
        "name-taken",
        HTTPStatus.CONFLICT,
        "The name is taken",
        "Each name is there once in the installation; perhaps you may not see who has this one.",
        "Choose another name.",
    )
    CONFLICT = (
        "conflict",
        HTTPStatus.CONFLICT,
        "Somebody else was faster, again and again",
        "The object changed each time between reading and writing it.",
        "Try again.",
    )
    NOT_OFFERED = (
        "not-offered",
        HTTPStatus.CONFLICT,
        "There is no such offer",
        "The project is not offered to you, or not any more.",
        "Ask its owner to offer it.",
    )
    NO_REPOSITORY = (
        "no-repository",
        HTTPStatus.CONFLICT,
        "The project has no place for images",
        "It is suspended, being deleted, or not made yet; or its registry cannot be used.",
        "The condition RegistryReady of the project says why.",
    )
    NO_REGISTRY_LOGIN = (
        "no-registry-login",
        HTTPStatus.CONFLICT,
        "The registry gives no such login",
        "This kind of registry does not hand out logins like this one.",
        "`detail` says what people do instead.",
    )
    SIGN_IN_EXPIRED = (
        "sign-in-expired",
        HTTPStatus.GONE,
        "Nobody confirmed in time",
        "The device code has run out, or has been used.",
        "Begin the sign-in anew.",
    )
    PRECONDITION_FAILED = (
        "precondition-failed",
        HTTPStatus.PRECONDITION_FAILED,
        "It is not what you think it is",
        "If-Match or If-None-Match does not fit the object as it is now.",
        "Read it again, look at what changed, and decide anew.",
    )
    TOO_LARGE = (
        "too-large",
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "The request is too large",
        "The body is over the limit.",
        "Send less.",
    )
    UNSUPPORTED_MEDIA_TYPE = (
        "unsupported-media-type",
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        "The body is of another kind than this path takes",
        "The Content-Type is missing or not one of those listed.",
        "Send JSON, and say so; the header Accept-Patch or Accept-Post lists what is taken.",
    )
    INVALID = (
        "invalid",
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "Some of it makes no sense",
        "Fields, parameters or headers are missing, unknown or out of bounds.",
        "`errors` names each of them.",
    )
    AGAINST_THE_RULES = (
        "against-the-rules",
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "The object would break a rule",
        "The Kubernetes API server refuses what the object would become, whoever asks.",
        "`detail` says which rule.",
    )
    TOO_MANY_FAILURES = (
        "too-many-failures",
        HTTPStatus.TOO_MANY_REQUESTS,
        "Too many failed sign-ins",
        "This person, or this address, has failed to sign in too often lately.",
        "Wait for as long as Retry-After says. Sign-ins that succeed never count.",
    )
    SLOW_DOWN = (
        "slow-down",
        HTTPStatus.TOO_MANY_REQUESTS,
        "Asked too often",
        "The device flow was polled before its interval had passed.",
        "Wait for as long as Retry-After says, from now on.",
    )
    TOO_MANY_REQUESTS = (
        "too-many-requests",
        HTTPStatus.TOO_MANY_REQUESTS,
        "Too much at once",
        "This person has too many requests open.",
        "Wait for some of them to end.",
    )
    INTERNAL = (
        "internal",
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "Something went wrong in the backend",
        "A mistake of ours; the log has it under the request's id.",
        "Try again, and if it stays, show an administrator the request's id.",
    )
    OUTCOME_UNKNOWN = (
        "outcome-unknown",
        HTTPStatus.BAD_GATEWAY,
        "It may or may not have been done",
        "The connection to the Kubernetes API server ended before its answer came.",
        "Look whether the change was made before you repeat it.",
    )
    UNAVAILABLE = (
        "unavailable",
        HTTPStatus.SERVICE_UNAVAILABLE,
        "Something that is needed does not answer",
        "The Kubernetes API server, the identity provider or the database is away.",
        "Wait for as long as Retry-After says, then try again.",
    )
