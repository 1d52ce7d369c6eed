"""How an exchange with a server fails; whoever asks says what that means there.

ExchangeError
├── NoAnswerError    it cannot be reached, or does not answer in time
├── BrokenOffError   the connection ended before the answer did
└── TornHeadError    the head would be read otherwise than it was meant; nothing was sent
"""


class ExchangeError(Exception):
    """The root: the message is for people, and says what the server is called."""


class NoAnswerError(ExchangeError):
    """The server cannot be reached, or does not answer: what changes nothing may be repeated."""


class BrokenOffError(ExchangeError):
    """The connection ended before the answer did: the request may have been carried out."""


class TornHeadError(ExchangeError):
    """The request line or a header holds a line break, a zero byte or a space too many."""
