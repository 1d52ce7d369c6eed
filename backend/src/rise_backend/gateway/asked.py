"""What a request is about, in the words of the authorizer: its path, read as the server reads it.

Nothing is allowed by what stands here: the API server decides each request by its own reading. It
serves to refuse what is about a project out of sight, and to ask again later whether a stream may
go on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import unquote

from rise_backend.gateway import selectors
from rise_crds.api import GROUP, namespace_name

NAMESPACE_PREFIX = namespace_name("")
_OF_THE_NAMESPACE = frozenset({"status", "finalize"})
VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}


@dataclass(frozen=True)
class Asked:
    """A verb on a resource; an empty name means all of them, an empty namespace everywhere."""

    verb: str
    group: str
    resource: str
    subresource: str = ""
    namespace: str = ""
    name: str = ""

    @property
    def streams(self) -> bool:
        """Whether the answer may go on for as long as somebody listens."""
        return self.verb == "watch" or self.subresource == "log"

    @property
    def project(self) -> str:
        """The project whose namespace this is about; empty: none's."""
        if not self.namespace.startswith(NAMESPACE_PREFIX):
            return ""
        return self.namespace.removeprefix(NAMESPACE_PREFIX)

    @property
    def is_one_of_ours(self) -> bool:
        """Whether this is about one Project or Team by its name."""
        return self.group == GROUP and self.name != "" and not self.subresource

    @property
    def everywhere(self) -> "Asked":
        """The same verb on all objects of the kind, wherever they are."""
        return replace(self, namespace="", name="")

    @property
    def kind(self) -> str:
        """The resource with its subresource, as roles name it."""
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource

    def attributes(self) -> dict[str, str]:
        """Return the resourceAttributes of an access review."""
        return {
            "verb": self.verb,
            "group": self.group,
            "resource": self.resource,
            "subresource": self.subresource,
            "namespace": self.namespace,
            "name": self.name,
        }


def read(
    path: str, params: Mapping[str, str], *, watch: bool = False, method: str = "GET"
) -> Asked | None:
    """Return what a request is about; None: of no resource."""
    group, parts = _group(unquote(path).strip("/").split("/"))
    old_way = parts[:1] == ["watch"]
    namespace, parts = _namespace(parts[1:] if old_way else parts)
    if not parts or not parts[0]:
        return None
    resource, name, subresource = (*parts[:3], "", "")[:3]
    if method in VERBS:
        verb = VERBS[method] if name or method != "DELETE" else "deletecollection"
    else:
        verb = "watch" if old_way or (watch and not name) else "get" if name else "list"
    name = name or selectors.single_name(params.get("fieldSelector", "")) or ""
    return Asked(verb, group, resource, subresource, namespace, name)


def _group(parts: list[str]) -> tuple[str, list[str]]:
    if parts[0] == "api":
        return "", parts[2:]
    return (parts[1], parts[3:]) if parts[0] == "apis" and len(parts) > 1 else ("", [])


def _namespace(parts: list[str]) -> tuple[str, list[str]]:
    if len(parts) > 1 and parts[0] == "namespaces":
        inside = len(parts) > 2 and parts[2] not in _OF_THE_NAMESPACE  # noqa: PLR2004 - the third word
        return parts[1], parts[2:] if inside else parts
    return "", parts
