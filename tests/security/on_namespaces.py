"""Attempts at namespaces of projects, at what is in them, and at rights of one's own making."""

from typing import Any

from security.asking import CORE as KUBERNETES
from security.asking import RBAC, Person, Request, merge, post
from security.case import Case
from security.people import (
    ADMIN,
    ALICE,
    ARGO,
    COLLECTOR,
    CONTROLLERS,
    DEV,
    KIM,
    MALLORY,
    MIGRATOR,
    NAMESPACE_CONTROLLER,
    NEW,
    OPERATOR,
    PUBLISHER,
    SHOP,
    VIC,
    leaked,
)

NAMESPACES = f"{KUBERNETES}/namespaces"
SHOPS = f"{NAMESPACES}/rise-{SHOP}"
RUNNER = Person(
    "system:serviceaccount:kube-system:namespace-controller",
    ("system:serviceaccounts", "system:serviceaccounts:kube-system"),
)


def _called(name: str, **metadata: Any) -> dict[str, Any]:
    return {"metadata": {"name": name, **metadata}}


def _get(path: str) -> Request:
    return Request("GET", path)


def _secret(name: str, namespace: str = f"rise-{SHOP}") -> Request:
    body = {**_called(name), "stringData": {"x": "y"}}
    return post(f"{NAMESPACES}/{namespace}/secrets", body)


PRIVILEGED = merge(
    SHOPS, {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "privileged"}}}
)
UNCLAIMED = merge(SHOPS, {"metadata": {"labels": {"internal.rise.dev/project-uid": None}}})
STATUS = merge(f"{SHOPS}/status", {"metadata": {"labels": {"x": "y"}}})
FINALIZE = Request(
    "PUT", f"{SHOPS}/finalize", {**_called(f"rise-{SHOP}"), "spec": {"finalizers": []}}
)
MANAGED = "rise- namespaces and labels internal.rise.dev/ are managed by the Rise operator: create"
OURS = r"Secrets named rise-\* in a project's namespace are managed by the Rise operator: give"
POD = {**_called("x"), "spec": {"containers": [{"name": "x", "image": "x"}]}}
PODS = _get(f"{SHOPS}/pods")
NEW_NAMESPACE = post(NAMESPACES, _called(f"rise-{NEW}"))
ANY_NAMESPACE = post(NAMESPACES, _called(NEW))
PULL = f"{SHOPS}/secrets/rise-pull"
GRAB = {
    **_called(NEW),
    "roleRef": {
        "apiGroup": "rbac.authorization.k8s.io",
        "kind": "ClusterRole",
        "name": "rise:user",
    },
    "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": ALICE.user}],
}

