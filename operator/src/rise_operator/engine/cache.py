"""What the operator remembers of objects: only what it decides by, the newest version of each.

A watch tells late what we wrote ourselves. So the answer to a write goes into the cache at once
(`wrote`), and events that are not newer are ignored: nothing is written twice, nothing is
reconciled because of our own writes. A watch may also be faster than the answer: what it tells of
an object that is being written waits for it (`writing`).
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Protocol, TypeVar

import orjson

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator


class Name(NamedTuple):
    """Where an object is: namespace ("" when cluster-scoped) and name."""

    namespace: str
    name: str


class Versioned(Protocol):
    """What a cache holds."""

    @property
    def version(self) -> int:
        """The resourceVersion."""
        ...


ItemT = TypeVar("ItemT", bound=Versioned)


@dataclass(frozen=True)
class Change(Generic[ItemT]):
    """How one object differs from what was known; None: it was not there, or is not any more."""

    name: Name
    before: ItemT | None
    after: ItemT | None
    own: bool = False  # we did it ourselves


class Cache(Generic[ItemT]):
    """The objects of one kind.

    `read` makes an item of an object, or None for objects that do not concern us; `changed` hears
    of every difference, synchronously.
    """

    def __init__(
        self,
        read: Callable[[dict[str, Any]], ItemT | None],
        changed: Callable[[Change[ItemT]], None],
    ) -> None:
        """Begin empty."""
        self._read = read
        self._changed = changed
        self._items: dict[Name, ItemT] = {}
        self._listing = False
        self._written: set[Name] = set()  # by us, since the list under way was begun
        self._in_flight: Counter[Name] = Counter()  # our writes that have no answer yet
        self._put_off: defaultdict[Name, list[tuple[dict[str, Any], bool]]] = defaultdict(list)

    def __len__(self) -> int:
        """Return how many objects are held."""
        return len(self._items)

    def __iter__(self) -> Iterator[tuple[Name, ItemT]]:
        """Return all objects, with where they are."""
        return iter(self._items.items())

    def get(self, name: Name) -> ItemT | None:
        """Return one object, if it is there."""
        return self._items.get(name)

    def seen(self, obj: dict[str, Any], *, deleted: bool = False) -> None:
        """Take in an event of a watch, unless it tells nothing new."""
        name = name_of(obj)
        if name in self._in_flight:
            self._put_off[name].append((obj, deleted))
            return
        held = self._items.get(name)
        if held is None or version_of(obj) > held.version:
            self._put(name, None if deleted else self._read(obj))

    @contextmanager
    def writing(self, name: Name) -> Generator[None]:
        """Put off what the watch tells of one object until our write to it is answered."""
        self._in_flight[name] += 1
        try:
            yield
        finally:
            self._in_flight[name] -= 1
            if not self._in_flight[name]:
                del self._in_flight[name]
                for obj, deleted in self._put_off.pop(name, ()):
                    self.seen(obj, deleted=deleted)

    def wrote(self, obj: dict[str, Any]) -> None:
        """Take in the answer to a write of ours."""
        name, item = name_of(obj), self._read(obj)
        if self._listing:
            self._written.add(name)
        held = self._items.get(name)
        if held is None or item is None or item.version > held.version:
            self._put(name, item, own=True)

    def listing(self) -> None:
        """Remember what we write ourselves until `replace`: a list is about to be taken."""
        self._listing = True
        self._written.clear()

    def replace(self, objects: Iterable[dict[str, Any]], version: int) -> None:
        """Take in a complete list, of `version`: it wins, also when versions have gone back.

        Only what we wrote after the list was taken is newer.
        """
        listed = {name_of(obj): self._read(obj) for obj in objects}
        for name in self._written:
            held = self._items.get(name)
            if held is not None and held.version > version:
                listed[name] = held
        self._listing = False
        self._written.clear()
        self._put_off.clear()  # the list is newer
        for name in [name for name in self._items if listed.get(name) is None]:
            self._put(name, None)
        for name, item in listed.items():
            if item is not None:
                self._put(name, item)

    def _put(self, name: Name, item: ItemT | None, *, own: bool = False) -> None:
        before = self._items.get(name)
        if item is None:
            self._items.pop(name, None)
        else:
            self._items[name] = item
        if before != item:
            self._changed(Change(name, before, item, own))


def name_of(obj: dict[str, Any]) -> Name:
    """Return where `obj` is."""
    metadata = obj["metadata"]
    return Name(metadata.get("namespace", ""), metadata["name"])


def version_of(obj: dict[str, Any]) -> int:
    """Return the resourceVersion of `obj`: comparable, and growing with each change."""
    return int(obj["metadata"].get("resourceVersion") or 0)


def digest(value: Any) -> bytes:
    """Return a short fingerprint of a JSON value, independent of the order of its keys."""
    text = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    return hashlib.blake2b(text, digest_size=12).digest()
