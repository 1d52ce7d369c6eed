"""What k9s and Headlamp ask for, as far as it is plain REST; and the official Python client."""

import json
from contextlib import closing
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import pytest
from fixtures.people import Shell
from kubernetes import client, watch
from web import TokenOf, Web

pytestmark = pytest.mark.e2e
ALL = "/apis/rise.dev/v1alpha1"
SUBJECT = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
EVENTS = "involvedObject.name=shop,involvedObject.namespace=,involvedObject.kind=Project"
REVIEW = "/apis/authorization.k8s.io/v1/selfsubject{}reviews"
TABLE = (
    "application/json;as=Table;v=v1;g=meta.k8s.io,"
    "application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json"
)
METADATA = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"
DISCOVERY = (
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
    "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json"
)


def _kind(group: str, kind: str) -> dict[str, Any]:
    return {"apiVersion": f"{group}.k8s.io/v1", "kind": kind}


def _may(
    verb: str, group: str, resource: str, *, namespace: str = "", name: str = ""
) -> dict[str, Any]:
    attributes = {"namespace": namespace, "verb": verb, "group": group, "resource": resource}
    return _review("Access", {"resourceAttributes": {**attributes, "name": name}})


def _review(what: str, spec: dict[str, Any]) -> dict[str, Any]:
    kind = f"SelfSubject{what}Review"
    return {"apiVersion": "authorization.k8s.io/v1", "kind": kind, "spec": spec}


@dataclass(frozen=True)
class Request:
    """A request, and a piece of the answer."""

    path: str
    code: int
    answer: str
    accept: str = "application/json"
    body: dict[str, Any] | None = None


REQUESTS = {
    "k9s: which server": Request("/version", 200, '"gitVersion": "v'),
    "k9s: which kinds, of the old groups": Request("/api", 200, '"resource":"pods"', DISCOVERY),
    "k9s: which kinds": Request("/apis", 200, '"resource":"projects"', DISCOVERY),
    "k9s: may I list projects": Request(
        REVIEW.format("access"), 201, '"allowed":true', body=_may("list", "rise.dev", "projects")
    ),
    "k9s: may I watch projects": Request(
        REVIEW.format("access"), 201, '"allowed":true', body=_may("watch", "rise.dev", "projects")
    ),
    "k9s: may I list namespaces": Request(
        REVIEW.format("access"), 201, '"allowed":false', body=_may("list", "", "namespaces")
    ),
    "k9s: the namespace where I am": Request(
        "/api/v1/namespaces/rise-shop", 200, '"name":"rise-shop"'
    ),
    "k9s: a namespace that is not mine": Request(
        "/api/v1/namespaces/default", 403, '"reason":"Forbidden"'
    ),
    "k9s: which namespaces": Request("/api/v1/namespaces", 403, '"reason":"Forbidden"'),
    "k9s: projects as a table": Request(
        f"{ALL}/projects?includeObject=Metadata", 200, '"kind":"Table"', TABLE
    ),
    "k9s: may I list projects, in the namespace where I am": Request(
        REVIEW.format("access"),
        201,
        '"allowed":true',
        body=_may("list", "rise.dev", "projects", namespace="rise-shop"),
    ),
    "k9s: may I change a project, in no namespace": Request(
        REVIEW.format("access"),
        201,
        '"allowed":true',
        body=_may("patch", "rise.dev", "projects", name="shop"),
    ),
    "k9s: events of a project": Request(
        f"/api/v1/events?fieldSelector={quote(EVENTS)}", 200, '"reason":"Reconciled"'
    ),
    "k9s: projects for an informer": Request(
        f"{ALL}/projects?limit=500&resourceVersion=0", 200, '"kind":"ProjectList"'
    ),
    "k9s: a watch for an informer": Request(
        f"{ALL}/projects?allowWatchBookmarks=true&watch=true&sendInitialEvents=true"
        "&resourceVersionMatch=NotOlderThan&timeoutSeconds=1",
        200,
        "k8s.io/initial-events-end",
    ),
    "k9s: teams, metadata alone": Request(
        f"{ALL}/teams", 200, '"kind":"PartialObjectMetadataList"', METADATA
    ),
    "k9s: one project as a table": Request(f"{ALL}/projects/shop", 200, '"kind":"Table"', TABLE),
    "k9s: pods of a namespace": Request(
        "/api/v1/namespaces/rise-shop/pods?limit=500", 200, '"kind":"Table"', TABLE
    ),
    "k9s: metrics": Request("/apis/metrics.k8s.io/v1beta1/nodes", 403, '"reason":"Forbidden"'),
    "Headlamp: is the server well": Request("/healthz", 200, "ok"),
    "Headlamp: who am I": Request(
        SUBJECT, 201, "rise:alice@example.com", body=_kind("authentication", "SelfSubjectReview")
    ),
    "Headlamp: am I signed in": Request(
        REVIEW.format("rules"), 201, '"resourceRules"', body={"spec": {"namespace": "default"}}
    ),
    "Headlamp: may I change a project": Request(
        REVIEW.format("access"),
        201,
        '"allowed":true',
        body=_may("update", "rise.dev", "projects", name="shop"),
    ),
    "Headlamp: which kinds": Request(
        "/apis",
        200,
        '"resource":"projects"',
        "application/json;v=v2;g=apidiscovery.k8s.io;as=APIGroupDiscoveryList",
    ),
    "Headlamp: projects, page by page": Request(
        f"{ALL}/projects?limit=1000", 200, '"kind":"ProjectList"'
    ),
    "Headlamp: what may I do": Request(
        REVIEW.format("rules"),
        201,
        '"resourceRules"',
        body=_review("Rules", {"namespace": "default"}),
    ),
    "Headlamp: the kinds of a group": Request(ALL, 200, '"singularName":"project"'),
    "Headlamp: custom resources": Request(DEFINITIONS, 403, '"reason":"Forbidden"'),
    "Headlamp: what a project looks like": Request(
        f"{DEFINITIONS}/projects.rise.dev", 200, '"additionalPrinterColumns"'
    ),
    "Headlamp: what somebody else's resource looks like": Request(
        f"{DEFINITIONS}/applications.argoproj.io", 403, '"reason":"Forbidden"'
    ),
    "Headlamp: projects": Request(f"{ALL}/projects", 200, '"kind":"ProjectList"'),
    "Headlamp: events of a namespace": Request(
        "/api/v1/namespaces/rise-shop/events?limit=2000", 200, '"kind":"EventList"'
    ),
    "Headlamp: nodes": Request("/api/v1/nodes", 403, '"reason":"Forbidden"'),
    "Headlamp: documentation": Request("/openapi/v2", 200, "dev.rise.v1alpha1.Project"),
    "Headlamp: newer documentation": Request(
        "/openapi/v3/apis/rise.dev/v1alpha1", 200, "dev.rise.v1alpha1.Team"
    ),
}


