"""Whether the rules of ownership are in force: installed as we know them, and seen to decide.

    a change ──► the same as our own copy? ──► SETTLE_S without a change ──► tried: refused?
                          │ no                                                    │ no
                          └───────────── not in force, and it is said why ◄───────┘

An API server takes a changed policy into use about a second after it has stored it, all of them
at once. So both are asked for: time since the last change, and the evidence of a request that has
to be refused. It is tried again every minute: an API server may have been started without them.
"""

import asyncio
import contextlib
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from rise_crds.policies import (
    COPY,
    Digests,
    Exempt,
    Installed,
    Key,
    UnusableCopyError,
    differences,
    read_copy,
)

SETTLE_S = 2.0
LOOK_EVERY_S = 1.0  # at the file, and again while something is wrong
TRY_EVERY_S = 60.0
_UNTRIED = "whether they are in force is being looked at"

Attempt = Callable[[], Awaitable[str]]
Told = Callable[[list[str], list[str]], None]


class Enforcement:
    """What is known of the installed policies, and what is wrong with them."""

    def __init__(self, copy: Path) -> None:
        """Compare with the YAML in `copy`, which is read again when it changes."""
        self.judged = asyncio.Event()  # set once everything was looked at
        self._copy = copy
        self._stamp: tuple[int, ...] = ()
        self._own: Mapping[Key, Digests] = {}
        self._unusable = "it has not been read yet"
        self._installed: dict[Key, Installed] = {}
        self._wrong: list[str] = []
        self._changed_at = float("-inf")
        self._tried_at = float("-inf")
        self._said = _UNTRIED  # by the last attempt; empty: refused, as it has to be
        self._moved = asyncio.Event()

    @property
    def exempt(self) -> frozenset[Exempt]:
        """Whom the installed rules of ownership let through by name."""
        return frozenset[Exempt]().union(*(each.exempt for each in self._installed.values()))

    def problems(self) -> list[str]:
        """Return what is wrong, for people to read; nothing when the rules are in force."""
        if self._unusable:
            where = f"(an administrator installs the chart: it is in the ConfigMap {COPY})"
            return [f"no copy of the policies at {self._copy}: {self._unusable} {where}"]
        return self._wrong or ([f"not yet active: {self._said}"] if self._said else [])

    def take(self, key: Key, found: Installed | None) -> None:
        """Take in how a policy or binding is now installed; None: it is not."""
        before = self._installed.pop(key, None)
        if found is not None:
            self._installed[key] = found
        if before == found:
            return
        self._compare()
        if self.judged.is_set():
            self._changed_at = time.monotonic()
        self._moved.set()

    def _compare(self) -> None:
        self._wrong = differences(self._own, self._installed)
        self._said = _UNTRIED

    async def run(self, attempt: Attempt, told: Told) -> None:
        """Look after every change until cancelled.

        `attempt` makes a request that has to be refused; it returns what happened instead, or
        nothing. `told` hears of what is wrong whenever that changes, and of what of it is new.
        """
        before: list[str] | None = None
        while True:
            await self._look(attempt)
            now = self.problems()
            if now != before:
                told(now, [each for each in now if each not in (before or ())])
                before = now
            self.judged.set()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._moved.wait(), LOOK_EVERY_S)

    async def _look(self, attempt: Attempt) -> None:
        self._moved.clear()
        self._read()
        now = time.monotonic()
        if self._unusable or self._wrong:
            return
        if now - self._changed_at < SETTLE_S:
            self._said = "they were changed just now"
        elif self._said or now - self._tried_at > TRY_EVERY_S:
            said = await attempt()
            if not self._moved.is_set():  # otherwise it tells of what was before
                self._said, self._tried_at = said, now

    def _read(self) -> None:
        """Read our own copy, if it is not the one that was read last."""
        try:
            found = self._copy.stat()
            stamp = (found.st_ino, found.st_mtime_ns, found.st_size)
            if stamp == self._stamp:
                return
            self._own = read_copy(self._copy.read_text(encoding="utf-8"))
        except OSError as error:
            self._unusable, self._stamp = os.strerror(error.errno or 0), ()
        except (UnusableCopyError, UnicodeDecodeError) as error:
            self._unusable, self._stamp = str(error), ()
        else:
            self._unusable, self._stamp = "", stamp
            self._compare()
