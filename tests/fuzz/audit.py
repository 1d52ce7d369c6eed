"""Who asked for what, as the API server itself wrote it down."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fixtures.realm import ACCOUNT

OWN_AGENT = "rise-backend"
ITSELF = "system:apiserver"
READS = frozenset({"get", "list", "watch"})


@dataclass(frozen=True)
class Entry:
    """One request: `user` is who it counts for; empty: nobody."""

    user: str
    uid: str
    groups: tuple[str, ...]
    extra: tuple[str, ...]
    uri: str
    verb: str
    agent: str
    named: bool  # by a header

    @property
    def own(self) -> bool:
        """Whether it is a read of the backend's in its own name, or the API server's own."""
        backend = (self.user, self.agent) == (ACCOUNT, OWN_AGENT) and self.verb in READS
        return (backend or self.user == ITSELF) and not self.named


class Audit:
    """The API server's audit log, from now on."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._from = log.stat().st_size

    def entries(self) -> Iterator[Entry]:
        """Yield what was asked since the last look."""
        with self._log.open("rb") as log:
            log.seek(self._from)
            for line in log:
                if not line.endswith(b"\n"):
                    return  # it is still being written: the next look finds all of it
                self._from += len(line)
                event = json.loads(line)
                if event["stage"] == "ResponseComplete":
                    yield _entry(event)


def _entry(event: dict[str, Any]) -> Entry:
    user = event.get("impersonatedUser") or event.get("user") or {}
    return Entry(
        user.get("username", ""),
        user.get("uid", ""),
        tuple(user.get("groups", ())),
        tuple(user.get("extra", {}).get("rise.dev/idp-sub", ())),
        event["requestURI"],
        event["verb"],
        event.get("userAgent", ""),
        "impersonatedUser" in event,
    )
