"""Attempts with a stolen token of the backend, and with the group for a first apply."""

from dataclasses import replace

from security.asking import CORE as KUBERNETES
from security.asking import Person, Request, apply, change, create, delete, get, listed, merge, post
from security.case import Case
from security.people import (
    ALICE,
    CORE_GROUP,
    GIFT,
    GINA,
    MALLORY,
    MINE,
    NEW,
    SHOP,
    SITE,
    first_apply,
    idp,
    leaked,
)

BACKEND = "rise-backend"
ITSELF = Person(account=BACKEND)
KCM = Person("system:kube-controller-manager", account=BACKEND)
FOR_ALICE = ALICE.through(BACKEND)
FOR_MALLORY = replace(MALLORY, groups=("rise:users",), account=BACKEND)
SECRETS = Request("GET", f"{KUBERNETES}/namespaces/kube-system/secrets")
HERS = create("projects", NEW, {"owner": {"user": ALICE.email}})
NOT_AS = "cannot impersonate"
EXISTS = (
    "an object of this name exists already: choose another name"
    r"|you are not \(or no longer\) an owner"
)
REVIEW = {
    "apiVersion": "authorization.k8s.io/v1",
    "kind": "SelfSubjectAccessReview",
    "spec": {"resourceAttributes": {"group": "rise.dev", "resource": "projects", "verb": "create"}},
}


MALLORYS = {"owner": {"user": MALLORY.email}}

