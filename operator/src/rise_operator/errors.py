"""Every failure the operator raises on purpose.

RiseError
├── CannotStart   the process ends and says why        no retry
├── InvalidSpec   the user must change the object      no retry
├── NotReady      something is on its way              retry in 10 s, or as it says
│   └── Busy      it is somebody else's turn           retry in a moment
└── Unavailable   a dependency is down or refused us   retry with back-off
"""


class RiseError(Exception):
    """The root; the message tells the user what to do."""


class CannotStart(RiseError):
    """Something outside Kubernetes is wrong: the message says what to mend."""


class InvalidSpec(RiseError):
    """The user must change the object: trying again cannot help."""


class NotReady(RiseError):
    """Something is on its way."""

    def __init__(self, message: str, retry_s: float = 10.0) -> None:
        """Say what is awaited, and when to look again."""
        super().__init__(message)
        self.retry_s = retry_s


class Busy(NotReady):
    """Others are being served: no more than a moment's wait."""


class NotOurs(NotReady):
    """An object has a name that we would use and belongs to somebody else: never touched."""


class PolicyMissing(NotReady):
    """The rules of ownership are not in force: nothing new is granted."""


class Unavailable(RiseError):
    """A dependency is down or refused us."""
