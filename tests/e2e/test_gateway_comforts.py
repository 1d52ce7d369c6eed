"""What RBAC alone cannot do: a true answer about lists, and the events of what people see."""

import json
from collections.abc import Callable, Generator
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import pytest
from fixtures.people import Shell, project, team
from watching import watch
from web import TokenOf, Web

from rise_backend.gateway.can_i import REASON

pytestmark = pytest.mark.e2e
REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
ALICE, CAROL = {"user": "alice@example.com"}, {"user": "carol@example.com", "role": "viewer"}


def _shared(alice: Shell, name: str) -> str:
    alice.apply(project(name, owner=ALICE, members=[CAROL]))
    alice.kubectl("wait", "--for=condition=Ready", f"project/{name}", "--timeout=60s")
    return name


@pytest.fixture(scope="module")
def shared(person: Callable[[str], Shell]) -> Generator[str]:
    """The name of a project of alice's that carol sees, too."""
    alice = person("alice@example.com")
    name = _shared(alice, f"e{uuid4().hex[:6]}")
    yield name
    alice.kubectl("delete", "project", name, "--wait=false")


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("list projects", "yes"),
        ("watch projects", "yes"),
        ("get projects", "yes"),
        ("list teams", "yes"),
        ("watch teams.rise.dev -A", "yes"),
        ("create projects", "yes"),
        ("delete projects", "no"),
        ("patch projects", "no"),
        ("'*' projects", "no"),
        ("get projects/FOREIGN", "no"),
        ("delete projects/FOREIGN", "no"),
        ("get projects --subresource=status", "no"),
        ("list namespaces", "no"),
        ("list events -n default", "no"),
        ("list secrets -n kube-system", "no"),
        ("get /version", "yes"),
    ],
)
def test_can_i_tells_what_works(
    mallory: Shell, door: Web, foreign: str, question: str, answer: str
) -> None:
    words = question.replace("FOREIGN", foreign).replace("'", "").split()
    said = mallory.kubectl("--server", door.url, "auth", "can-i", *words, exit_code=None)
    assert answer in said.splitlines(), said


def test_can_i_list_everything_is_the_api_servers(mallory: Shell, door: Web, env: Any) -> None:
    def said(server: str) -> str:
        return mallory.kubectl("--server", server, "auth", "can-i", "--list")

    assert said(door.url) == said(env["RISE_API_URL"])


@pytest.mark.parametrize(
    ("attributes", "accept", "allowed"),
    [
        pytest.param({"verb": "list", "group": "rise.dev", "resource": "projects"}, "", True),
        pytest.param({"verb": "list", "group": "rise.dev", "resource": "nothing"}, "", False),
        pytest.param({"verb": "list", "group": "x.rise.dev", "resource": "projects"}, "", False),
        pytest.param(
            {"verb": "list", "group": "", "resource": "secrets", "name": "rise.dev"}, "", False
        ),
        pytest.param(
            {"verb": "list", "group": "rise.dev", "resource": "projects"},
            "application/vnd.kubernetes.protobuf",
            None,
            id="who reads protobuf alone gets the API server's answer",
        ),
    ],
)
def test_a_review_is_answered_as_it_was_asked(
    door: Web, token_of: TokenOf, attributes: dict[str, str], accept: str, *, allowed: bool | None
) -> None:
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    }
    answer = door.ask(
        "POST",
        REVIEWS,
        token=token_of("mallory"),
        headers=[("Content-Type", "application/json"), ("Accept", accept or "*/*")],
        body=json.dumps(review).encode(),
    )
    assert answer.code == HTTPStatus.CREATED
    if allowed is None:
        assert answer.kind == accept
        return
    assert answer.json["spec"]["resourceAttributes"] == {k: v for k, v in attributes.items() if v}
    assert answer.json["status"]["allowed"] is allowed
    assert (answer.json["status"].get("reason") == REASON) is allowed


@pytest.mark.parametrize("body", [b"rise.dev", b'{"rise.dev":', b"k8s\x00rise.dev\xff", b"[]", b""])
def test_a_review_that_is_none_is_refused_by_the_api_server(
    door: Web, token_of: TokenOf, body: bytes
) -> None:
    kind = [("Content-Type", "application/json")]
    answer = door.ask("POST", REVIEWS, token=token_of("mallory"), headers=kind, body=body)
    assert answer.code in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY}
    assert answer.json["kind"] == "Status"


