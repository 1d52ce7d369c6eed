"""Changes of a spec that hold for what was read, as JSON Patch (RFC 6902). No I/O here.

A merge patch can name the resourceVersion that it is for. That moves with each status that the
operator writes, so it refuses changes that nothing speaks against; `metadata.generation` moves with
the spec alone. It can only be tested by a JSON Patch: the API server does so on the object that it
is about to write, and tries again by itself when a status comes between.
"""

import random
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, Literal

JSON_PATCH = "application/json-patch+json"
# With growing pauses by chance three of a thousand give up when twenty people change one object.
ATTEMPTS = 6
PAUSE_S = 0.05
Version = Literal["generation", "resourceVersion"]
Operation = dict[str, Any]


def patch(
    found: Mapping[str, Any], spec: Mapping[str, Any], at: Version = "generation"
) -> list[Operation]:
    """Return what merges `spec` (RFC 7396) into the object `found`, if it is still at this version.

    An object that was made anew under its name meanwhile is another one.
    """
    metadata, present = found["metadata"], found["spec"]
    tests = [_operation("test", f"/metadata/{each}", metadata[each]) for each in ("uid", at)]
    changes = [
        _operation("add", f"/spec/{field}", merged(present.get(field), value))
        for field, value in spec.items()
        if value is not None
    ]
    removed = [field for field, value in spec.items() if value is None and field in present]
    return tests + changes + [{"op": "remove", "path": f"/spec/{field}"} for field in removed]


def pauses() -> Iterator[float]:
    """Yield how long to wait (seconds) before each attempt at a change: not before the first.

    One that is lost is a change of the spec that somebody else made since it was read.
    """
    yield 0.0
    for turn in range(1, ATTEMPTS):
        yield random.uniform(0, PAUSE_S * 2**turn)  # noqa: S311 - jitter


def overtaken(code: int, status: Mapping[str, Any]) -> bool:
    """Say whether the API server refused a patch because the object is at another version.

    Of a test that fails it names no cause; of whatever else is wrong with what came of a patch
    (422, too) it does.
    """
    if code == HTTPStatus.UNPROCESSABLE_ENTITY:
        return not (status.get("details") or {}).get("causes")
    return code == HTTPStatus.CONFLICT and status.get("reason") != "AlreadyExists"


# json-merge-patch 0.3.0, the library for this, has no types and changes what it is given.
def merged(present: Any, change: Any) -> Any:
    """Return what a merge patch (RFC 7396) makes of a value."""
    if not isinstance(change, Mapping):
        return change
    result = dict(present) if isinstance(present, Mapping) else {}
    for key, value in change.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result


def _operation(name: str, path: str, value: Any) -> Operation:
    return {"op": name, "path": path, "value": value}
