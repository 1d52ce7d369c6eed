"""What a Project should look like in the cluster: Project and facts → manifests, in order.

Namespace, then cluster-scoped rights, then what stands inside the namespace. Manifests hold
exactly the fields that the operator owns (server-side apply); nothing is copied from the user's
labels or annotations; the same input gives the same output, whatever the order of its lists.
"""

from rise_crds.api import (
    LABEL_PROJECT,
    LABEL_PROJECT_UID,
    OPERATOR_USER,
    PULL_SECRET,
    namespace_name,
)
from rise_crds.v1alpha1.project import Project
from rise_operator import rbac
from rise_operator.manifest import Manifest
from rise_operator.project import ownership
from rise_operator.project.facts import NamespaceState, ProjectFacts
from rise_operator.rbac import Parent, Subject

OWNER_VERBS = ("get", "list", "watch", "update", "patch", "delete", "push")
DEVELOPER_VERBS = ("get", "list", "watch", "push")
VIEWER_VERBS = ("get", "list", "watch")
RECIPIENT_VERBS = ("get", "patch")
FAREWELL_VERBS = ("get", "list", "watch", "delete")

SERVICE_ACCOUNT, DEFAULT_ACCOUNT = "rise-runtime", "default"
_, _, _NAMESPACE, _ACCOUNT = OPERATOR_USER.split(":")
OPERATOR: Subject = {"kind": "ServiceAccount", "name": _ACCOUNT, "namespace": _NAMESPACE}


def desired(project: Project, facts: ProjectFacts) -> list[Manifest]:
    """Return every object of `project`, each after what it needs.

    A foreign or terminating namespace is left alone: then only the cluster-scoped rights remain,
    with which people see what is wrong.
    """
    state = facts.namespace_state(project)
    if state in {NamespaceState.FOREIGN, NamespaceState.TERMINATING}:
        return access(project, facts)
    return [namespace(project), *access(project, facts), *inside(project, facts)]


def farewell(project: Project, facts: ProjectFacts) -> list[Manifest]:
    """Return what remains while `project` is Terminating.

    The owner can still see it go and delete it again. Once the finalizer is off, delete these too:
    garbage collection would, but starts up to half a minute late where the CRDs are new.
    """
    return rbac.grant(_parent(project), "owner", FAREWELL_VERBS, ownership.owners(project, facts))


def namespace(project: Project) -> Manifest:
    """Return the namespace, without ownerReference: garbage collection would undo `Orphan`."""
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": namespace_name(project.metadata.name), "labels": _labels(project)},
    }


def access(project: Project, facts: ProjectFacts) -> list[Manifest]:
    """Return the rights on the Project itself; the owner's role stands also without an owner."""
    parent = _parent(project)
    roles = (
        ("developer", DEVELOPER_VERBS, ownership.members(project, facts, "developer")),
        ("viewer", VIEWER_VERBS, ownership.members(project, facts, "viewer")),
        ("recipient", RECIPIENT_VERBS, ownership.recipient(project)),
    )
    manifests = rbac.grant(parent, "owner", OWNER_VERBS, ownership.owners(project, facts))
    for name, verbs, people in roles:
        if people:
            manifests += rbac.grant(parent, name, verbs, people)
    return manifests


def inside(project: Project, facts: ProjectFacts) -> list[Manifest]:
    """Return what stands in the namespace; the operator's own right first: the rest needs it."""
    developers = ownership.owners(project, facts) | ownership.members(project, facts, "developer")
    viewers = ownership.members(project, facts, "viewer")
    manifests = [_role_binding(project, "rise:ns:operator", [OPERATOR])]
    if developers:
        manifests.append(_role_binding(project, "rise:ns:developer", developers.subjects()))
    if viewers:
        manifests.append(_role_binding(project, "rise:ns:viewer", viewers.subjects()))
    return [*manifests, service_account(project), default_account(project)]


def service_account(project: Project) -> Manifest:
    """Return the account that the project's programs run as: it holds no rights and no token."""
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": _inside(project, SERVICE_ACCOUNT),
        "automountServiceAccountToken": False,
        "imagePullSecrets": [{"name": PULL_SECRET}],
    }


def default_account(project: Project) -> Manifest:
    """Return what is ours of the namespace's own account, which Kubernetes makes: it can pull."""
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": _inside(project, DEFAULT_ACCOUNT),
        "imagePullSecrets": [{"name": PULL_SECRET}],
    }


def _role_binding(project: Project, name: str, subjects: list[Subject]) -> Manifest:
    return {
        "apiVersion": rbac.RBAC_VERSION,
        "kind": "RoleBinding",
        "metadata": _inside(project, name),
        "roleRef": rbac.role_reference(name),
        "subjects": [dict(subject) for subject in subjects],
    }


def _inside(project: Project, name: str) -> Manifest:
    return {
        "name": name,
        "namespace": namespace_name(project.metadata.name),
        "labels": _labels(project),
    }


def _labels(project: Project) -> dict[str, str]:
    return {LABEL_PROJECT: project.metadata.name, LABEL_PROJECT_UID: project.metadata.uid}


def _parent(project: Project) -> Parent:
    return Parent(
        "Project",
        "projects",
        project.metadata.name,
        project.metadata.uid,
        tuple(_labels(project).items()),
    )