def test_events_are_shown_with_what_they_are_about(
    alice: Shell, carol: Shell, administrator: Shell, door: Web, shared: str
) -> None:
    asked = ("events", "--for", f"project/{shared}")
    administrator.until(
        lambda: "Reconciled" in administrator.kubectl(*asked), "what happened was posted"
    )
    there = administrator.kubectl(*asked)
    for shell in (alice, carol):
        through = ("--server", door.url)
        here = shell.kubectl(*through, "events", "--for", f"project/{shared}")
        assert _without_ages(here) == _without_ages(there)
        assert (
            "Reconciled"
            in shell.kubectl(*through, "describe", "project", shared).split("Events:")[1]
        )
        for group, subject in (("events", "involvedObject"), ("events.events.k8s.io", "regarding")):
            selector = f"--field-selector={subject}.kind=Project,{subject}.name={shared}"
            listing = ("get", group, selector, "-o", "name", "--chunk-size=1")
            assert shell.kubectl(*through, *listing) == administrator.kubectl(*listing)
            assert "Reconciled" in shell.kubectl(*through, "get", group, selector, "-o", "wide")


def _without_ages(table: str) -> list[list[str]]:
    return [line.split()[1:] for line in table.splitlines()[1:]]


def test_events_are_told_while_they_happen(
    alice: Shell, door: Web, token_of: TokenOf, prefix: str
) -> None:
    of = f"regarding.kind%3DProject%2Cregarding.name%3D{_shared(alice, prefix)}"
    path = f"/apis/events.k8s.io/v1/namespaces/default/events?fieldSelector={of}"
    with watch(door, token_of("carol"), path) as told:
        alice.until(lambda: '"reason":"Reconciled"' in told.text, "what happened is told")
        patch = '{"spec":{"suspend":true}}'
        alice.kubectl("patch", "project", prefix, "--type=merge", "-p", patch)
        alice.until(lambda: '"reason":"Suspended"' in told.text, "what happens is told")
    names = {json.loads(line)["object"]["regarding"]["name"] for line in told.text.splitlines()}
    assert names == {prefix}


@pytest.mark.parametrize(
    ("namespace", "selector"),
    [
        pytest.param("default", "", id="all"),
        pytest.param("default", "involvedObject.name=NAME", id="by name alone"),
        pytest.param("default", "involvedObject.kind=Project", id="of all projects"),
        pytest.param(
            "default", "involvedObject.kind=Project,involvedObject.name=NAME", id="theirs"
        ),
        pytest.param(
            "default", "involvedObject.kind=Team,involvedObject.name=NAME", id="their team's"
        ),
        pytest.param(
            "default",
            "involvedObject.kind=Project,involvedObject.name=MINE,involvedObject.name=NAME",
            id="of a visible one and theirs",
        ),
        pytest.param(
            "default",
            "involvedObject.kind=Project,involvedObject.name=MINE\\,involvedObject.name=NAME",
            id="of a visible one, with a comma that is none",
        ),
        pytest.param("default", "involvedObject.kind=Pod,involvedObject.name=MINE", id="of a pod"),
        pytest.param(
            "kube-system", "involvedObject.kind=Project,involvedObject.name=MINE", id="elsewhere"
        ),
    ],
)
def test_nobody_elses_events_are_shown(
    door: Web, token_of: TokenOf, shared: str, foreign: str, *, namespace: str, selector: str
) -> None:
    query = selector.replace("NAME", foreign).replace("MINE", shared).replace("=", "%3D")
    for path in (
        f"/api/v1/namespaces/{namespace}/events",
        f"/api/v1/namespaces/{namespace}/events/",
    ):
        for watched in ("", "&watch=1&timeoutSeconds=1"):
            answer = door.get(f"{path}?fieldSelector={query}{watched}", token_of("carol"))
            assert foreign not in answer.body.decode().replace(query, "")
            assert b'"reason":"Reconciled"' not in answer.body


def test_events_of_who_had_the_name_before_are_not_shown(
    alice: Shell, bob: Shell, administrator: Shell, door: Web, prefix: str
) -> None:
    bob.apply(team(prefix, owners=["bob@example.com"]))
    bob.kubectl("wait", "--for=condition=Ready", f"team/{prefix}", "--timeout=60s")
    bob.kubectl("delete", "team", prefix, "--timeout=60s")
    alice.apply(team(prefix, owners=["alice@example.com"]))
    alice.kubectl("wait", "--for=condition=Ready", f"team/{prefix}", "--timeout=60s")
    uid = alice.json("kubectl", "get", "team", prefix, "-o", "json")["metadata"]["uid"]
    events = (
        "get",
        "events",
        f"--field-selector=involvedObject.kind=Team,involvedObject.name={prefix}",
    )
    column = ("-o", "custom-columns=U:.involvedObject.uid", "--no-headers")
    administrator.until(
        lambda: len(set(administrator.kubectl(*events, *column).split())) == 2,
        "both have left events",
    )
    assert set(alice.kubectl("--server", door.url, *events, *column).split()) == {uid}
