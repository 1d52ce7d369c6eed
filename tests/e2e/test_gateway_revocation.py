"""A stream that passes through ends with its reader's right to what it shows; others' go on."""

from collections.abc import Callable, Generator
from contextlib import ExitStack
from typing import Any

import pytest
from fixtures.people import Shell, project, team
from watching import Watched, watch
from web import TokenOf, Web

pytestmark = pytest.mark.e2e
ALICE, CAROL = "alice@example.com", "carol@example.com"
VIEWER = {"user": CAROL, "role": "viewer"}
PATIENCE_S = 60.0  # how soon: tests/unit/rise_backend/gateway/test_revocation.py

Doors = dict[str, Web]
Streams = list[Watched]


@pytest.fixture
def opened(doors: Doors, token_of: TokenOf) -> Generator[Callable[[str, str], Streams]]:
    """A function that opens a stream for somebody, once through each door."""
    with ExitStack() as stack:
        yield lambda person, path: [
            stack.enter_context(watch(door, token_of(person), path)) for door in doors.values()
        ]


def _services(name: str) -> str:
    return f"/api/v1/namespaces/rise-{name}/services"


def _made(administrator: Shell, alice: Shell, namespace: str, name: str, streams: Streams) -> None:
    """Make something that every one of `streams` tells of."""
    service = ("create", "service", "clusterip", name, "--tcp=80")
    administrator.kubectl(*service, "-n", namespace)
    alice.until(
        lambda: all(stream.saw(("ADDED", name)) for stream in streams), f"{name} is told of"
    )


def _ended(streams: Streams) -> None:
    assert [stream.ended.wait(PATIENCE_S) for stream in streams] == [True] * len(streams)


def _a_member_leaves(alice: Shell, name: str) -> None:
    alice.apply(project(name, owner={"team": name}, members=[]))


def _a_team_mate_leaves(alice: Shell, name: str) -> None:
    alice.apply(team(name, owners=[ALICE]))


@pytest.mark.parametrize(
    ("spec", "people", "leaves"),
    [
        pytest.param({"members": [VIEWER]}, [], _a_member_leaves, id="a member is removed"),
        pytest.param({}, [CAROL], _a_team_mate_leaves, id="somebody leaves the owning team"),
    ],
)
def test_who_is_removed_sees_no_more(
    alice: Shell,
    carol: Shell,
    administrator: Shell,
    opened: Callable[[str, str], Streams],
    prefix: str,
    *,
    spec: dict[str, Any],
    people: list[str],
    leaves: Callable[[Shell, str], None],
) -> None:
    alice.apply(team(prefix, owners=[ALICE], members=people))
    alice.apply(project(prefix, owner={"team": prefix}, **spec))
    may = ("auth", "can-i", "watch", "services", "-n", f"rise-{prefix}")
    alice.until(lambda: "yes" in carol.kubectl(*may, exit_code=None), "carol may look")
    carols, alices = (opened(person, _services(prefix)) for person in ("carol", "alice"))
    _made(administrator, alice, f"rise-{prefix}", "before", carols + alices)
    leaves(alice, prefix)
    _ended(carols)
    _made(administrator, alice, f"rise-{prefix}", "after", alices)
    assert not any("after" in stream.text for stream in carols)


def test_a_transfer_and_a_deletion_end_the_streams_of_who_owned_it(
    alice: Shell,
    carol: Shell,
    administrator: Shell,
    opened: Callable[[str, str], Streams],
    prefix: str,
) -> None:
    alice.apply(project(prefix, owner={"user": ALICE}, transferTo={"user": CAROL}))
    alice.kubectl("wait", "--for=condition=Ready", f"project/{prefix}", "--timeout=60s")
    alices = opened("alice", _services(prefix))
    patch = f'{{"spec":{{"owner":{{"user":"{CAROL}"}},"transferTo":null}}}}'
    accept = ("patch", "project", prefix, "--type=merge", "-p", patch)
    alice.until(lambda: "patched" in carol.kubectl(*accept, exit_code=None), "carol has it")
    _ended(alices)
    may = ("auth", "can-i", "watch", "services", "-n", f"rise-{prefix}")
    alice.until(lambda: "yes" in carol.kubectl(*may, exit_code=None), "carol may look")
    carols = opened("carol", _services(prefix))
    _made(administrator, alice, f"rise-{prefix}", "hers", carols)
    carol.kubectl("delete", "project", prefix, "--timeout=60s")
    _ended(carols)


def test_an_offer_shows_events_until_it_is_withdrawn(
    alice: Shell, opened: Callable[[str, str], Streams], prefix: str
) -> None:
    """These are read by the gateway itself: nothing but the index says who may."""
    alice.apply(project(prefix, owner={"user": ALICE}, transferTo={"user": CAROL}))
    of = f"involvedObject.kind%3DProject%2CinvolvedObject.name%3D{prefix}"
    path = f"/api/v1/events?fieldSelector={of}"
    carols, alices = opened("carol", path), opened("alice", path)
    alice.until(lambda: all("Reconciled" in each.text for each in carols + alices), "it is told")
    alice.apply(project(prefix, owner={"user": ALICE}))
    _ended(carols)
    assert not any(stream.ended.is_set() for stream in alices)


def test_rights_that_are_not_rises_are_asked_for_again(
    alice: Shell, administrator: Shell, opened: Callable[[str, str], Streams], prefix: str
) -> None:
    """`%70rojects`: as the API server reads it, projects; the gateway's own lists are not asked."""
    alice.apply(project(prefix, owner={"user": ALICE}))
    alice.kubectl("wait", "--for=condition=Ready", f"project/{prefix}", "--timeout=60s")
    resources = "--resource=services,projects.rise.dev"
    administrator.kubectl("create", "clusterrole", prefix, "--verb=get,list,watch", resources)
    bind = ("clusterrolebinding", prefix)
    user = "--user=rise:mallory@example.com"
    try:
        administrator.kubectl("create", *bind, f"--clusterrole={prefix}", user)
        paths = ("/apis/rise.dev/v1alpha1/%70rojects", "/api/v1/services", _services(prefix))
        streams = [stream for path in paths for stream in opened("mallory", path)]
        alice.until(lambda: all(each.events for each in streams[:4]), "mallory sees all there is")
        administrator.kubectl("delete", *bind)
        _ended(streams)
    finally:
        administrator.kubectl("delete", *bind, "--ignore-not-found")
        administrator.kubectl("delete", "clusterrole", prefix)