@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS.keys())
def test_what_others_ask_for_is_answered(door: Web, token_of: TokenOf, request_: Request) -> None:
    headers = [("Accept", request_.accept), ("Content-Type", "application/json")]
    body = json.dumps(request_.body).encode() if request_.body else None
    method = "POST" if body else "GET"
    answer = door.ask(method, request_.path, token=token_of("alice"), headers=headers, body=body)
    assert (answer.code, request_.answer in answer.body.decode()) == (request_.code, True), (
        answer.body
    )


def test_the_official_python_client_works(
    alice: Shell, door: Web, token_of: TokenOf, prefix: str
) -> None:
    settings = client.Configuration(host=door.url)
    settings.ssl_ca_cert = door.ca
    settings.api_key = {"authorization": f"Bearer {token_of('alice')}"}
    with client.ApiClient(settings) as api:
        objects = client.CustomObjectsApi(api)
        kind = ("rise.dev", "v1alpha1", "projects")
        spec: dict[str, Any] = {"owner": {"user": "alice@example.com"}}
        wanted: dict[str, Any] = {
            "apiVersion": "rise.dev/v1alpha1",
            "kind": "Project",
            "metadata": {"name": prefix},
            "spec": spec,
        }
        objects.create_cluster_custom_object(*kind, wanted)
        listed: Any = objects.list_cluster_custom_object(*kind, limit=1)
        assert prefix in {item["metadata"]["name"] for item in listed["items"]}
        changed: Any = objects.patch_cluster_custom_object(
            *kind, prefix, {"spec": {"description": "bread"}}
        )
        assert changed["spec"]["description"] == "bread"
        since = listed["metadata"]["resourceVersion"]
        watching: Any = watch.Watch().stream(
            objects.list_cluster_custom_object, *kind, resource_version=since, timeout_seconds=10
        )
        with closing(watching):
            for event in watching:
                if event["object"]["spec"].get("description") == "bread":
                    break
            else:
                pytest.fail("the watch goes on where the list ended")
        with pytest.raises(client.ApiException) as none:
            objects.get_cluster_custom_object(*kind, f"{prefix}-none")
        assert none.value.status == HTTPStatus.NOT_FOUND
        pods = client.CoreV1Api(api)
        alice.kubectl("wait", "--for=condition=Ready", f"project/{prefix}", "--timeout=60s")
        assert pods.list_namespaced_pod(f"rise-{prefix}").items == []
        objects.delete_cluster_custom_object(*kind, prefix)
