"""Wait until the operator has done what was asked."""

import time
from collections.abc import Iterator

from rise_cli.client import Client, Resource
from rise_cli.errors import NotFoundError, NotReadyError, TimedOutError
from rise_cli.kinds import Kind

FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 2.0


def until_ready(client: Client, kind: Kind, written: Resource, timeout_s: float) -> None:
    """Wait until the generation that `written` has is Ready.

    Raises:
        NotReadyError: it is stalled: somebody has to act first.
        TimedOutError: it did not become Ready in time.
        NotFoundError: it was deleted meanwhile.
    """
    name, uid = written["metadata"]["name"], written["metadata"]["uid"]
    generation = written["metadata"]["generation"]
    said = "the operator has not looked at it yet"
    seen = False
    for _ in _moments(timeout_s):
        try:
            present = client.get(kind, name)
        except NotFoundError:
            if seen:
                raise
            continue  # the right to read it comes with the operator's first look
        seen = True
        if present["metadata"]["uid"] != uid:
            raise NotFoundError(f"{kind.singular} {name} was deleted and created again meanwhile")
        ready = _condition(present, "Ready", generation)
        if ready.get("status") == "True":
            return
        said = f"{ready['reason']}: {ready['message']}" if ready else said
        if _condition(present, "Stalled", generation).get("status") == "True":
            raise NotReadyError(
                f"{kind.singular} {name} is not Ready: {said}. See: rise explain {ready['reason']}"
            )
    raise TimedOutError(
        f"{kind.singular} {name} is not Ready after {timeout_s:g} s ({said}); it goes on by "
        f"itself, look with: rise {kind.singular} show {name}"
    )


def until_gone(client: Client, kind: Kind, name: str, uid: str, timeout_s: float) -> None:
    """Wait until the object with `uid` is gone.

    Raises:
        TimedOutError: it still exists.
    """
    said = ""
    for _ in _moments(timeout_s):
        try:
            present = client.get(kind, name)
        except NotFoundError:
            return
        if present["metadata"]["uid"] != uid:
            return
        generation = present["metadata"]["generation"]
        blocked = _condition(present, "DeletionBlocked", generation)
        waits = blocked or _condition(present, "Ready", generation)
        said = f" ({waits['reason']}: {waits['message']})" if waits else said
    raise TimedOutError(
        f"{kind.singular} {name} is being deleted, and still there after {timeout_s:g} s{said}; "
        f"it goes on by itself, look with: rise {kind.singular} show {name}"
    )


def _moments(timeout_s: float) -> Iterator[None]:
    """Yield now and then until the time is up, at least once."""
    deadline = time.monotonic() + timeout_s
    pause = FIRST_PAUSE_S
    while True:
        yield
        left = deadline - time.monotonic()
        if left <= 0:
            return
        time.sleep(min(pause, left))
        pause = min(pause * 1.5, LONGEST_PAUSE_S)


def _condition(resource: Resource, kind: str, generation: int) -> dict[str, str]:
    """Return the condition as it is known for `generation` or a later one, or nothing."""
    for each in resource.get("status", {}).get("conditions", []):
        if each["type"] == kind and each.get("observedGeneration", 0) >= generation:
            return each
    return {}
