"""A watch through the gateway tells of what the person may see: all of it, and nothing else."""

import json
from http import HTTPStatus

import pytest
from fixtures.people import Shell, project, team
from watching import ALL, Event, Watched, kubectl_watching, watching
from web import TokenOf, Web

pytestmark = pytest.mark.e2e
ALICE = {"user": "alice@example.com"}
CAROL = {"user": "carol@example.com", "role": "viewer"}
SEEN_S = 60.0


def _shown(shell: Shell, watched: Watched, *events: Event) -> None:
    shell.until(
        lambda: watched.saw(*events), f"{events} are told: {watched.events}", within_s=SEEN_S
    )


@pytest.fixture
def marker(alice: Shell, prefix: str) -> str:
    """The name of a project that carol sees from the beginning."""
    name = f"{prefix}-m"
    alice.apply(project(name, owner=ALICE, members=[CAROL]))
    return name


def test_kubectl_sees_a_project_come_and_go(
    alice: Shell, carol: Shell, marker: str, prefix: str
) -> None:
    name = f"{prefix}-p"
    with kubectl_watching(carol, "projects") as watched:
        _shown(carol, watched, ("ADDED", marker))
        alice.apply(project(name, owner=ALICE))
        alice.apply(project(name, owner=ALICE, members=[CAROL]))
        _shown(carol, watched, ("ADDED", name))
        alice.apply(project(name, owner=ALICE, members=[]))
        _shown(carol, watched, ("ADDED", name), ("DELETED", name))


def test_a_project_is_told_of_while_the_person_may_see_it(
    alice: Shell, web: Web, token_of: TokenOf, marker: str, prefix: str
) -> None:
    name = f"{prefix}-p"
    with (
        watching(web, token_of("carol"), "projects") as carols,
        watching(web, token_of("mallory"), "projects") as strangers,
    ):
        _shown(alice, carols, ("ADDED", marker))
        alice.apply(project(name, owner=ALICE, description="before"))
        alice.kubectl("wait", "--for=condition=Ready", f"project/{name}", "--timeout=60s")
        alice.apply(project(name, owner=ALICE, description="shared", members=[CAROL]))
        _shown(alice, carols, ("ADDED", name))
        alice.apply(project(name, owner=ALICE, description="after", members=[]))
        _shown(alice, carols, ("ADDED", name), ("DELETED", name))
        alice.apply(project(name, owner=ALICE, transferTo={"user": "carol@example.com"}))
        _shown(alice, carols, ("ADDED", name), ("DELETED", name), ("ADDED", name))
        alice.kubectl("delete", "project", name, "--timeout=60s")
        _shown(alice, carols, ("DELETED", name), ("ADDED", name), ("DELETED", name))
    assert "before" not in carols.text
    assert "shared" in carols.text
    assert "after" not in carols.text
    assert prefix not in strangers.text


def test_a_team_opens_and_closes_its_projects(
    alice: Shell, web: Web, token_of: TokenOf, prefix: str
) -> None:
    name, people = f"{prefix}-p", {"owners": ["alice@example.com"]}
    alice.apply(team(prefix, **people))
    alice.kubectl("wait", "--for=condition=Ready", f"team/{prefix}", "--timeout=60s")
    alice.apply(project(name, owner={"team": prefix}))
    alice.kubectl("wait", "--for=condition=Ready", f"project/{name}", "--timeout=60s")
    with (
        watching(web, token_of("carol"), "projects") as projects,
        watching(web, token_of("carol"), "teams") as teams,
    ):
        alice.apply(team(prefix, **people, members=["carol@example.com"]))
        _shown(alice, projects, ("ADDED", name))
        _shown(alice, teams, ("ADDED", prefix))
        alice.apply(team(prefix, **people, members=[]))
        _shown(alice, projects, ("ADDED", name), ("DELETED", name))
        _shown(alice, teams, ("ADDED", prefix), ("DELETED", prefix))


