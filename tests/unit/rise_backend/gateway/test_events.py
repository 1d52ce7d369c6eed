"""Whose events somebody asks for, and what the gateway asks for in their place."""

from urllib.parse import parse_qs, urlsplit

import pytest

from rise_backend.gateway.events import asked_for

SHOP = "involvedObject.kind=Project,involvedObject.name=shop"


@pytest.mark.parametrize(
    ("path", "selector", "whose"),
    [
        pytest.param(
            "/api/v1/events", SHOP, ("projects", "shop"), id="everywhere, as describe asks"
        ),
        pytest.param(
            "/api/v1/namespaces/default/events",
            "involvedObject.kind==Team,involvedObject.name==core",
            ("teams", "core"),
            id="in the namespace default, as kubectl events asks",
        ),
        pytest.param(
            "/apis/events.k8s.io/v1/events",
            "regarding.kind=Project,regarding.name=shop",
            ("projects", "shop"),
            id="in the newer words",
        ),
        pytest.param("/api/v1/events", "", None, id="everybody's"),
        pytest.param("/api/v1/events", "involvedObject.name=shop", None, id="no kind"),
        pytest.param("/api/v1/events", "involvedObject.kind=Project", None, id="no name"),
        pytest.param(
            "/api/v1/events",
            "involvedObject.kind=Project,involvedObject.name!=shop",
            None,
            id="everybody's but one",
        ),
        pytest.param(
            "/api/v1/events", "involvedObject.kind=Pod,involvedObject.name=shop", None, id="a pod's"
        ),
        pytest.param(
            "/apis/events.k8s.io/v1/events", SHOP, None, id="the older words in the newer place"
        ),
        pytest.param("/api/v1/namespaces/kube-system/events", SHOP, None, id="another namespace"),
        pytest.param("/api/v1/namespaces/default/events/shop.1", SHOP, None, id="a single one"),
        pytest.param("/api/v1/namespaces/default/secrets", SHOP, None, id="something else"),
    ],
)
def test_whose_events_are_asked_for(
    path: str, selector: str, whose: tuple[str, str] | None
) -> None:
    found = asked_for(path, {"fieldSelector": selector})
    assert (found and (found.resource, found.name)) == whose


@pytest.mark.parametrize(
    "more",
    ["", ",reason=X", ",involvedObject.uid=other", ",type=Normal\\", ",involvedObject.name=x"],
)
def test_what_the_gateway_asks_for_names_the_object_first(more: str) -> None:
    asked = {"fieldSelector": SHOP + more, "watch": "1", "limit": "5", "labelSelector": "a=b&c"}
    found = asked_for("/api/v1/events", asked)
    assert found is not None
    target = urlsplit(found.target("u-1"))
    assert target.path == "/api/v1/namespaces/default/events"
    (selector,) = parse_qs(target.query)["fieldSelector"]
    assert selector == f"involvedObject.name=shop,involvedObject.uid=u-1,{SHOP}{more}"
    others = {name: value for name, [value] in parse_qs(target.query).items()}
    assert others == {**asked, "fieldSelector": selector}
