"""Attempts with the operator's token where a careless binding gives it everything."""

from typing import Any

from security.asking import APPLY, RBAC, Request, merge, post
from security.asking import CORE as KUBERNETES
from security.by_the_operator import (
    GROUP,
    GROUPS,
    IDP_ONLY,
    LABELLED,
    MINE,
    NAMED,
    NS_ONLY,
    OF_RISE,
    OWN_ROLE,
    PLACES,
    SAME_NAME,
    THEIRS,
    bind,
    namespace,
    role,
    speak_for,
)
from security.case import Case
from security.people import CORE, NEW, OPERATOR, SHOP, WILDCARD, idp

FREED = OPERATOR.also(WILDCARD)
NAMESPACES = f"{KUBERNETES}/namespaces"
INSIDE = f"rise-{SHOP}"
ROLES = f"{RBAC}/clusterroles"
SECRETS_TOO = {
    "apiGroups": [""],
    "resources": ["secrets"],
    "verbs": ["get"],
    "resourceNames": [NEW],
}
DEFAULT = Request(
    "PATCH",
    f"{KUBERNETES}/namespaces/{INSIDE}/serviceaccounts/default",
    {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": "default", "namespace": INSIDE},
        "imagePullSecrets": [{"name": "rise-registry"}],
    },
    APPLY,
    (("fieldManager", "rise-operator"), ("force", "true")),
)
EVERYTHING = {"clusterRoleSelectors": [{"matchLabels": {"x": "y"}}]}


def _role_inside(name: str, namespace: str = INSIDE) -> Request:
    """Return the creation of a Role; what it grants is not for the fence, nothing binds it."""
    body = {
        "metadata": {"name": name},
        "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}],
    }
    return post(f"{RBAC}/namespaces/{namespace}/roles", body)


def _named(resource: str, name: str, namespace: str = INSIDE) -> Request:
    return post(f"{KUBERNETES}/namespaces/{namespace}/{resource}", {"metadata": {"name": name}})


def _of(name: str, *rules: dict[str, Any], **also: Any) -> Request:
    return post(ROLES, {"metadata": {"name": name}, "rules": list(rules), **also})


def _speaks(**change: Any) -> Request:
    rule = speak_for("rise:idp:eng").body["rules"][0]
    return merge(f"{ROLES}/{GROUPS}", {"rules": [{**rule, **change}]})


def _bind_role(kind: str, name: str) -> Request:
    asked = bind(name, NEW, INSIDE)
    reference = {"apiGroup": GROUP, "kind": kind, "name": name}
    return Request(asked.method, asked.path, {**asked.body, "roleRef": reference})