def test_a_watch_goes_on_where_a_list_ended(
    alice: Shell, web: Web, token_of: TokenOf, prefix: str
) -> None:
    token, name = token_of("carol"), f"{prefix}-p"
    alice.apply(project(name, owner=ALICE, members=[CAROL]))
    listed = web.get(f"{ALL}/projects", token).json
    assert name in [item["metadata"]["name"] for item in listed["items"]]
    alice.apply(project(name, owner=ALICE, members=[]))
    since = f"projects?resourceVersion={listed['metadata']['resourceVersion']}"
    with watching(web, token, since) as watched:
        _shown(alice, watched, ("DELETED", name))
        assert watched.events[0] != ("ADDED", name)
    with watching(web, token, "projects?resourceVersion=1") as watched:
        assert watched.ended.wait(SEEN_S)
    assert json.loads(watched.text)["object"]["code"] == HTTPStatus.GONE


def test_an_object_that_leaves_a_selector_leaves_the_watch(
    alice: Shell, web: Web, token_of: TokenOf, prefix: str
) -> None:
    alice.apply(project(prefix, owner=ALICE))
    with watching(web, token_of("alice"), f"projects?labelSelector=mark%3D{prefix}") as watched:
        alice.kubectl("label", "project", prefix, f"mark={prefix}")
        _shown(alice, watched, ("ADDED", prefix))
        alice.kubectl("label", "project", prefix, "mark=other", "--overwrite")
        _shown(alice, watched, ("ADDED", prefix), ("DELETED", prefix))


def test_a_watch_begins_with_what_there_is_and_says_so(
    alice: Shell, web: Web, token_of: TokenOf, marker: str
) -> None:
    asked = "sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan"
    with watching(web, token_of("carol"), f"projects?{asked}") as watched:
        _shown(alice, watched, ("ADDED", marker), ("BOOKMARK", ""))
    events = [json.loads(line) for line in watched.text.splitlines()]
    bookmark = next(each["object"] for each in events if each["type"] == "BOOKMARK")
    assert bookmark["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}


def test_a_watch_ends_when_it_was_asked_to(web: Web, token_of: TokenOf, prefix: str) -> None:
    what = f"projects?timeoutSeconds=1&labelSelector=nobody%3D{prefix}"
    with watching(web, token_of("mallory"), what) as watched:
        assert watched.ended.wait(SEEN_S)
    assert watched.text == ""


def test_a_watch_of_one_name_ends_with_the_right_to_see_it(
    alice: Shell, web: Web, api: Web, token_of: TokenOf, prefix: str
) -> None:
    """The API server answers this one, and it asks for rights only when a watch begins."""
    token, path = token_of("carol"), f"{ALL}/projects/{prefix}"
    alice.apply(project(prefix, owner=ALICE, members=[CAROL]))
    alice.until(lambda: api.get(path, token).code == HTTPStatus.OK, "carol's role is granted")
    with watching(web, token, f"projects?fieldSelector=metadata.name%3D{prefix}") as watched:
        _shown(alice, watched, ("ADDED", prefix))
        alice.apply(project(prefix, owner=ALICE, members=[]))
        assert watched.ended.wait(SEEN_S)
        alice.kubectl("label", "project", prefix, "for-alices-eyes=only")
    assert "for-alices-eyes" not in watched.text
    assert web.get(path, token).code == HTTPStatus.NOT_FOUND


def test_a_watch_of_one_name_tells_of_its_end(
    alice: Shell, web: Web, token_of: TokenOf, prefix: str
) -> None:
    alice.apply(project(prefix, owner=ALICE))
    what = f"projects?fieldSelector=metadata.name%3D{prefix}"
    with watching(web, token_of("alice"), what) as watched:
        _shown(alice, watched, ("ADDED", prefix))
        alice.kubectl("delete", "project", prefix, "--timeout=60s")
        _shown(alice, watched, ("ADDED", prefix), ("DELETED", prefix))
