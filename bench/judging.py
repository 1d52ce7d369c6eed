"""What measurements of the operator have in common: servers of their own, figures, goals.

Exits with 1 when a goal is missed.
"""

from __future__ import annotations

import shutil
import signal
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import orjson
from contest import OPERATOR, Contest
from machine import warn_if_busy

from rise_local.platform import Platform

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable, Generator, Iterable
    from types import FrameType

LAST_LINES = 40
MISSED, ENDED = 1, 143
ResultT = TypeVar("ResultT")


def judged(
    parser: ArgumentParser,
    measure: Callable[[Contest, Namespace], ResultT],
    shown: Callable[[ResultT], Iterable[str]],
    missed: Callable[[ResultT], Iterable[str]],
) -> int:
    """Measure on a platform of its own, print the figures and what missed its goal.

    Returns: the exit code.
    """
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, _end)
    warn_if_busy()
    with _own_platform() as platform:
        result = measure(Contest(platform), options)
    sys.stdout.write("\n".join(shown(result)) + "\n")
    if options.json:
        options.json.write_bytes(orjson.dumps(result, option=orjson.OPT_INDENT_2))
    complaints = list(missed(result))
    for complaint in complaints:
        sys.stderr.write(f"missed: {complaint}\n")
    return MISSED if complaints else 0


@contextmanager
def _own_platform() -> Generator[Platform]:
    """Have servers of our own, and nothing of them afterwards."""
    root = Path(tempfile.mkdtemp(prefix="rise-bench-"))
    platform = Platform(root / "rise")
    try:
        platform.serve()
        yield platform
    except BaseException:
        sys.stderr.write(platform.logs(OPERATOR, LAST_LINES))
        raise
    finally:
        platform.reset()
        shutil.rmtree(root)


def _end(_number: int, _frame: FrameType | None) -> None:
    """Leave no server behind when somebody ends us."""
    sys.exit(ENDED)
