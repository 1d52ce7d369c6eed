"""Every failure the backend raises on purpose.

BackendError
├── InvalidTokenError   the caller did not prove who they are      401
├── ForbiddenHeaderError  a header that only the gateway may set   400
├── TooLargeError       the body is over the limit                 413
└── UnavailableError    a dependency is away                       503
"""


class BackendError(Exception):
    """The root: the message is for people."""


class InvalidTokenError(BackendError):
    """The token is missing or not acceptable; the reason is for the log, never for the caller."""


class UnverifiedEmailError(InvalidTokenError):
    """The token is genuine, but the identity provider has not verified the address."""


class ForbiddenHeaderError(BackendError):
    """A request carries a header with which it could pass for somebody else."""


class TooLargeError(BackendError):
    """A body is over the limit."""


class UnavailableError(BackendError):
    """A dependency does not answer; the message says which and what to do."""
