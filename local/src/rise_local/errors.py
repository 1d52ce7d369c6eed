"""What goes wrong on this machine, said in one sentence."""

import click


class LocalError(click.ClickException):
    """Something the person at the keyboard can mend; the message says what is wrong and what to do.

    `click` prints the message on standard error and ends with exit code 1.
    """
