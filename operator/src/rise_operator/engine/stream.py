"""From the bytes of a watch to its events.

Chunks end anywhere: an object may have 1.5 MB.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from rise_operator.engine.refusals import refusal

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterable

INITIAL_EVENTS_END = "k8s.io/initial-events-end"


async def events(chunks: AsyncIterable[bytes]) -> AsyncGenerator[tuple[str, dict[str, Any]]]:
    """Return each event as (type, object).

    Raises:
        ApiError: the server sent an ERROR event; Gone when it no longer keeps the version.
    """
    async for line in lines(chunks):
        event = orjson.loads(line)
        if event["type"] == "ERROR":
            status: dict[str, Any] = event["object"]
            raise refusal(int(status.get("code") or 500), status)
        yield event["type"], event["object"]


async def lines(chunks: AsyncIterable[bytes]) -> AsyncGenerator[bytes]:
    """Return each line of any length; what follows the last line break was cut off and is lost."""
    parts: list[bytes] = []
    async for chunk in chunks:
        first, *rest = chunk.split(b"\n")
        parts.append(first)
        for following in rest:
            line = b"".join(parts)
            parts = [following]
            if line.strip():
                yield line


def ends_initial_events(obj: dict[str, Any]) -> bool:
    """Tell whether a bookmark says that everything that exists has been sent."""
    annotations: dict[str, str] = obj["metadata"].get("annotations") or {}
    return annotations.get(INITIAL_EVENTS_END) == "true"
