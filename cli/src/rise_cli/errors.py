"""What ends a command, and with which exit code.

Exit codes: 0 ok, 1 error, 2 usage, 3 not found, 4 not signed in, 5 denied, 6 conflict, 7 timed
out, 8 not ready, 130 interrupted.
"""

import click


class RiseCliError(click.ClickException):
    """An error in one line: what is wrong and what to do next."""

    exit_code = 1


class UnreachableError(RiseCliError):
    """A server does not answer, or says that it cannot now: trying again may help."""


class WrongUsageError(RiseCliError):
    """The command line or the manifest is wrong."""

    exit_code = 2


class NotFoundError(RiseCliError):
    """There is no such object, or it is none of the caller's."""

    exit_code = 3


class NotSignedInError(RiseCliError):
    """Nobody is signed in, or the session has ended."""

    exit_code = 4


class DeniedError(RiseCliError):
    """The server refuses."""

    exit_code = 5


class ConflictError(RiseCliError):
    """The name is taken, or somebody changed the object meanwhile."""

    exit_code = 6


class TimedOutError(RiseCliError):
    """It did not happen in time."""

    exit_code = 7


class NotReadyError(RiseCliError):
    """The object needs somebody to act before it becomes Ready, or goes."""

    exit_code = 8