CASES = [
    Case(
        137,
        f"a freed operator {it}",
        FREED,
        does,
        f"{says}$" if says else "",
        twin,
    )
    for it, does, says, twin in (
        (
            "creates a Secret outside projects",
            _named("secrets", f"rise-{NEW}", "default"),
            PLACES,
            _named("secrets", f"rise-{NEW}"),
        ),
        (
            "creates an account outside projects",
            _named("serviceaccounts", f"rise-{NEW}", "kube-system"),
            PLACES,
            _named("serviceaccounts", f"rise-{NEW}"),
        ),
        *(
            (
                f"creates a role outside projects: {name}",
                _role_inside(name, "kube-system"),
                PLACES,
                _role_inside(name),
            )
            for name in (NEW, GROUPS)
        ),
        (
            "creates a Secret in rise-system",
            _named("secrets", f"rise-{NEW}", "rise-system"),
            PLACES,
            _named("secrets", f"rise-{NEW}"),
        ),
        *(
            (
                f"creates a Secret of people's in a project: {name}",
                _named("secrets", name),
                THEIRS,
                _named("secrets", f"rise-{NEW}"),
            )
            for name in (NEW, f"my-rise-{NEW}", "rise", "risen-x", "default")
        ),
        *(
            (
                f"creates an account of people's in a project: {name}",
                _named("serviceaccounts", name),
                THEIRS,
                _named("serviceaccounts", f"rise-{NEW}"),
            )
            for name in (NEW, "rise", "default2", "my-default")
        ),
        ("attaches the pull Secret to a project's default account", DEFAULT, "", None),
        (
            "deletes a project's default account",
            Request("DELETE", f"{KUBERNETES}/namespaces/{INSIDE}/serviceaccounts/default"),
            THEIRS,
            DEFAULT,
        ),
        (
            "creates a namespace rises-x",
            namespace(f"rises-{NEW}"),
            PLACES,
            namespace(f"rise-{NEW}"),
        ),
        (
            "creates a namespace my-rise-x",
            namespace(f"my-rise-{NEW}"),
            PLACES,
            namespace(f"rise-{NEW}"),
        ),
        ("creates a team's role", role(f"rise:team:{NEW}:owner", resources=["teams"]), "", None),
        ("creates a role rise:projects", role(f"rise:projects:{NEW}"), PLACES, role()),
        ("creates a role rise:teams", role(f"rise:teams:{NEW}"), PLACES, role()),
        ("creates a role my-rise:project:x", role(f"my-rise:project:{NEW}"), PLACES, role()),
        ("creates a role my-rise:team:x", role(f"my-rise:team:{NEW}"), PLACES, role()),
        ("grants every verb", role(verbs=["*"]), NAMED, role()),
        ("grants every verb and another one", role(verbs=["get", "*"]), NAMED, role()),
        ("grants rights on apps too", role(apiGroups=["rise.dev", "apps"]), NAMED, role()),
        ("grants rights on other resources of that name", role(apiGroups=["apps"]), NAMED, role()),
        (
            "grants rights on deployments",
            role(resources=["projects", "deployments"]),
            NAMED,
            role(),
        ),
        (
            "grants rights on Secrets beside its own",
            _of(MINE, OF_RISE, SECRETS_TOO),
            NAMED,
            _of(MINE, OF_RISE, OF_RISE),
        ),
        ("gathers rights of other roles", _of(MINE, aggregationRule=EVERYTHING), NAMED, role()),
        (
            "gathers what the gateway may speak for",
            merge(f"{ROLES}/{GROUPS}", {"aggregationRule": EVERYTHING}),
            IDP_ONLY,
            speak_for(idp("eng")),
        ),
        ("binds cluster-admin cluster-wide", bind("cluster-admin"), SAME_NAME, role()),
        (
            "binds cluster-admin inside a project",
            bind("cluster-admin", NEW, INSIDE),
            NS_ONLY,
            bind("rise:ns:viewer", NEW, INSIDE),
        ),
        (
            "binds a role of the namespace's own",
            _bind_role("Role", "rise:ns:viewer"),
            NS_ONLY,
            _bind_role("ClusterRole", "rise:ns:viewer"),
        ),
        (
            "binds a role rise:nsx",
            bind("rise:nsx:viewer", NEW, INSIDE),
            NS_ONLY,
            bind("rise:ns:viewer", NEW, INSIDE),
        ),
        (
            "binds a role my-rise:ns:x",
            bind("my-rise:ns:viewer", NEW, INSIDE),
            NS_ONLY,
            bind("rise:ns:viewer", NEW, INSIDE),
        ),
        (
            "labels the binding of a project's owner",
            merge(f"{RBAC}/clusterrolebindings/{OWN_ROLE}", LABELLED),
            "",
            None,
        ),
        (
            "deletes the binding of a project's owner",
            Request("DELETE", f"{RBAC}/clusterrolebindings/{OWN_ROLE}"),
            "",
            None,
        ),
        (
            "deletes a binding inside a project",
            Request("DELETE", f"{RBAC}/namespaces/{INSIDE}/rolebindings/rise:ns:operator"),
            "",
            None,
        ),
        (
            "deletes what the gateway may speak for",
            Request("DELETE", f"{ROLES}/{GROUPS}"),
            "",
            None,
        ),
        ("deletes a team's role", Request("DELETE", f"{ROLES}/rise:team:{CORE}:owner"), "", None),
        (
            "lets the gateway speak for users",
            _speaks(resources=["users"]),
            IDP_ONLY,
            speak_for(idp("eng")),
        ),
        (
            "lets the gateway speak for groups of another kind",
            _speaks(apiGroups=["apps"]),
            IDP_ONLY,
            speak_for(idp("eng")),
        ),
        (
            "lets the gateway do more with groups",
            _speaks(verbs=["impersonate:user-info", "impersonate"]),
            IDP_ONLY,
            speak_for(idp("eng")),
        ),
        (
            "lets the gateway do more beside speaking for a group",
            merge(
                f"{ROLES}/{GROUPS}",
                {"rules": [*speak_for(idp("eng")).body["rules"], SECRETS_TOO]},
            ),
            IDP_ONLY,
            speak_for(idp("eng")),
        ),
        (
            "lets the gateway speak for a group and system:masters",
            speak_for(idp("eng"), "system:masters"),
            IDP_ONLY,
            speak_for(idp("eng"), idp("ops")),
        ),
        (
            "lets the gateway speak for a group rise:idpx",
            speak_for("rise:idpx"),
            IDP_ONLY,
            speak_for(idp("eng")),
        ),
        (
            "lets the gateway speak for a group my-rise:idp:x",
            speak_for("my-rise:idp:x"),
            IDP_ONLY,
            speak_for(idp("eng")),
        ),
    )
]
