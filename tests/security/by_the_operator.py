"""Attempts with a stolen token of the operator: it opens projects, and nothing else."""

from typing import Any

from security.asking import CORE as KUBERNETES
from security.asking import RBAC, Person, Request, create, mark, merge, post
from security.case import Case
from security.people import ADMIN, ALICE, MALLORY, NEW, OPERATOR, SHOP

NAMESPACES = f"{KUBERNETES}/namespaces"
MINE = f"rise:project:{NEW}:owner"
GROUPS = "rise:gateway:groups"
GROUP = "rbac.authorization.k8s.io"
OF_RISE: dict[str, Any] = {
    "apiGroups": ["rise.dev"],
    "resources": ["projects"],
    "resourceNames": [NEW],
    "verbs": ["get", "own"],
}


def role(name: str = MINE, **change: Any) -> Request:
    rules = [{key: value for key, value in {**OF_RISE, **change}.items() if value is not None}]
    return post(f"{RBAC}/clusterroles", {"metadata": {"name": name}, "rules": rules})


def speak_for(*groups: str) -> Request:
    rule: dict[str, Any] = {
        "apiGroups": ["authentication.k8s.io"],
        "resources": ["groups"],
        "verbs": ["impersonate:user-info"],
        **({"resourceNames": groups} if groups else {}),
    }
    return merge(f"{RBAC}/clusterroles/{GROUPS}", {"rules": [rule]})


def bind(bound: str, name: str = MINE, inside: str = "") -> Request:
    where = f"namespaces/{inside}/rolebindings" if inside else "clusterrolebindings"
    reference = {"apiGroup": GROUP, "kind": "ClusterRole", "name": bound}
    subject = {"apiGroup": GROUP, "kind": "User", "name": MALLORY.user}
    body = {"metadata": {"name": name}, "roleRef": reference, "subjects": [subject]}
    return post(f"{RBAC}/{where}", body)


def namespace(name: str) -> Request:
    return post(NAMESPACES, {"metadata": {"name": name}})


def _case(row: int, it: str, does: Request, says: str, twin: Any) -> Case:
    return Case(row, f"the operator {it}", OPERATOR, does, says, twin)


ELSE = "; use an account of your own for anything else"
PLACES = (
    "the Rise operator works only in rise- namespaces and on roles named rise:project:, rise:team:"
    + ELSE
)
SAME_NAME = f"cluster-wide the Rise operator binds only the role of the same name{ELSE}"
NAMED = f"the Rise operator grants rights on named rise.dev objects only{ELSE}"
IDP_ONLY = f"rise:gateway:groups names identity-provider groups only{ELSE}"
NS_ONLY = f"the Rise operator binds only rise:ns: roles in a namespace{ELSE}"
THEIRS = (
    r"in a project's namespace the Rise operator writes Secrets and accounts named rise-\* and the "
    f"account default only{ELSE}"
)
ESCALATES = "is attempting to grant RBAC permissions not currently held"
LABELLED = {"metadata": {"labels": {"x": "y"}}}
SHOPS = f"{NAMESPACES}/rise-{SHOP}"
AS_ITSELF = Person(account="rise-operator")
AS_ANOTHER = Person("rise-local-admin", ("system:masters",), account="rise-operator")
OWN_ROLE = f"rise:project:{SHOP}:owner"

