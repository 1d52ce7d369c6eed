"""`rise can` and `rise who-can`: what they ask, and what they make of the answer."""

from typing import Any

import pytest
import replies
from fixtures.command_line import Rise
from fixtures.loopback import Loopback

SHOP = "/api/v1/projects/shop/access"


def decided(*, allowed: bool, **more: Any) -> dict[str, Any]:
    said = {"user": replies.ALICE, "verb": "edit", "rule": "RBAC: …", "standing": [], "groups": []}
    return {**said, "allowed": allowed, **more}


@pytest.mark.parametrize(
    ("allowed", "code", "out"), [(True, 0, "yes\n"), (False, 1, "no\n")], ids=["yes", "no"]
)
def test_the_answer_is_the_exit_code(
    server: Loopback, rise: Rise, *, allowed: bool, code: int, out: str
) -> None:
    server.on("GET", SHOP, (200, decided(allowed=allowed)))
    ended = rise("can", "edit", "project/shop")
    assert (ended.code, ended.out, ended.err) == (code, out, "")


@pytest.mark.parametrize(
    "what", ["project/shop", "projects/shop", "rp/shop", "project.rise.dev/shop", "Projects/shop"]
)
def test_a_kind_by_every_name_of_it(what: str, server: Loopback, rise: Rise) -> None:
    server.on("GET", SHOP, (200, decided(allowed=True)))
    assert rise("can", "EDIT", what, "--as", "Bob@Example.com").code == 0
    (asked,) = server.asked("GET", SHOP)
    assert asked.query == {"verb": "edit", "user": "bob@example.com"}


def test_why(server: Loopback, rise: Rise) -> None:
    standing = ["member of team core, which owns it", "viewer"]
    rule = "policy projects.ownership.rise.dev: ask\x1b[31m one of them"
    server.on("GET", SHOP, (200, decided(allowed=False, rule=rule, standing=standing)))
    assert rise("can", "delete", "project/shop", "--why").out.splitlines() == [
        "no",
        "rule:      policy projects.ownership.rise.dev: ask?[31m one of them",
        "standing:  member of team core, which owns it, viewer",
    ]


def test_who_can(server: Loopback, rise: Rise) -> None:
    items = [decided(allowed=True, standing=["owner"])]
    found = {"items": items, "asked": 3, "hiddenTeams": ["x"], "groups": ["eng"], "truncated": True}
    server.on("GET", f"{SHOP}/people", (200, found))
    ended = rise("who-can", "push", "project/shop")
    assert ended.out.split() == ["USER", "STANDING", replies.ALICE, "owner"]
    assert [line.split(":")[0] for line in ended.err.splitlines()] == ["not listed"] * 3
    assert rise("who-can", "push", "project/shop", "-o", "name").out == f"{replies.ALICE}\n"
    server.on("GET", f"{SHOP}/people", (200, {**found, "items": [], "groups": []}))
    assert rise("who-can", "push", "project/shop").err.startswith("nobody of the 3 who are named")
