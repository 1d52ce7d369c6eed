"""Which groups of the identity provider the gateway may impersonate: those that Teams name."""

from collections.abc import Iterable

from rise_crds.api import IDP_GROUP_PREFIX
from rise_operator.manifest import Manifest
from rise_operator.rbac import RBAC_VERSION
from rise_operator.team.facts import TeamFacts

NAME = "rise:gateway:groups"


def desired(teams: Iterable[TeamFacts]) -> list[Manifest]:
    """Return the ClusterRole that the chart binds to the gateway, from all Teams of the cluster.

    Shape: one role, or nothing when no Team names a group: a rule without resourceNames would
    open every group. Terminating Teams count until they are gone, as their people's rights do.
    """
    groups = sorted({team.idp_group for team in teams if team.idp_group})
    if not groups:
        return []
    rule = {
        "apiGroups": ["authentication.k8s.io"],
        "resources": ["groups"],
        "resourceNames": [IDP_GROUP_PREFIX + group for group in groups],
        "verbs": ["impersonate:user-info"],
    }
    return [
        {
            "apiVersion": RBAC_VERSION,
            "kind": "ClusterRole",
            "metadata": {"name": NAME},
            "rules": [rule],
        }
    ]