CASES = [
    _case(69, "creates a role with every verb", role(verbs=["*"]), ESCALATES, role()),
    _case(
        69,
        "creates a role for Secrets",
        role(apiGroups=[""], resources=["secrets"], verbs=["get"]),
        ESCALATES,
        role(),
    ),
    _case(70, "binds cluster-admin", bind("cluster-admin"), ESCALATES, role()),
    _case(
        70,
        "binds cluster-admin inside a project",
        bind("cluster-admin", NEW, f"rise-{SHOP}"),
        ESCALATES,
        bind("rise:ns:viewer", NEW, f"rise-{SHOP}"),
    ),
    _case(
        137,
        "binds its rights on Secrets in kube-system",
        bind("rise:ns:operator", NEW, "kube-system"),
        PLACES,
        bind("rise:ns:operator", NEW, f"rise-{SHOP}"),
    ),
    _case(
        137,
        "binds its rights on Secrets in rise-system",
        bind("rise:ns:operator", NEW, "rise-system"),
        PLACES,
        bind("rise:ns:operator", NEW, f"rise-{SHOP}"),
    ),
    _case(
        137, "binds its rights on Secrets cluster-wide", bind("rise:ns:operator"), SAME_NAME, ADMIN
    ),
    _case(
        137,
        "binds a project's role under another project's name",
        bind(OWN_ROLE, MINE),
        SAME_NAME,
        ADMIN,
    ),
    _case(
        137,
        "binds a project's role under a name of its own",
        bind(OWN_ROLE, "evil"),
        PLACES,
        ADMIN,
    ),
    _case(
        137,
        "binds a project's role inside a namespace",
        bind(OWN_ROLE, NEW, f"rise-{SHOP}"),
        NS_ONLY,
        bind("rise:ns:viewer", NEW, f"rise-{SHOP}"),
    ),
    _case(137, "creates a namespace of any name", namespace(NEW), PLACES, namespace(f"rise-{NEW}")),
    _case(
        137,
        "deletes another namespace",
        Request("DELETE", f"{NAMESPACES}/kube-node-lease"),
        PLACES,
        Request("DELETE", SHOPS),
    ),
    _case(
        137,
        "changes kube-system",
        merge(f"{NAMESPACES}/kube-system", LABELLED),
        PLACES,
        merge(SHOPS, LABELLED),
    ),
    _case(
        137,
        "changes rise-system",
        merge(f"{NAMESPACES}/rise-system", LABELLED),
        PLACES,
        merge(SHOPS, LABELLED),
    ),
    _case(137, "grants rights on every project", role(resourceNames=None), NAMED, role()),
    _case(137, "grants rights on no project in particular", role(resourceNames=[]), NAMED, role()),
    _case(
        137,
        "grants rights on namespaces",
        role(apiGroups=[""], resources=["namespaces"], verbs=["delete"]),
        NAMED,
        role(),
    ),
    _case(
        137,
        "grants rights on the status of a project",
        role(resources=["projects/status"], verbs=["patch"]),
        NAMED,
        role(),
    ),
    _case(
        137,
        "grants rights on roles",
        role(apiGroups=[GROUP], resources=["clusterroles"], verbs=["patch"]),
        NAMED,
        role(),
    ),
    _case(137, "creates a role of any name", role("evil"), PLACES, role()),
    _case(
        137,
        "deletes rise-system",
        Request("DELETE", f"{NAMESPACES}/rise-system"),
        PLACES,
        Request("DELETE", SHOPS),
    ),
    _case(
        137,
        "deletes the role that everybody has",
        Request("DELETE", f"{RBAC}/clusterroles/rise:user"),
        PLACES,
        Request("DELETE", f"{RBAC}/clusterroles/{OWN_ROLE}"),
    ),
    _case(
        137,
        "changes the role that everybody has",
        merge(f"{RBAC}/clusterroles/rise:user", LABELLED),
        f"{PLACES}|{ESCALATES}",
        merge(f"{RBAC}/clusterroles/{OWN_ROLE}", LABELLED),
    ),
    _case(
        137,
        "changes its own role",
        merge(f"{RBAC}/clusterroles/rise:operator", LABELLED),
        PLACES,
        ADMIN,
    ),
    _case(
        137,
        "changes what it is bound to",
        merge(f"{RBAC}/clusterrolebindings/rise:operator", LABELLED),
        PLACES,
        ADMIN,
    ),
    _case(
        137,
        "deletes a role of the cluster's",
        Request("DELETE", f"{RBAC}/clusterroles/view"),
        PLACES,
        Request("DELETE", f"{RBAC}/clusterroles/{OWN_ROLE}"),
    ),
    _case(
        137,
        "lets the gateway speak for system:masters",
        speak_for("system:masters"),
        IDP_ONLY,
        speak_for("rise:idp:eng"),
    ),
    _case(
        137,
        "lets the gateway speak for every group",
        speak_for(),
        IDP_ONLY,
        speak_for("rise:idp:eng"),
    ),
    _case(
        137,
        "lets the gateway do more with projects",
        merge(f"{RBAC}/clusterroles/{GROUPS}", {"rules": [OF_RISE]}),
        IDP_ONLY,
        speak_for("rise:idp:eng"),
    ),
    _case(
        137,
        "binds what the gateway may speak for to somebody",
        merge(f"{RBAC}/clusterrolebindings/{GROUPS}", LABELLED),
        PLACES,
        ADMIN,
    ),
    _case(
        137,
        "creates a Secret outside projects",
        post(f"{NAMESPACES}/default/secrets", {"metadata": {"name": NEW}}),
        "cannot create resource",
        post(f"{SHOPS}/secrets", {"metadata": {"name": f"rise-{NEW}"}}),
    ),
    _case(
        137,
        "creates a Secret of people's in a project",
        post(f"{SHOPS}/secrets", {"metadata": {"name": NEW}}),
        THEIRS,
        post(f"{SHOPS}/secrets", {"metadata": {"name": f"rise-{NEW}"}}),
    ),
    _case(
        137,
        "reads the Secrets of rise-system",
        Request("GET", f"{NAMESPACES}/rise-system/secrets"),
        "cannot list resource",
        Request("GET", f"{SHOPS}/secrets"),
    ),
    _case(
        137,
        "asks for a token of the backend's account",
        post(f"{NAMESPACES}/rise-system/serviceaccounts/rise-backend/token", {"spec": {}}),
        "cannot create resource",
        ADMIN,
    ),
    _case(
        137,
        "creates a project",
        create("projects", NEW, {"owner": {"user": ALICE.email}}),
        "cannot create resource",
        ALICE,
    ),
    _case(
        80,
        "deletes the policy that fences it",
        Request(
            "DELETE",
            "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/operator-fence.rise.dev",
        ),
        "cannot delete resource",
        ADMIN,
    ),
    Case(
        107,
        "with the operator's token somebody speaks as an administrator",
        AS_ANOTHER,
        mark("projects", SHOP, labels={"x": "y"}),
        "cannot impersonate",
        AS_ITSELF,
    ),
    Case(107, "the operator finishes a project", OPERATOR, mark("projects", SHOP, finalizers=None)),
]
