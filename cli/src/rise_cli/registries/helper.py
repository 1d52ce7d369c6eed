"""docker-credential-rise: a login for a client of registries, made when the client asks.

Every `get` is a new login of some minutes, nothing is kept. What a client reads is on standard
output, errors included; standard error is for people.
Source: https://github.com/docker/docker-credential-helpers, credentials/credentials.go
"""

import sys

from rise_cli.credential import print_line
from rise_cli.registries import quick

VERBS = ("get", "list", "store", "erase", "version")
USAGE = f"Usage: docker-credential-rise <{'|'.join(VERBS)}>"
LONGEST = 64 * 1024  # bytes of standard input: an address, or a login to store


def main() -> None:
    """Answer a client: the verb is the argument, its subject comes on standard input."""
    try:
        sys.exit(_run(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)


def _run(arguments: list[str]) -> int:
    if len(arguments) != 1 or arguments[0] not in VERBS:
        print_line(USAGE)
        return 0 if arguments in (["--help"], ["-h"]) else 1
    (verb,) = arguments
    given = "" if verb in {"list", "version"} else _standard_input()
    if verb == "get" and quick.answer(given):
        return 0
    from rise_cli.registries.answers import answered  # noqa: PLC0415 - what a quick `get` spares

    return answered(verb, given)


def _standard_input() -> str:
    """Return what the client says; nothing where it is no text, or far too much."""
    said = sys.stdin.buffer.read(LONGEST + 1) if sys.stdin else b""
    try:
        return said.decode() if len(said) <= LONGEST else ""
    except UnicodeDecodeError:
        return ""
