"""Which kinds the operator reads and writes, and where the API server keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from rise_crds.api import GROUP, VERSION

_RBAC = "rbac.authorization.k8s.io"
_ADMISSION = "admissionregistration.k8s.io"


@dataclass(frozen=True)
class Resource:
    """One kind of object."""

    kind: str
    plural: str
    group: str
    version: str = "v1"
    namespaced: bool = False

    @property
    def label(self) -> str:
        """The name in metrics and logs."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    def path(self, name: str = "", namespace: str = "", subresource: str = "") -> str:
        """Return the path of one object, or of all of them."""
        root = f"/apis/{self.group}" if self.group else "/api"
        parts = [root, self.version]
        if namespace:
            parts += ["namespaces", quote(namespace, safe="")]
        parts.append(self.plural)
        parts += [quote(part, safe=":") for part in (name, subresource) if part]
        return "/".join(parts)


PROJECTS = Resource("Project", "projects", GROUP, VERSION)
TEAMS = Resource("Team", "teams", GROUP, VERSION)
NAMESPACES = Resource("Namespace", "namespaces", "")
SERVICE_ACCOUNTS = Resource("ServiceAccount", "serviceaccounts", "", namespaced=True)
SECRETS = Resource("Secret", "secrets", "", namespaced=True)
CLUSTER_ROLES = Resource("ClusterRole", "clusterroles", _RBAC)
CLUSTER_ROLE_BINDINGS = Resource("ClusterRoleBinding", "clusterrolebindings", _RBAC)
ROLE_BINDINGS = Resource("RoleBinding", "rolebindings", _RBAC, namespaced=True)
POLICIES = Resource("ValidatingAdmissionPolicy", "validatingadmissionpolicies", _ADMISSION)
POLICY_BINDINGS = Resource(
    "ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings", _ADMISSION
)
LEASES = Resource("Lease", "leases", "coordination.k8s.io", namespaced=True)
EVENTS = Resource("Event", "events", "events.k8s.io", namespaced=True)

CHILDREN = (NAMESPACES, CLUSTER_ROLES, CLUSTER_ROLE_BINDINGS, ROLE_BINDINGS, SERVICE_ACCOUNTS)
