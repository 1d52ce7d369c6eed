"""How an exchange with a server fails; whoever asks says what that means there.

ExchangeError
├── NoAnswerError    it cannot be reached, or does not answer in time
├── BrokenOffError   the connection ended before the answer did
└── TornHeadError    the head would be read otherwise than it was meant; nothing was sent
"""


class ExchangeError(Exception):
    """The root: the message is for people, and says what the server is called."""

    @property
    def why(self) -> str:
        """What the system said of it, for those who run the server; the message if it said nothing.

        A name that is not known, a certificate that is not trusted, say.
        """
        cause = self.__cause__
        return str(self) if cause is None else str(cause) or type(cause).__name__


class NoAnswerError(ExchangeError):
    """The server cannot be reached, or does not answer: what changes nothing may be repeated."""


class BrokenOffError(ExchangeError):
    """The connection ended before the answer did: the request may have been carried out."""


class TornHeadError(ExchangeError):
    """The request line or a header holds a line break, a zero byte or a space too many."""
