"""Other credential helpers on this machine: what Docker keeps passwords in, if told to.

Source: https://github.com/docker/docker-credential-helpers
"""

import json
import subprocess

from rise_cli.errors import RiseCliError

PREFIX = "docker-credential-"
TIMEOUT_S = 60  # a keychain may ask its owner


def store(helper: str, host: str, username: str, password: str) -> None:
    """Let `helper` keep a login.

    Raises:
        RiseCliError: it does not.
    """
    login = {"ServerURL": host, "Username": username, "Secret": password}
    _run(helper, "store", json.dumps(login))


def erase(helper: str, host: str) -> None:
    """Let `helper` forget the login for `host`.

    Raises:
        RiseCliError: it does not.
    """
    _run(helper, "erase", host)


def _run(helper: str, verb: str, given: str) -> None:
    program = PREFIX + helper
    if "/" in helper:
        raise RiseCliError(f"{helper!r} is no credential helper's name")
    try:
        done = subprocess.run(  # noqa: S603 - the program that the person's own file names
            [program, verb],
            input=given,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        why = getattr(error, "strerror", None) or "it does not end"
        raise RiseCliError(_failed(program, verb, why)) from None
    if done.returncode:
        raise RiseCliError(_failed(program, verb, done.stdout.strip()[:200] or "it says nothing"))


def _failed(program: str, verb: str, why: str) -> str:
    return (
        f"{program} cannot {verb} the login ({why}): choose another file with --authfile, or let "
        "Rise answer itself: rise registry login --helper"
    )