CASES = [
    Case(
        68,
        "alice binds a role to herself",
        ALICE,
        post(f"{RBAC}/clusterrolebindings", GRAB),
        "cannot create resource",
        ADMIN,
    ),
    Case(
        68,
        "alice binds a role to herself in her namespace",
        ALICE,
        post(f"{RBAC}/namespaces/rise-{SHOP}/rolebindings", GRAB),
        "cannot create resource",
        ADMIN,
    ),
    Case(
        72,
        "alice lists the Secrets of her project",
        ALICE,
        _get(f"{SHOPS}/secrets"),
        "cannot list resource",
        PODS,
    ),
    Case(
        72,
        "alice reads the pull Secret of her project",
        ALICE,
        _get(PULL),
        "cannot get resource",
        OPERATOR,
    ),
    Case(
        72, "alice creates a pod", ALICE, post(f"{SHOPS}/pods", POD), "cannot create resource", PODS
    ),
    Case(
        72,
        "alice asks for a token of her project's account",
        ALICE,
        post(f"{SHOPS}/serviceaccounts/rise-runtime/token", {"spec": {}}),
        "cannot create resource",
        PODS,
    ),
    Case(
        72,
        "a developer lists the Secrets",
        DEV,
        _get(f"{SHOPS}/secrets"),
        "cannot list resource",
        PODS,
    ),
    Case(72, "a viewer sees pods", VIC, PODS),
    Case(
        72,
        "mallory sees pods of a project that is not hers",
        MALLORY,
        PODS,
        "cannot list resource",
        VIC,
    ),
    Case(
        73,
        "alice takes the guard of her namespace away",
        ALICE,
        PRIVILEGED,
        "cannot patch resource",
        OPERATOR,
    ),
    Case(
        73,
        "with a leaked role alice takes the guard of her namespace away",
        leaked(ALICE),
        PRIVILEGED,
        MANAGED,
        OPERATOR,
    ),
    Case(
        73,
        "with a leaked role alice takes the project's label off the namespace",
        leaked(ALICE),
        UNCLAIMED,
        MANAGED,
        OPERATOR,
    ),
    Case(
        73,
        "with a leaked role alice goes by the namespace's status",
        leaked(ALICE),
        STATUS,
        MANAGED,
        ADMIN,
    ),
    Case(
        73,
        "with a leaked role alice finalizes the namespace",
        leaked(ALICE),
        FINALIZE,
        MANAGED,
        ADMIN,
    ),
    Case(
        73,
        "with a leaked role mallory creates a namespace of a coming project",
        leaked(MALLORY),
        NEW_NAMESPACE,
        MANAGED,
        ANY_NAMESPACE,
    ),
    Case(
        73,
        "with a leaked role mallory deletes alice's namespace",
        leaked(MALLORY),
        Request("DELETE", SHOPS),
        MANAGED,
        OPERATOR,
    ),
    Case(
        73,
        "with a leaked role mallory labels any namespace as a project's",
        leaked(MALLORY),
        post(NAMESPACES, _called(NEW, labels={"internal.rise.dev/project-uid": "x"})),
        MANAGED,
        ANY_NAMESPACE,
    ),
    Case(
        73,
        "with a leaked role mallory labels an existing namespace as a project's",
        leaked(MALLORY),
        merge(f"{NAMESPACES}/default", {"metadata": {"labels": {"internal.rise.dev/x": "y"}}}),
        MANAGED,
        ADMIN,
    ),
    Case(
        73,
        "with a leaked role mallory changes rise-system",
        leaked(MALLORY),
        merge(f"{NAMESPACES}/rise-system", {"metadata": {"labels": {"x": "y"}}}),
        MANAGED,
        ADMIN,
    ),
    Case(73, "an account that runs the cluster labels a namespace", ARGO, PRIVILEGED),
    Case(73, "an administrator by group labels a namespace", KIM, PRIVILEGED),
    Case(73, "the namespace controller ends a namespace", RUNNER, FINALIZE),
    *(
        Case(73, f"{who.user} ends a namespace", who, FINALIZE)
        for who in (CONTROLLERS, NAMESPACE_CONTROLLER, COLLECTOR, MIGRATOR, PUBLISHER)
    ),
    *(
        Case(138, f"{who.user} deletes a Secret rise-*", who, Request("DELETE", PULL))
        for who in (CONTROLLERS, NAMESPACE_CONTROLLER, COLLECTOR, MIGRATOR)
    ),
    Case(
        138,
        "root-ca-cert-publisher deletes a Secret rise-*",
        PUBLISHER,
        Request("DELETE", PULL),
        OURS,
        NAMESPACE_CONTROLLER,
    ),
    Case(138, "an administrator by group deletes a Secret rise-*", KIM, Request("DELETE", PULL)),
    Case(76, "an administrator creates a namespace before its project", ADMIN, NEW_NAMESPACE),
    Case(
        138,
        "with a leaked role alice creates a Secret rise-*",
        leaked(ALICE),
        _secret("rise-x"),
        OURS,
        _secret("mine"),
    ),
    Case(
        138,
        "with a leaked role alice changes the pull Secret",
        leaked(ALICE),
        merge(PULL, {"stringData": {"x": "z"}}),
        OURS,
        OPERATOR,
    ),
    Case(
        138,
        "with a leaked role alice deletes the pull Secret",
        leaked(ALICE),
        Request("DELETE", PULL),
        OURS,
        OPERATOR,
    ),
    Case(
        138,
        "with a leaked role alice deletes every Secret of her namespace",
        leaked(ALICE),
        Request("DELETE", f"{SHOPS}/secrets"),
        OURS,
        ADMIN,
    ),
    Case(
        138,
        "an account with a wildcard creates a Secret rise-*",
        ARGO,
        _secret("rise-x"),
        OURS,
        _secret("mine"),
    ),
    Case(
        138,
        "with a leaked role alice creates a Secret rise-* elsewhere",
        leaked(ALICE),
        _secret("rise-x", "default"),
    ),
    Case(138, "the operator creates a Secret rise-*", OPERATOR, _secret("rise-x")),
]
