"""Wait until the operator has done what was asked."""

import time
from collections.abc import Iterator

from rise_cli.client import Client, Resource
from rise_cli.errors import NotFoundError, NotReadyError, TimedOutError, UnreachableError
from rise_cli.kinds import PROJECT, Kind
from rise_crds.names import ANNOTATION_ROTATE
from rise_crds.reasons import Reason

FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 2.0


def until_ready(
    client: Client, kind: Kind, written: Resource, timeout_s: float, *, new: bool
) -> str:
    """Wait until the generation that `written` has is Ready, or suspended as it asks to be.

    A `new` object may be out of sight at first: the right to read it comes with the operator's
    first look.

    Returns:
        What has become of it: `ready` or `suspended`.

    Raises:
        NotReadyError: it is stalled: somebody has to act first.
        TimedOutError: it did not become Ready in time.
        NotFoundError: it is gone, or out of sight.
    """
    name, uid = written["metadata"]["name"], written["metadata"]["uid"]
    generation = written["metadata"]["generation"]
    said = "the operator has not looked at it yet"
    seen = not new
    for _ in _moments(timeout_s):
        try:
            present = client.get(kind, name)
        except UnreachableError as error:
            said = str(error)
            continue
        except NotFoundError:
            if seen:
                raise
            continue
        seen = True
        if present["metadata"]["uid"] != uid:
            raise NotFoundError(f"{kind.singular} {name} was deleted and created again meanwhile")
        if settled := _settled(kind, present, generation):
            return settled
        if ready := _condition(present, "Ready", generation):
            said = f"{ready['reason']}: {ready['message']}"
    raise TimedOutError(
        f"{kind.singular} {name} is not Ready after {timeout_s:g} s ({said}); it goes on by "
        f"itself, look with: rise {kind.singular} show {name}"
    )


def _settled(kind: Kind, present: Resource, generation: int) -> str:
    """Return what has become of the object; nothing while the operator is at work."""
    ready = _condition(present, "Ready", generation)
    if ready.get("status") == "True":
        return "ready"
    if stalled := _condition(present, "Stalled", generation):
        raise NotReadyError(
            f"{kind.singular} {present['metadata']['name']} is not Ready: {stalled['reason']}: "
            f"{stalled['message']}. See: rise explain {stalled['reason']}"
        )
    at_work = _condition(present, "Reconciling", generation)
    return "suspended" if ready.get("reason") == str(Reason.SUSPENDED) and not at_work else ""


def until_gone(client: Client, kind: Kind, name: str, uid: str, timeout_s: float) -> None:
    """Wait until the object with `uid` is gone.

    Raises:
        NotReadyError: it cannot go before somebody acts.
        TimedOutError: it still exists.
    """
    said = ""
    for _ in _moments(timeout_s):
        try:
            present = client.get(kind, name)
        except UnreachableError as error:
            said = f" ({error})"
            continue
        except NotFoundError:
            return
        if present["metadata"]["uid"] != uid:
            return
        generation = present["metadata"]["generation"]
        if stalled := _condition(present, "Stalled", generation):
            raise NotReadyError(
                f"{kind.singular} {name} is being deleted, and waits: {stalled['message']}. "
                f"See: rise explain {stalled['reason']}"
            )
        waits = _condition(present, "Ready", generation)
        said = f" ({waits['reason']}: {waits['message']})" if waits else said
    raise TimedOutError(
        f"{kind.singular} {name} is being deleted, and still there after {timeout_s:g} s{said}; "
        f"it goes on by itself, look with: rise {kind.singular} show {name}"
    )


def until_rotated(client: Client, project: Resource, asked: str, timeout_s: float) -> None:
    """Wait until the pull credentials of `project` are those that the annotation `asked` for.

    Raises:
        NotReadyError: somebody has to act first.
        NotFoundError: the project is gone, or out of sight.
        TimedOutError: it did not happen in time.
    """
    name, uid = project["metadata"]["name"], project["metadata"]["uid"]
    said = "the operator has not looked at it yet"
    for _ in _moments(timeout_s):
        try:
            present = client.get(PROJECT, name)
        except UnreachableError as error:
            said = str(error)
            continue
        if present["metadata"]["uid"] != uid:
            raise NotFoundError(f"project {name} was deleted and created again meanwhile")
        latest = present["metadata"].get("annotations", {}).get(ANNOTATION_ROTATE, asked)
        if present.get("status", {}).get("registry", {}).get("rotation") == latest:
            return  # ours, or what somebody asked for after us
        _settled(PROJECT, present, present["metadata"]["generation"])
        if waits := _condition(present, "CredentialsValid", 0):
            said = f"{waits['reason']}: {waits['message']}"
    raise TimedOutError(
        f"the credentials of {name} are not renewed after {timeout_s:g} s ({said}); it goes on by "
        f"itself, look with: rise registry show {name}"
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
