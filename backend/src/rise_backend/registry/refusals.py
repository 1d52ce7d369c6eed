"""Why there is no token, in the words of registries: `{"errors": [{"code", "message"}]}`.

https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes
"""

from collections.abc import Mapping
from http import HTTPStatus

import orjson

CODES = {
    HTTPStatus.UNAUTHORIZED: "UNAUTHORIZED",
    HTTPStatus.TOO_MANY_REQUESTS: "TOOMANYREQUESTS",
    HTTPStatus.SERVICE_UNAVAILABLE: "UNAVAILABLE",
    HTTPStatus.INTERNAL_SERVER_ERROR: "UNKNOWN",
}
CHALLENGE = 'Basic realm="Rise", charset="UTF-8"'


class RefusedError(Exception):
    """The request is answered without a token; the message is for people."""

    def __init__(self, code: HTTPStatus, message: str, **headers: str) -> None:
        """Answer with `code`; `headers` are named with underscores."""
        super().__init__(message)
        self.code = code
        self.headers: Mapping[str, str] = {
            name.replace("_", "-"): value for name, value in headers.items()
        }

    def body(self) -> bytes:
        """Return what a client of a registry shows."""
        code = CODES.get(self.code, "UNSUPPORTED")
        return orjson.dumps({"errors": [{"code": code, "message": str(self)}]})


def unauthorized(message: str) -> RefusedError:
    """Return the refusal that asks for a user name and a password."""
    return RefusedError(HTTPStatus.UNAUTHORIZED, message, www_authenticate=CHALLENGE)


def unavailable(message: str, retry_after_s: int = 2) -> RefusedError:
    """Return the refusal while something that is needed is away."""
    return RefusedError(
        HTTPStatus.SERVICE_UNAVAILABLE, message, retry_after=str(max(1, retry_after_s))
    )
