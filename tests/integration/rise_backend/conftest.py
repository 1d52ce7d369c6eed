"""What people may do here: no chart grants them anything that streams."""

from collections.abc import Generator
from typing import Any

import pytest
from fixtures.realm import Realm
from kubernetes import client, config

RBAC = "rbac.authorization.k8s.io"
NAME = "reads-namespaces"


@pytest.fixture
def reader(realm: Realm) -> Generator[None]:
    """Let people list and watch namespaces."""
    with config.new_client_from_config(str(realm.admin_kubeconfig)) as api:
        rbac = client.RbacAuthorizationV1Api(api)
        rule: dict[str, Any] = {
            "apiGroups": [""],
            "resources": ["namespaces"],
            "verbs": ["list", "watch"],
        }
        role: Any = {"metadata": {"name": NAME}, "rules": [rule]}
        group = {"apiGroup": RBAC, "kind": "Group", "name": "rise:users"}
        reference = {"apiGroup": RBAC, "kind": "ClusterRole", "name": NAME}
        binding: Any = {"metadata": {"name": NAME}, "roleRef": reference, "subjects": [group]}
        rbac.create_cluster_role(role)
        rbac.create_cluster_role_binding(binding)
        yield
        rbac.delete_cluster_role_binding(NAME)
        rbac.delete_cluster_role(NAME)
