"""What is sent, how long it is waited for, and what is said at the end."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
import replies
from fixtures.command_line import Rise
from fixtures.loopback import Loopback, Reply

SHOP = f"{replies.PROJECTS}/shop"
STRICT = {"fieldManager": "rise", "fieldValidation": "Strict"}


def seen(*conditions: dict[str, Any], **metadata: Any) -> Reply:
    return 200, replies.resource("shop", *conditions, **metadata)


READY = seen(replies.condition("Ready"))
GONE: Reply = (404, {"message": 'projects.rise.dev "shop" not found'})
AWAY: Reply = (503, {"message": "the API server starts"})


@pytest.mark.parametrize(
    ("answers", "ended"),
    [
        pytest.param([READY], "ready", id="it is Ready at once"),
        pytest.param([seen(), READY], "ready", id="nobody has looked at it yet"),
        pytest.param([GONE, READY], "ready", id="the right to read it comes with the first look"),
        pytest.param([AWAY, READY], "ready", id="the server starts again meanwhile"),
        pytest.param(
            [seen(replies.condition("Ready", at=1)), READY],
            "ready",
            id="Ready speaks of an older generation",
        ),
        pytest.param(
            [
                seen(
                    replies.condition("Ready", "False", "Suspended"),
                    replies.condition("Reconciling", "True", "Progressing"),
                ),
                seen(replies.condition("Ready", "False", "Suspended")),
            ],
            "suspended",
            id="suspended is what it is meant to be",
        ),
    ],
)
def test_creation_waits_until_it_is_settled(
    answers: Sequence[Reply], ended: str, server: Loopback, rise: Rise
) -> None:
    server.on("POST", replies.PROJECTS, (201, replies.resource("shop")))
    server.on("GET", SHOP, *answers)
    done = rise("project", "create", "shop")
    assert (done.code, done.out) == (0, f"project/shop created\nproject/shop is {ended}\n")
    assert len(server.asked("GET", SHOP)) == len(answers)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        pytest.param(seen(), "has not looked at it yet", id="nobody has looked"),
        pytest.param(
            seen(replies.condition("Ready", "False", "Progressing", "on its way")),
            "Progressing: on its way",
            id="the operator is at work",
        ),
        pytest.param(AWAY, "the API server starts", id="the server is away"),
    ],
)
def test_out_of_time_says_what_was_seen_last(
    answer: Reply, says: str, server: Loopback, rise: Rise
) -> None:
    server.on("POST", replies.PROJECTS, (201, replies.resource("shop")))
    server.on("GET", SHOP, answer)
    done = rise("project", "create", "shop", "--timeout", "0")
    assert done.code == 7
    assert says in done.err


def test_another_object_under_the_name_is_not_waited_for(server: Loopback, rise: Rise) -> None:
    server.on("POST", replies.PROJECTS, (201, replies.resource("shop")))
    server.on("GET", SHOP, seen(replies.condition("Ready"), uid="another"))
    done = rise("project", "create", "shop")
    assert (done.code, "created again meanwhile" in done.err) == (3, True)


def test_a_new_object_that_is_deleted_is_said(server: Loopback, rise: Rise) -> None:
    server.on("POST", replies.PROJECTS, (201, replies.resource("shop")))
    server.on("GET", SHOP, seen(), GONE)
    assert rise("project", "create", "shop").code == 3


def test_what_is_sent_is_what_was_named(server: Loopback, rise: Rise) -> None:
    server.on("POST", replies.PROJECTS, (201, replies.resource("shop")))
    members = ["--member", "Bob@Example.com=viewer", "--member", "bob@example.com=developer"]
    done = rise("project", "create", "shop", "--no-wait", "--description", "", *members)
    assert (done.code, done.out) == (0, "project/shop created\n")
    (sent,) = server.received
    assert sent.query == STRICT
    assert sent.json == {
        "apiVersion": "rise.dev/v1alpha1",
        "kind": "Project",
        "metadata": {"name": "shop"},
        "spec": {
            "owner": {"user": replies.ALICE},
            "members": [{"user": "bob@example.com", "role": "developer"}],
        },
    }


def test_a_change_holds_for_the_spec_that_was_read_alone(server: Loopback, rise: Rise) -> None:
    server.on("GET", SHOP, seen(generation=2), seen(generation=3), READY)
    server.on("PATCH", SHOP, replies.OVERTAKEN, (200, replies.resource("shop")))
    assert rise("project", "edit", "shop", "--suspend").code == 0
    patches = server.asked("PATCH", SHOP)
    assert [one.json for one in patches] == [
        [
            {"op": "test", "path": "/metadata/uid", "value": "uid-of-shop"},
            {"op": "test", "path": "/metadata/generation", "value": generation},
            {"op": "add", "path": "/spec/suspend", "value": True},
        ]
        for generation in (2, 3)
    ]
    assert patches[0].headers["content-type"] == "application/json-patch+json"
    assert patches[0].query == STRICT


def test_who_gives_away_the_right_to_look_has_still_changed_it(
    server: Loopback, rise: Rise
) -> None:
    server.on("GET", SHOP, seen(), GONE)
    server.on("PATCH", SHOP, (200, replies.resource("shop")))
    done = rise("project", "edit", "shop", "--owner", "user:bob@example.com")
    assert (done.code, done.out) == (0, "project/shop changed\n")
    assert "may not see it any more" in done.err


@pytest.mark.parametrize(
    ("output", "out"),
    [pytest.param("json", replies.row("shop"), id="JSON"), pytest.param("name", None, id="name")],
)
def test_programs_get_the_object_and_nothing_else(
    output: str, out: Any, server: Loopback, rise: Rise
) -> None:
    server.on("POST", replies.PROJECTS, (201, replies.resource("shop")))
    server.on("GET", SHOP, READY)
    server.on("GET", "/api/v1/projects/shop", GONE, (200, replies.row("shop")))
    done = rise("project", "create", "shop", "-o", output)
    assert done.err == ""
    assert done.out == "shop\n" if out is None else json.loads(done.out) == out


@pytest.mark.parametrize(
    ("answers", "out"),
    [
        pytest.param([seen(), GONE], "deleted", id="it is gone"),
        pytest.param([seen(), seen(uid="another")], "deleted", id="another one has its name"),
        pytest.param([seen(), AWAY, GONE], "deleted", id="the server starts again meanwhile"),
    ],
)
def test_deletion_waits_until_it_is_gone(
    answers: Sequence[Reply], out: str, server: Loopback, rise: Rise
) -> None:
    server.on("GET", SHOP, *answers)
    server.on("DELETE", SHOP, (200, {}))
    done = rise("project", "delete", "shop", "--yes")
    assert (done.code, done.out) == (0, f"project/shop {out}\n")
    (sent,) = server.asked("DELETE", SHOP)
    assert sent.json["preconditions"] == {"uid": "uid-of-shop"}


def test_deletion_need_not_be_waited_for(server: Loopback, rise: Rise) -> None:
    server.on("GET", SHOP, seen())
    server.on("DELETE", SHOP, (200, {}))
    done = rise("project", "delete", "shop", "--yes", "--no-wait")
    assert (done.code, done.out) == (0, "project/shop is being deleted\n")
    assert len(server.asked("GET", SHOP)) == 1


def test_a_trouble_of_before_the_deletion_does_not_end_it(server: Loopback, rise: Rise) -> None:
    stalled = replies.condition("Stalled", "True", "NamespaceConflict", at=1)
    server.on("GET", SHOP, seen(), seen(stalled), GONE)
    server.on("DELETE", SHOP, (200, {}))
    assert rise("project", "delete", "shop", "--yes").code == 0
