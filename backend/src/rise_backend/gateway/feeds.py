"""Whom a change is told: watchers are found by who they are, never by asking every one of them."""

import asyncio
from collections import defaultdict
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field

from rise_backend.gateway.visibility import Audience
from rise_backend.identity.identity import Identity


@dataclass(eq=False)
class Feed:
    """What has changed since a watcher last looked."""

    names: set[str] = field(default_factory=set[str])
    everything: bool = False
    wake: asyncio.Event = field(default_factory=asyncio.Event)

    def taken(self) -> tuple[set[str], bool]:
        """Return the names that changed, and whether any name may have; begin afresh."""
        names, everything = self.names, self.everything
        self.names, self.everything = set(), False
        self.wake.clear()
        return names, everything


class Feeds:
    """The feeds of one resource's watchers."""

    def __init__(self) -> None:
        """Feed nobody."""
        self._of_user: defaultdict[str, set[Feed]] = defaultdict(set)
        self._of_group: defaultdict[str, set[Feed]] = defaultdict(set)
        self._count = 0

    def __len__(self) -> int:
        """Return how many there are."""
        return self._count

    @contextmanager
    def one_more(self, identity: Identity) -> Generator[Feed]:
        """Feed a watcher for as long as it stays."""
        feed = Feed()
        places = [(self._of_user, identity.user)]
        places += [(self._of_group, group) for group in identity.idp_groups]
        for index, key in places:
            index[key].add(feed)
        self._count += 1
        try:
            yield feed
        finally:
            self._count -= 1
            for index, key in places:
                index[key].discard(feed)
                if not index[key]:
                    del index[key]

    def tell(self, audiences: Iterable[Audience], name: str | None) -> None:
        """Tell an audience that `name` has changed; None: what they see at all."""
        concerned: set[Feed] = set()
        for audience in audiences:
            for user in audience.users & self._of_user.keys():
                concerned |= self._of_user[user]
            for group in audience.groups & self._of_group.keys():
                concerned |= self._of_group[group]
        for feed in concerned:
            if name is None:
                feed.everything = True
            else:
                feed.names.add(name)
            feed.wake.set()
