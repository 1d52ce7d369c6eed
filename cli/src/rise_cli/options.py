"""Options that several commands share, and what their values mean."""

import re
import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

from rise_cli.errors import RiseCliError
from rise_cli.kinds import Kind, named

Decorated = TypeVar("Decorated", bound=Callable[..., Any])
ValueT = TypeVar("ValueT")
Party = dict[str, str]  # {"user": EMAIL} or {"team": NAME}, as the spec writes it
ROLES = ("viewer", "developer")
# What Kubernetes takes for a name; what Rise takes is for the server to say.
_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")
_UNITS_S = {"": 1, "s": 1, "m": 60, "h": 3600}


class Parsed(click.ParamType[ValueT]):
    """A value that `parse` makes of a text, or refuses with a ValueError that says why."""

    def __init__(self, name: str, parse: Callable[[str], ValueT]) -> None:
        """Show `name` in the help."""
        self.name = name
        self._parse = parse

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> ValueT:
        """Return the value."""
        try:
            return self._parse(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


def name(text: str) -> str:
    """Return the name of an object; anything else would be another address of the server.

    Raises:
        ValueError: it is none.
    """
    if not _NAME.fullmatch(text):
        raise ValueError(f"{text!r} is no name: write lower-case letters, digits and hyphens")
    return text


def person(text: str) -> str:
    """Return an e-mail address as the server knows people, in lower case.

    Raises:
        ValueError: it is none; the server says exactly which it takes.
    """
    if "@" not in text.strip("@"):
        raise ValueError(f"{text!r} is no e-mail address")
    return text.lower()


def people(text: str) -> list[str]:
    """Return the addresses between the commas.

    Raises:
        ValueError: one of them is none, or there are none.
    """
    found = [person(part.strip()) for part in text.split(",") if part.strip()]
    if not found:
        raise ValueError(f"{text!r} holds no e-mail address")
    return found


def party(text: str) -> Party:
    """Return who `EMAIL`, `user:EMAIL` or `team:NAME` is.

    Raises:
        ValueError: it is nobody.
    """
    kind, colon, who = text.partition(":")
    if not colon:
        kind, who = "user", text
    if kind not in {"user", "team"} or not who:
        raise ValueError(f"{text!r} names nobody: write EMAIL or team:NAME")
    return {kind: person(who) if kind == "user" else who}


def owner(text: str) -> Party:
    """Return who `user:EMAIL` or `team:NAME` is.

    Raises:
        ValueError: it is nobody.
    """
    if ":" not in text.strip(":"):
        raise ValueError(f"{text!r} names no owner: write user:EMAIL or team:NAME")
    return party(text)


def member(text: str) -> Party:
    """Return who `EMAIL=ROLE` or `team:NAME=ROLE` is, with the role.

    Raises:
        ValueError: it is nobody, or there is no such role.
    """
    who, _, role = text.rpartition("=")
    if not who or role not in ROLES:
        forms = "EMAIL=viewer, EMAIL=developer or team:NAME=viewer"
        raise ValueError(f"{text!r} names no member: write {forms}")
    return {**party(who), "role": role}


def subject(text: str) -> tuple[Kind, str]:
    """Return kind and name of what `project/NAME` or `team/NAME` is.

    Raises:
        ValueError: it is neither.
    """
    kind, slash, which = text.partition("/")
    known = named(kind)
    if not slash or known is None:
        raise ValueError(f"{text!r} names nothing: write project/NAME or team/NAME")
    return known, name(which)


def duration(text: str) -> float:
    """Return the seconds in `90s`, `2m` or `1h`; a bare number is seconds.

    Raises:
        ValueError: it is no length of time.
    """
    match = re.fullmatch(r"([0-9]{1,9})([smh]?)", text)
    if not match:
        raise ValueError(f"{text!r} is no duration: write it like 90s, 2m or 1h")
    return float(int(match[1]) * _UNITS_S[match[2]])


EMAIL = Parsed("email", person)
EMAILS = Parsed("email,...", people)
OWNER = Parsed("owner", owner)
PARTY = Parsed("who", party)
MEMBER = Parsed("member", member)
SUBJECT = Parsed("kind/name", subject)
name_argument = click.argument("name", type=Parsed("name", name))


def examples(*lines: str) -> str:
    """Return an epilog that shows commands worth copying, line by line."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


def waiting(function: Decorated) -> Decorated:
    """Add --wait/--no-wait and --timeout."""
    function = click.option(
        "--wait/--no-wait", default=True, show_default=True, help="Wait until it has happened."
    )(function)
    return click.option(
        "--timeout",
        type=Parsed("duration", duration),
        default="60s",
        show_default=True,
        help="How long to wait, like 90s or 2m.",
    )(function)


def answerable(*, yes: bool) -> None:
    """See to it that a question can be asked, before anything else is done.

    Raises:
        click.UsageError: there is no terminal to ask at.
    """
    if not yes and not (sys.stdin and sys.stdin.isatty()):
        raise click.UsageError("There is no terminal to ask at: confirm with --yes.")


def confirmed(question: str, *, yes: bool) -> None:
    """Ask before something is lost.

    Raises:
        RiseCliError: the answer is no.
    """
    if not yes and not click.confirm(question, err=True):
        raise RiseCliError("you did not confirm: nothing has changed")