CASES = [
    Case(107, "the gateway forwards alice", FOR_ALICE, get("projects", SHOP)),
    Case(107, "the gateway forwards a create of alice's", FOR_ALICE, HERS),
    Case(
        107,
        "the gateway forwards a review of alice's",
        FOR_ALICE,
        post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", REVIEW),
    ),
    Case(
        107,
        "the gateway passes on who alice is at Dex",
        replace(FOR_ALICE, extra=(("rise.dev%2Fidp-sub", "x"),)),
        get("projects", SHOP),
    ),
    Case(
        107,
        "the gateway makes something up about alice",
        replace(FOR_ALICE, extra=(("scopes", "x"),)),
        get("projects", SHOP),
        NOT_AS,
        FOR_ALICE,
    ),
    Case(
        107,
        "the gateway forwards mallory to alice's project",
        FOR_MALLORY,
        get("projects", SHOP),
        "cannot get resource",
        get("projects", MINE),
    ),
    Case(
        107,
        "the gateway speaks for system:masters",
        FOR_ALICE.also("system:masters"),
        get("projects", SHOP),
        NOT_AS,
        FOR_ALICE,
    ),
    Case(
        107,
        "the gateway speaks for an account",
        Person("system:serviceaccount:kube-system:namespace-controller", account=BACKEND),
        listed("projects"),
        NOT_AS,
        ITSELF,
    ),
    Case(
        107,
        "the gateway speaks for a node",
        Person("system:node:x", ("system:nodes",), account=BACKEND),
        listed("projects"),
        NOT_AS,
        ITSELF,
    ),
    Case(
        108,
        "the gateway lists Secrets",
        ITSELF,
        SECRETS,
        "cannot list resource",
        listed("projects"),
    ),
    Case(
        108,
        "the gateway creates a project of its own accord",
        ITSELF,
        HERS,
        "cannot create resource",
        FOR_ALICE,
    ),
    Case(
        108,
        "the gateway changes a project of its own accord",
        ITSELF,
        change("projects", SHOP, description="x"),
        "cannot patch resource",
        FOR_ALICE,
    ),
    Case(
        108,
        "the gateway lists pods of its own accord",
        ITSELF,
        Request("GET", f"{KUBERNETES}/pods"),
        "cannot list resource",
        listed("teams"),
    ),
    Case(
        139,
        "as the controllers the gateway lists Secrets",
        KCM,
        SECRETS,
        NOT_AS,
        listed("projects"),
    ),
    Case(
        139,
        "as the controllers the gateway lists pods: the threat model accepts that, and says so",
        KCM,
        Request("GET", f"{KUBERNETES}/pods"),
    ),
    Case(
        139,
        "as the controllers the gateway makes a token",
        KCM,
        post(
            f"{KUBERNETES}/namespaces/rise-system/serviceaccounts/rise-operator/token", {"spec": {}}
        ),
        NOT_AS,
        listed("projects"),
    ),
    Case(
        139,
        "as the controllers the gateway writes a project",
        KCM,
        HERS,
        "cannot create resource",
        FOR_ALICE,
    ),
    Case(
        139,
        "the gateway speaks for the operator",
        Person("system:serviceaccount:rise-system:rise-operator", account=BACKEND),
        change("projects", SHOP, description="x"),
        NOT_AS,
        FOR_ALICE,
    ),
    Case(
        139,
        "the gateway speaks for an administrator",
        Person("kubernetes-admin", ("kubeadm:cluster-admins",), account=BACKEND),
        change("projects", SHOP, description="x"),
        NOT_AS,
        FOR_ALICE,
    ),
    Case(
        139,
        "the gateway speaks for a group that no team names",
        FOR_MALLORY.also(idp("unlisted")),
        get("projects", MINE),
        NOT_AS,
        FOR_MALLORY,
    ),
    Case(
        139,
        "the gateway speaks for a group that a team names",
        FOR_ALICE.also(idp(CORE_GROUP)),
        get("projects", SHOP),
    ),
    Case(
        140,
        "alice applies a new project",
        first_apply(ALICE),
        apply("projects", NEW, {"owner": {"user": ALICE.email}}),
    ),
    Case(
        140,
        "alice applies a new team",
        first_apply(ALICE),
        apply("teams", NEW, {"owners": [ALICE.email]}),
    ),
    Case(
        140,
        "without the gateway's group alice applies a new project",
        ALICE,
        apply("projects", NEW, {"owner": {"user": ALICE.email}}),
        "cannot patch resource",
        first_apply(ALICE),
    ),
    Case(
        140,
        "mallory applies a new project of alice's",
        first_apply(MALLORY),
        apply("projects", NEW, {"owner": {"user": ALICE.email}}),
        "you may only create a project owned by yourself",
        first_apply(ALICE),
    ),
    Case(
        140,
        "mallory applies a name of alice's by force",
        first_apply(MALLORY),
        apply("projects", SHOP, MALLORYS),
        EXISTS,
        apply("projects", NEW, MALLORYS),
    ),
    Case(
        140,
        "mallory applies a name of a team's by force",
        first_apply(MALLORY),
        apply("projects", SITE, MALLORYS),
        EXISTS,
        apply("projects", NEW, MALLORYS),
    ),
    Case(
        140,
        "mallory applies alice's own words to her project",
        first_apply(MALLORY),
        apply("projects", SHOP, {"owner": {"user": ALICE.email}}),
        EXISTS,
        ALICE,
    ),
    Case(
        140,
        "mallory takes an offer to bob by a first apply",
        first_apply(MALLORY),
        apply("projects", GIFT, MALLORYS),
        EXISTS,
        apply("projects", NEW, MALLORYS),
    ),
    Case(
        140,
        "with the gateway's group alice changes her own project",
        first_apply(ALICE),
        change("projects", SHOP, description="x"),
        "exists already",
        ALICE,
    ),
    Case(
        140,
        "with the gateway's group alice deletes her own project",
        first_apply(ALICE),
        delete("projects", SHOP),
        "exists already",
        ALICE,
    ),
    Case(
        140,
        "with the gateway's group a member changes a team's project",
        first_apply(GINA),
        change("projects", SITE, description="x"),
        "exists already",
        GINA,
    ),
    Case(
        140,
        "with the gateway's group and a leaked role alice creates a namespace",
        first_apply(leaked(ALICE)),
        post(f"{KUBERNETES}/namespaces", {"metadata": {"name": NEW}}),
        "exists already",
        leaked(ALICE),
    ),
    Case(
        140,
        "with the gateway's group and a leaked role alice changes a namespace's status",
        first_apply(leaked(ALICE)),
        merge(f"{KUBERNETES}/namespaces/default/status", {"metadata": {"labels": {"x": "y"}}}),
        "exists already",
        leaked(ALICE),
    ),
]
