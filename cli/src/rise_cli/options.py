"""Options that several commands share, and what their values mean."""

import re
import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

Decorated = TypeVar("Decorated", bound=Callable[..., Any])
_UNITS_S = {"": 1, "s": 1, "m": 60, "h": 3600}


class Duration(click.ParamType[float]):
    """A length of time like `90s`, `2m` or `1h`; a bare number is seconds."""

    name = "duration"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return seconds."""
        if isinstance(value, float):
            return value
        match = re.fullmatch(r"(\d+)([smh]?)", str(value))
        if not match:
            self.fail(f"{value!r} is no duration: write it like 90s, 2m or 1h", param, ctx)
        return float(int(match[1]) * _UNITS_S[match[2]])


class OwnerType(click.ParamType[dict[str, str]]):
    """`user:EMAIL` or `team:NAME`."""

    name = "owner"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> dict[str, str]:
        """Return the owner as the spec writes it."""
        if isinstance(value, dict):
            return value
        kind, _, name = str(value).partition(":")
        if kind not in {"user", "team"} or not name:
            self.fail(f"{value!r} names no owner: write user:EMAIL or team:NAME", param, ctx)
        return {kind: name.lower() if kind == "user" else name}


class MemberType(click.ParamType[dict[str, str]]):
    """`EMAIL=ROLE`, `user:EMAIL=ROLE` or `team:NAME=ROLE`."""

    name = "member"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> dict[str, str]:
        """Return the member as the spec writes it."""
        if isinstance(value, dict):
            return value
        who, _, role = str(value).rpartition("=")
        if not who or role not in {"viewer", "developer"}:
            self.fail(
                f"{value!r} names no member: write EMAIL=viewer, EMAIL=developer or "
                "team:NAME=viewer",
                param,
                ctx,
            )
        return {**person_or_team(who), "role": role}


def person_or_team(who: str) -> dict[str, str]:
    """Return `{"user": …}` or `{"team": …}` of `EMAIL`, `user:EMAIL` or `team:NAME`."""
    kind, colon, name = who.partition(":")
    if not colon:
        kind, name = "user", who
    return {kind: name.lower() if kind == "user" else name}


def waiting(function: Decorated) -> Decorated:
    """Add --wait/--no-wait and --timeout."""
    function = click.option(
        "--wait/--no-wait", default=True, show_default=True, help="Wait until it has happened."
    )(function)
    return click.option(
        "--timeout",
        type=Duration(),
        default="60s",
        show_default=True,
        help="How long to wait, like 90s or 2m.",
    )(function)


def confirmed(question: str, *, yes: bool) -> None:
    """Ask before something is lost.

    Raises:
        click.UsageError: there is no terminal to ask at.
        click.Abort: the answer is no.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise click.UsageError("There is no terminal to ask at: confirm with --yes.")
    click.confirm(question, abort=True, err=True)
