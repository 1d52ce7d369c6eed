"""What the API server says when it does not do what was asked.

ApiError              any refusal: retried with back-off     (an Unavailable)
├── Away              no answer, or 429 and 5xx
├── NotFound          404
├── Conflict          409, and 422 of a JSON patch whose `test` failed: somebody else was faster
├── Gone              410: the version asked for is no longer kept
├── Forbidden         401, 403
├── PolicyNotReady    right after its start, the server cannot find a policy's parameters yet
└── Invalid           every other 4xx
"""

from http import HTTPStatus
from typing import Any

from rise_crds.api import POLICIES_STARTING
from rise_operator.errors import Unavailable


class ApiError(Unavailable):
    """The API server refused, or did not answer."""

    def __init__(self, message: str, status: int = 0, causes: frozenset[str] = frozenset()) -> None:
        """Keep the HTTP status (0: no answer) and the reasons of the causes."""
        super().__init__(message)
        self.status = status
        self.causes = causes


class Away(ApiError):
    """No answer, or one that says to try again later."""


class NotFound(ApiError):
    """There is no such object."""


class Conflict(ApiError):
    """The object is not what we took it for: look again, and try again."""


class Gone(ApiError):
    """The server does not keep that version any more: list again."""


class Forbidden(ApiError):
    """We may not do this, or not yet."""


class PolicyNotReady(ApiError):
    """A policy's parameters are not loaded yet: everything it governs is refused meanwhile."""


class Invalid(ApiError):
    """The server does not accept what was sent."""


_BY_STATUS: dict[int, type[ApiError]] = {
    HTTPStatus.UNAUTHORIZED: Forbidden,
    HTTPStatus.FORBIDDEN: Forbidden,
    HTTPStatus.NOT_FOUND: NotFound,
    HTTPStatus.CONFLICT: Conflict,
    HTTPStatus.GONE: Gone,
    HTTPStatus.TOO_MANY_REQUESTS: Away,
}


def refusal(status: int, answer: Any, *, tested: bool = False) -> ApiError:
    """Return the error for an answer of the API server.

    `tested`: a JSON patch with a `test` was sent, so a 422 without causes means that it failed.
    """
    body: dict[str, Any] = answer if isinstance(answer, dict) else {}
    message = str(body.get("message") or answer or f"HTTP {status}")
    details: dict[str, Any] = body.get("details") or {}
    causes = frozenset(str(each.get("reason", "")) for each in details.get("causes") or [])
    if any(words in message for words in POLICIES_STARTING):
        return PolicyNotReady(message, status, causes)
    if tested and status == HTTPStatus.UNPROCESSABLE_ENTITY and not causes:
        return Conflict(message, status)
    if "ResourceVersionTooLarge" in causes:  # the server was restored from a backup
        return Gone(message, status, causes)
    default = Away if status >= HTTPStatus.INTERNAL_SERVER_ERROR else Invalid
    return _BY_STATUS.get(status, default)(message, status, causes)
