"""`rise project history`: page by page, newest first."""

from typing import Any

import replies
from fixtures.command_line import Rise
from fixtures.loopback import Loopback

SHOP = "/api/v1/projects/shop/history"


def revision(generation: int, **more: Any) -> dict[str, Any]:
    said = {"recordedAt": "2026-01-02T03:04:05Z", "writtenAt": None, "manager": None}
    return {**said, "generation": generation, "operation": None, "changes": None, **more}


def test_a_history_of_two_pages(server: Loopback, rise: Rise) -> None:
    changes = [{"field": "description", "before": None, "after": "Bröt"}]
    newest = revision(2, manager="kubectl", changes=changes)
    pages = (
        (200, {"items": [newest], "next": "c-1"}),
        (200, {"items": [revision(1)], "next": None}),
    )
    server.on("GET", SHOP, *pages)
    ended = rise("project", "history", "shop")
    assert ended.out.splitlines() == [
        "GENERATION  WRITTEN               BY       CHANGED",
        '2           2026-01-02T03:04:05Z  kubectl  description="Bröt"',
        "1           2026-01-02T03:04:05Z",
    ]
    assert [one.query for one in server.asked("GET", SHOP)] == [{}, {"after": "c-1"}]


def test_a_history_that_has_not_begun(server: Loopback, rise: Rise) -> None:
    server.on("GET", SHOP, (200, {"items": [], "next": None}))
    assert rise("project", "history", "shop").err.startswith("nothing has been recorded yet")
    assert rise("project", "history", "shop", "-o", "json").out == "[]\n"


def test_the_history_of_what_is_not_ones_own(server: Loopback, rise: Rise) -> None:
    server.on("GET", SHOP, replies.problem(404, "there is no project called shop"))
    assert rise("project", "history", "shop").code == 3
