"""Which pull credential of a registry ends first, for a metric."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any


def soonest(projects: Iterable[Mapping[str, Any]], registry: str, default: str) -> float:
    """Return when the first one of `registry` ends (Unix time); NaN when none ever does."""
    first = min(_ends(projects, registry, default), default="")
    return datetime.fromisoformat(first).timestamp() if first else float("nan")


def _ends(projects: Iterable[Mapping[str, Any]], registry: str, default: str) -> Iterable[str]:
    for body in projects:
        if (body["spec"].get("registry") or default) == registry:
            ends = ((body.get("status") or {}).get("registry") or {}).get("expiresAt")
            if ends:
                yield ends  # all of one form, so that they sort as they are
