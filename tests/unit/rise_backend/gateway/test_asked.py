"""What a request is about, as the API server reads its path."""

import pytest

from rise_backend.gateway.asked import Asked, read

OURS = "/apis/rise.dev/v1alpha1"


@pytest.mark.parametrize(
    ("path", "selector", "asked"),
    [
        pytest.param(
            "/api/v1/namespaces/rise-shop/pods",
            "",
            Asked("watch", "", "pods", namespace="rise-shop"),
            id="what a namespace holds",
        ),
        pytest.param(
            "/api/v1/namespaces/rise-shop/pods/web/log",
            "",
            Asked("get", "", "pods", "log", "rise-shop", "web"),
            id="a log",
        ),
        pytest.param(
            "/apis/apps/v1/deployments",
            "",
            Asked("watch", "apps", "deployments"),
            id="all that there is",
        ),
        pytest.param(
            "/api/v1/namespaces/rise-shop",
            "",
            Asked("get", "", "namespaces", namespace="rise-shop", name="rise-shop"),
            id="a namespace",
        ),
        pytest.param(
            "/api/v1/namespaces/rise-shop/status",
            "",
            Asked("get", "", "namespaces", "status", "rise-shop", "rise-shop"),
            id="a namespace's status",
        ),
        pytest.param(
            "/api/v1/watch/namespaces/rise-shop/pods/web",
            "",
            Asked("watch", "", "pods", namespace="rise-shop", name="web"),
            id="a watch, asked for in the old way",
        ),
        pytest.param(
            f"{OURS}/%70rojects",
            "metadata.name=shop",
            Asked("watch", "rise.dev", "projects", name="shop"),
            id="a name in a selector, a path in other letters",
        ),
        pytest.param(
            f"{OURS}/projects", "metadata.name!=shop", Asked("watch", "rise.dev", "projects")
        ),
        pytest.param("/apis", "", None, id="which groups there are"),
        pytest.param("/api/v1", "", None, id="which resources there are"),
        pytest.param("/version", "", None, id="no resource"),
        pytest.param("/", "", None, id="nothing"),
    ],
)
def test_a_path_is_about(path: str, selector: str, asked: Asked | None) -> None:
    assert read(path, {"fieldSelector": selector}, watch=True) == asked


@pytest.mark.parametrize(
    ("method", "path", "verb"),
    [
        ("GET", "/pods", "list"),
        ("GET", "/pods/web", "get"),
        ("HEAD", "/pods/web", "get"),
        ("POST", "/pods", "create"),
        ("PUT", "/pods/web", "update"),
        ("PATCH", "/pods/web", "patch"),
        ("DELETE", "/pods/web", "delete"),
        ("DELETE", "/pods", "deletecollection"),
        ("POST", "/pods/web/eviction", "create"),
    ],
)
def test_a_method_is_a_verb(method: str, path: str, verb: str) -> None:
    asked = read(f"/api/v1/namespaces/rise-shop{path}", {}, method=method)
    assert asked is not None
    assert (asked.verb, asked.project) == (verb, "shop")
    assert asked.everywhere == Asked(verb, "", "pods", asked.subresource)


@pytest.mark.parametrize(
    ("asked", "project", "streams", "ours"),
    [
        (Asked("watch", "", "pods", namespace="rise-shop"), "shop", True, False),
        (Asked("get", "", "pods", "log", "rise-shop", "web"), "shop", True, False),
        (Asked("list", "", "pods", namespace="kube-system"), "", False, False),
        (Asked("watch", "rise.dev", "projects", name="shop"), "", True, True),
        (Asked("watch", "rise.dev", "projects"), "", True, False),
    ],
)
def test_what_it_means_for_a_stream(
    asked: Asked, project: str, *, streams: bool, ours: bool
) -> None:
    assert (asked.project, asked.streams, asked.is_one_of_ours) == (project, streams, ours)
