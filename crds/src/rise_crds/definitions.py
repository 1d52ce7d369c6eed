"""The CustomResourceDefinitions: schema, names, columns."""

from typing import Any

from rise_crds.models import Resource
from rise_crds.names import GROUP, VERSION
from rise_crds.schema import kind_schema
from rise_crds.v1alpha1.project import Project
from rise_crds.v1alpha1.team import Team

Column = dict[str, Any]


def _of_ready(field: str) -> str:
    return f'.status.conditions[?(@.type=="Ready")].{field}'


_OWNER: Column = {
    "name": "Owner",
    "type": "string",
    "jsonPath": ".status.owner",
    "description": "Who it belongs to.",
}
_READY: Column = {
    "name": "Ready",
    "type": "string",
    "jsonPath": _of_ready("status"),
    "description": "Whether everything is in place.",
}
_REASON: Column = {
    "name": "Reason",
    "type": "string",
    "jsonPath": _of_ready("reason"),
    "description": "Why it is, or is not.",
}
_NAMESPACE: Column = {
    "name": "Namespace",
    "type": "string",
    "priority": 1,
    "jsonPath": ".status.namespace",
    "description": "The project's namespace.",
}
_MESSAGE: Column = {
    "name": "Message",
    "type": "string",
    "priority": 1,
    "jsonPath": _of_ready("message"),
    "description": "The reason in words.",
}
_AGE: Column = {
    "name": "Age",
    "type": "date",
    "jsonPath": ".metadata.creationTimestamp",
    "description": "When it was created.",
}


def definitions() -> list[dict[str, Any]]:
    """Return every CustomResourceDefinition, by name."""
    return [
        _definition(
            Project,
            short_name="rp",
            columns=[_OWNER, _READY, _REASON, _NAMESPACE, _MESSAGE, _AGE],
            selectable=[".spec.owner.team", ".spec.owner.user"],
        ),
        _definition(Team, short_name="rt", columns=[_READY, _REASON, _MESSAGE, _AGE]),
    ]


def _definition(
    kind: type[Resource],
    *,
    short_name: str,
    columns: list[Column],
    selectable: list[str] | None = None,
) -> dict[str, Any]:
    singular = kind.__name__.lower()
    version: dict[str, Any] = {
        "name": VERSION,
        "served": True,
        "storage": True,
        "subresources": {"status": {}},
        "additionalPrinterColumns": columns,
        "schema": {"openAPIV3Schema": kind_schema(kind)},
    }
    if selectable:
        version["selectableFields"] = [{"jsonPath": path} for path in selectable]
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{singular}s.{GROUP}"},
        "spec": {
            "group": GROUP,
            "scope": "Cluster",
            "names": {
                "kind": kind.__name__,
                "listKind": f"{kind.__name__}List",
                "plural": f"{singular}s",
                "singular": singular,
                "shortNames": [short_name],
                "categories": ["rise"],
            },
            "versions": [version],
        },
    }
