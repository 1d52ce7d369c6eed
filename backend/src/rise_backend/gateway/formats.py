"""The three shapes in which lists and events are handed out, joined from stored bytes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache
from typing import Any

import orjson

from rise_backend.gateway.objects import Entry
from rise_crds.api import API_VERSION

Object = dict[str, Any]

META = "meta.k8s.io/v1"
_MINUTE, _HOUR, _DAY, _YEAR = 60, 3600, 86400, 365 * 86400


class Shape(Enum):
    """What a client asked for in Accept."""

    OBJECTS = auto()
    TABLE = auto()
    METADATA = auto()


@dataclass(frozen=True)
class Columns:
    """The printer columns of a kind, as the API server defines them."""

    definitions: bytes = b"[]"
    dates: frozenset[int] = frozenset()  # positions of ages, which change while nothing else does

    @classmethod
    def of(cls, definitions: Sequence[dict[str, Any]]) -> "Columns":
        """Return the columns of a Table's columnDefinitions."""
        dates = (
            at
            for at, column in enumerate(definitions)
            if column.get("type") == "date" and column.get("name") == "Age"
        )
        return cls(orjson.dumps(definitions), frozenset(dates))


@lru_cache(maxsize=64)  # clients ask for few different ones
def accepted(accept: str) -> Shape | None:
    """Return the first shape of an Accept header that can be served; None: none can."""
    for entry in accept.split(",") if accept.strip() else ["*/*"]:
        kind, *parameters = [part.strip() for part in entry.split(";")]
        if kind not in {"application/json", "application/*", "*/*"}:
            continue
        wanted = dict(part.split("=", 1) for part in parameters if "=" in part)
        shape = _shape(wanted)
        if shape is not None:
            return shape
    return None


def _shape(wanted: dict[str, str]) -> Shape | None:
    if "as" not in wanted:
        return Shape.OBJECTS
    if wanted.get("v") != "v1" or wanted.get("g", "meta.k8s.io") != "meta.k8s.io":
        return None
    if wanted["as"] == "Table":
        return Shape.TABLE
    return Shape.METADATA if wanted["as"].startswith("PartialObjectMetadata") else None


def listed(
    kind: str,
    entries: Iterable[Entry],
    *,
    shape: Shape,
    version: int,
    columns: Columns,
    include: str,
    now_s: float,
) -> bytes:
    """Return a whole list."""
    meta = {"resourceVersion": str(version)}
    if shape is Shape.TABLE:
        rows = _rows(entries, columns.dates, include, now_s)
        answer = _table(meta, orjson.Fragment(columns.definitions), rows)
    elif shape is Shape.METADATA:
        items = [entry.part for entry in entries]
        answer = {
            "kind": "PartialObjectMetadataList",
            "apiVersion": META,
            "metadata": meta,
            "items": items,
        }
    else:
        answer = {
            "apiVersion": API_VERSION,
            "items": [entry.whole for entry in entries],
            "kind": f"{kind}List",
            "metadata": {"continue": "", **meta},
        }
    return orjson.dumps(answer, option=orjson.OPT_APPEND_NEWLINE)


def event(
    kind: str,
    entry: Entry,
    *,
    shape: Shape,
    columns: Columns,
    first: bool,
    include: str,
    now_s: float,
) -> bytes:
    """Return one event of a watch; only the first of a Table watch defines the columns."""
    if shape is Shape.TABLE:
        definitions = orjson.Fragment(columns.definitions) if first else None
        rows = _rows([entry], columns.dates, include, now_s)
        body = _table({"resourceVersion": str(entry.version)}, definitions, rows)
    elif shape is Shape.METADATA:
        body = entry.part
    else:
        body = entry.whole
    return orjson.dumps({"type": kind, "object": body}, option=orjson.OPT_APPEND_NEWLINE)


def bookmark(kind: str, version: int, *, shape: Shape, initial_end: bool) -> bytes:
    """Return the event that says: you have seen everything up to `version`."""
    metadata: dict[str, Any] = {"resourceVersion": str(version), "creationTimestamp": None}
    if initial_end:
        metadata["annotations"] = {"k8s.io/initial-events-end": "true"}
    body: dict[str, Any] = {"kind": kind, "apiVersion": API_VERSION, "metadata": metadata}
    if shape is not Shape.OBJECTS:
        body |= {"kind": "PartialObjectMetadata", "apiVersion": META}
    if shape is Shape.TABLE:
        row = {"cells": [], "object": body}
        body = _table({"resourceVersion": str(version)}, None, [row])
    return orjson.dumps({"type": "BOOKMARK", "object": body}, option=orjson.OPT_APPEND_NEWLINE)


def _table(meta: Object, definitions: orjson.Fragment | None, rows: list[Object]) -> Object:
    return {
        "kind": "Table",
        "apiVersion": META,
        "metadata": meta,
        "columnDefinitions": definitions,
        "rows": rows,
    }


def _rows(
    entries: Iterable[Entry], dates: frozenset[int], include: str, now_s: float
) -> list[Object]:
    rows: list[Object] = []
    for entry in entries:
        cells = [*entry.cells]
        for at in dates:
            if at < len(cells):  # a row may be older than the columns
                cells[at] = age(entry.created_s, now_s)
        if include == "None":
            rows.append({"cells": cells})
        else:
            shown = entry.whole if include == "Object" else entry.part
            rows.append({"cells": cells, "object": shown})
    return rows


def age(created_s: float | None, now_s: float) -> str:
    """Return how long ago something was made, as kubectl writes it (duration.HumanDuration)."""
    return "<unknown>" if created_s is None else _written(int(now_s - created_s))


@lru_cache  # what was made together is shown together
def _written(seconds: int) -> str:
    if seconds < 2 * _MINUTE:
        return f"{max(0, seconds)}s" if seconds >= -1 else "<invalid>"
    if seconds < 3 * _HOUR:
        return _of(seconds, _MINUTE, "m", 1, "s", precise_below=10)
    if seconds < 2 * _DAY:
        return _of(seconds, _HOUR, "h", _MINUTE, "m", precise_below=8)
    if seconds < 2 * _YEAR:
        return _of(seconds, _DAY, "d", _HOUR, "h", precise_below=8)
    return _of(seconds, _YEAR, "y", _DAY, "d", precise_below=8)


def _of(
    seconds: int, unit: int, name: str, smaller: int, smaller_name: str, *, precise_below: int
) -> str:
    whole, rest = seconds // unit, seconds % unit // smaller
    return (
        f"{whole}{name}{rest}{smaller_name}" if rest and whole < precise_below else f"{whole}{name}"
    )
