"""Events about Projects and Teams: one when Ready changes, none otherwise.

Events of cluster-scoped objects live in namespace default. They are best effort: one that cannot
be written is lost, and nothing waits for it.
"""

from __future__ import annotations

import logging
import socket
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from rise_crds.api import FIELD_MANAGER, GROUP
from rise_crds.conditions import READY, STALLED
from rise_operator.engine.refusals import ApiError
from rise_operator.engine.resource import EVENTS

if TYPE_CHECKING:
    from rise_operator.engine.client import Client
    from rise_operator.objects import Body

NAMESPACE = "default"
NOTE_MAX = 1024

_log = logging.getLogger(__name__)


class Events:
    """Posts events in the operator's name."""

    def __init__(self, client: Client) -> None:
        """Post through `client`."""
        self._client = client
        self._instance = f"{FIELD_MANAGER}-{socket.gethostname()}"[:128]

    async def transition(self, body: Body, status: dict[str, Any]) -> None:
        """Tell that Ready is not what it was in `body`, if so."""
        before, after = _find(body.get("status"), READY), _find(status, READY)
        if after is None or _said(before) == _said(after):
            return
        stalled = _find(status, STALLED) is not None
        event = self._event(body, after, "Warning" if stalled else "Normal")
        try:
            await self._client.create(EVENTS, event)
        except ApiError as error:
            _log.debug("event lost: %s", error)

    def _event(self, body: Body, ready: dict[str, Any], type_: str) -> dict[str, Any]:
        metadata = body["metadata"]
        now = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        return {
            "apiVersion": "events.k8s.io/v1",
            "kind": "Event",
            "metadata": {"name": f"{metadata['name']}.{uuid4().hex[:16]}", "namespace": NAMESPACE},
            "eventTime": now,
            "type": type_,
            "reason": ready["reason"],
            "note": ready["message"][:NOTE_MAX],
            "action": "Reconcile",
            "reportingController": f"{GROUP}/operator",
            "reportingInstance": self._instance,
            "regarding": {
                "apiVersion": body["apiVersion"],
                "kind": body["kind"],
                "name": metadata["name"],
                "uid": metadata["uid"],
                "resourceVersion": metadata["resourceVersion"],
            },
        }


def _find(status: Any, type_: str) -> dict[str, Any] | None:
    conditions: list[dict[str, Any]] = (status or {}).get("conditions") or []
    return next((each for each in conditions if each["type"] == type_), None)


def _said(ready: dict[str, Any] | None) -> tuple[str, str] | None:
    return (ready["status"], ready["reason"]) if ready else None
