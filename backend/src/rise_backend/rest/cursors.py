"""Where a page ended, as one opaque word: read back only as it was written.

It is not signed: who changes it asks for another place in a list that shows what they may see.
"""

import base64
import json
from datetime import UTC, datetime

from rise_backend.rest.kinds import Kind
from rise_backend.rest.problems import ProblemError

Part = str | int
MOST = 400
_GARBAGE = "`after` is not the `next` of a page of this very list: begin with the first page"


def written(of: str, *parts: Part) -> str:
    """Return a cursor of the list called `of`."""
    return base64.urlsafe_b64encode(json.dumps([of, *parts]).encode()).rstrip(b"=").decode()


def read(of: str, text: str | None, *kinds: type[Part]) -> list[Part] | None:
    """Return the parts of a cursor of the list called `of`; None: there is none.

    Raises:
        ProblemError: it is none of ours, or of another list.
    """
    if not text:
        return None
    try:
        content = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ProblemError(Kind.INVALID_CURSOR, _GARBAGE) from error
    if not isinstance(found, list) or found[:1] != [of] or not _fits(found[1:], kinds):
        raise ProblemError(Kind.INVALID_CURSOR, _GARBAGE)
    return found[1:]


def moment(part: Part) -> datetime:
    """Return the moment that a part of a cursor names.

    Raises:
        ProblemError: it names none.
    """
    try:
        return datetime.fromisoformat(str(part)).astimezone(UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise ProblemError(Kind.INVALID_CURSOR, _GARBAGE) from error


def bigint(part: Part) -> int:
    """Return the number that a part of a cursor names.

    Raises:
        ProblemError: the database knows none that large.
    """
    if not isinstance(part, int) or not 0 <= part < 2**63:
        raise ProblemError(Kind.INVALID_CURSOR, _GARBAGE)
    return part


def _fits(parts: list[object], kinds: tuple[type[Part], ...]) -> bool:
    return len(parts) == len(kinds) and all(
        type(part) is kind and "\0" not in str(part) and str(part).isprintable()
        for part, kind in zip(parts, kinds, strict=True)
    )
