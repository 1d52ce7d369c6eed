"""What commands print: tables for people, JSON, YAML and names for programs."""

import json
from typing import Any

import pytest
import replies
import yaml
from fixtures.command_line import Rise
from fixtures.loopback import Loopback

from rise_cli.output import clean, table, width


def test_a_list_is_a_table_for_people(server: Loopback, rise: Rise) -> None:
    rows = [
        replies.row("shop", description="Bread, delivered"),
        replies.row("cakes", owner={"team": "pastry"}, ready=False, reason="OwnerNotFound"),
        replies.row("new", ready=False, reason=""),
        replies.row("old", deleting=True),
    ]
    server.on("GET", "/api/v1/projects", replies.page(*rows))
    assert rise("project", "list").out.splitlines() == [
        "NAME   OWNER                   READY                      DESCRIPTION",
        "shop   user:alice@example.com  True                       Bread, delivered",
        "cakes  team:pastry             False (OwnerNotFound)",
        "new    user:alice@example.com  False (not looked at yet)",
        "old    user:alice@example.com  Terminating",
    ]


@pytest.mark.parametrize(
    ("output", "parse"),
    [
        pytest.param("json", json.loads, id="JSON"),
        pytest.param("yaml", yaml.safe_load, id="YAML"),
        pytest.param("name", str.split, id="names"),
    ],
)
def test_programs_get_everything(output: str, parse: Any, server: Loopback, rise: Rise) -> None:
    rows = [replies.row("shop", description="Brötchen \x1b[31m"), replies.row("cakes")]
    server.on("GET", "/api/v1/projects", replies.page(*rows))
    ended = rise("project", "list", "-o", output)
    assert ended.err == ""
    assert parse(ended.out) == (["shop", "cakes"] if output == "name" else rows)
    assert "\x1b" not in ended.out


@pytest.mark.parametrize(
    ("output", "out"),
    [
        pytest.param("json", "[]\n", id="JSON"),
        pytest.param("yaml", "[]\n", id="YAML"),
        pytest.param("name", "", id="names"),
        pytest.param("table", "", id="a table"),
    ],
)
def test_an_empty_list_is_empty(output: str, out: str, server: Loopback, rise: Rise) -> None:
    server.on("GET", "/api/v1/projects", replies.page())
    ended = rise("project", "list", "-o", output)
    assert (ended.code, ended.out) == (0, out)


@pytest.mark.parametrize(
    ("command", "says"),
    [
        pytest.param(["project", "list"], "rise project create NAME", id="no project"),
        pytest.param(["project", "list", "--search", "x"], "matches", id="no project like that"),
        pytest.param(["team", "list"], "rise team create NAME", id="no team"),
    ],
)
def test_who_sees_nothing_is_told_what_to_do(
    command: list[str], says: str, server: Loopback, rise: Rise
) -> None:
    server.on("GET", "/api/v1/projects", replies.page())
    server.on("GET", "/api/v1/teams", replies.page())
    ended = rise(*command)
    assert (ended.code, ended.out) == (0, "")
    assert says in ended.err


def test_a_long_list_comes_page_by_page(server: Loopback, rise: Rise) -> None:
    pages = [replies.page(replies.row("a"), following="a"), replies.page(replies.row("b"))]
    server.on("GET", "/api/v1/projects", *pages)
    assert rise("project", "list", "-o", "name", "--search", "&x=1").out == "a\nb\n"
    queries = [one.query for one in server.asked("GET", "/api/v1/projects")]
    assert queries == [{"search": "&x=1"}, {"search": "&x=1", "after": "a"}]


def test_one_project_is_shown_with_what_is_set_alone(server: Loopback, rise: Rise) -> None:
    shown = replies.row(
        "shop",
        members=[
            {"user": "bob@example.com", "role": "viewer"},
            {"team": "core", "role": "developer"},
        ],
        transferTo="carol@example.com",
        deletionProtection=True,
        conditions=[replies.condition("Ready", message="all is\nwell")],
    )
    server.on("GET", "/api/v1/projects/shop", (200, shown))
    assert rise("project", "show", "shop").out.splitlines() == [
        "Name:         shop",
        "Owner:        user:alice@example.com",
        "Offered to:   carol@example.com",
        "Ready:        True",
        "Namespace:    rise-shop",
        "Members:      bob@example.com (viewer), team:core (developer)",
        "When deleted: Delete",
        "Protected:    from deletion",
        "Created:      2026-01-02T03:04:05Z",
        "",
        "CONDITION  STATUS  REASON      MESSAGE",
        "Ready      True    Reconciled  all is well",
    ]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("\x1b[2Jgone", "?[2Jgone", id="an escape sequence"),
        pytest.param("\x9b31m", "?31m", id="an escape sequence in one character"),
        pytest.param("a\u202eb", "a?b", id="text that would run backwards"),
        pytest.param("one\r\ntwo", "one two", id="lines"),
        pytest.param("Brötchen 面包", "Brötchen 面包", id="letters of any script stay"),
    ],
)
def test_nothing_steers_the_terminal(text: str, shown: str) -> None:
    assert clean(text) == shown


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        pytest.param("bread", 5, id="ASCII"),
        pytest.param("面包", 4, id="wide letters"),
        pytest.param("Bro\u0308tchen", 8, id="an accent of its own"),
        pytest.param("🍞", 2, id="a picture"),
    ],
)
def test_width_is_what_the_terminal_shows(text: str, columns: int) -> None:
    assert width(text) == columns


def test_columns_stand_below_each_other_in_any_script() -> None:
    lines = table(["A", "B"], [["面包", "x"], ["bread", "y"]]).splitlines()
    assert [width(line[: line.index(cell)]) for line, cell in zip(lines, "Bxy", strict=True)] == [
        7,
        7,
        7,
    ]
