"""Events of Projects and Teams: Kubernetes keeps them in the namespace `default`.

Nobody gets a right there. Who asks for the events of one object that they may see gets these, read
by the gateway: of this object by its UID, not of what had its name before.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from rise_backend.gateway import selectors
from rise_backend.gateway.catalogue import KINDS

NAMESPACE = "default"
_PATH = re.compile(rf"(?P<api>/api/v1|/apis/events\.k8s\.io/v1)(?:/namespaces/{NAMESPACE})?/events")
_SUBJECT = {"/api/v1": "involvedObject", "/apis/events.k8s.io/v1": "regarding"}
_RESOURCES = {kind.kind: kind.resource for kind in KINDS.values()}


@dataclass(frozen=True)
class EventsOf:
    """A list or watch of the events of one object."""

    api: str
    resource: str
    name: str
    params: Mapping[str, str]

    def target(self, uid: str) -> str:
        """Return the path and query for the events of the object with this UID.

        What is added stands first: the client's own selector can only take away from it.
        """
        subject = _SUBJECT[self.api]
        own = f"{subject}.name={self.name},{subject}.uid={uid},"
        query = {**self.params, "fieldSelector": own + self.params["fieldSelector"]}
        return f"{self.api}/namespaces/{NAMESPACE}/events?{urlencode(query)}"


def asked_for(path: str, params: Mapping[str, str]) -> EventsOf | None:
    """Return whose events a GET asks for; None: not for those of one Project or Team."""
    found = _PATH.fullmatch(path)
    if found is None:
        return None
    subject = _SUBJECT[found["api"]]
    wanted = selectors.exact(params.get("fieldSelector", ""))
    resource = _RESOURCES.get(wanted.get(f"{subject}.kind", ""))
    name = wanted.get(f"{subject}.name", "")
    if resource is None or not name:
        return None
    return EventsOf(found["api"], resource, name, params)
