"""Label and field selectors."""

import time
from contextlib import suppress

import pytest

from rise_backend.gateway.selectors import SelectorError, parsed, single_name

FIELDS = frozenset({"metadata.name", "spec.owner.user"})
LABELS = {"tier": "web", "example.com/size": "3"}


@pytest.mark.parametrize(
    ("selector", "selected"),
    [
        ("", True),
        ("tier=web", True),
        ("tier==web", True),
        ("tier = web", True),
        ("tier=db", False),
        ("tier!=db", True),
        ("tier!=web", False),
        ("absent!=x", True),
        ("absent=x", False),
        ("absent=", False),
        ("tier in (web,db)", True),
        ("tier in (web, db)", True),
        ("tier in (db)", False),
        ("tier notin (db)", True),
        ("tier notin (web)", False),
        ("absent notin (web)", True),
        ("tier", True),
        ("absent", False),
        ("!absent", True),
        ("! absent", True),
        ("!tier", False),
        ("example.com/size>2", True),
        ("example.com/size<3", False),
        ("absent>2", False),
        ("tier>2", False),
        ("tier=web,example.com/size in (3,4),!absent", True),
        ("tier=web,absent", False),
    ],
)
def test_labels(selector: str, *, selected: bool) -> None:
    assert parsed(selector, "", FIELDS).selects(LABELS, {}) is selected


@pytest.mark.parametrize(
    ("selector", "selected"),
    [
        ("metadata.name=shop", True),
        ("metadata.name==shop", True),
        ("metadata.name!=shop", False),
        ("metadata.name=other", False),
        ("spec.owner.user=alice@example.com", True),
        ("spec.owner.user=", False),
        ("metadata.name=shop,spec.owner.user!=bob@example.com", True),
        (r"spec.owner.user=a\,b\=c", False),
    ],
)
def test_fields(selector: str, *, selected: bool) -> None:
    fields = {"metadata.name": "shop", "spec.owner.user": "alice@example.com"}
    assert parsed("", selector, FIELDS).selects({}, fields) is selected


@pytest.mark.parametrize("selector", ["a b", "=x", "a in b", "a in", "tier>many", "a=b c", "(a)"])
def test_labels_that_cannot_be_understood(selector: str) -> None:
    with pytest.raises(SelectorError):
        parsed(selector, "", FIELDS)


@pytest.mark.parametrize(
    ("selector", "says"),
    [("spec.description=x", "field label not supported: spec.description"), ("shop", "invalid")],
)
def test_fields_that_cannot_be_selected(selector: str, says: str) -> None:
    with pytest.raises(SelectorError, match=says):
        parsed("", selector, FIELDS)


@pytest.mark.parametrize(
    ("selector", "name"),
    [
        ("", None),
        ("metadata.name=shop", "shop"),
        ("metadata.name==shop,spec.owner.user=x", "shop"),
        ("metadata.name!=shop", None),
        ("spec.owner.user=metadata.name", None),
        (r"spec.owner.user=x\,metadata.name=shop", None),
        (r"spec.owner.user=x\\,metadata.name=shop", "shop"),
        (r"spec.owner.user=x\\\,metadata.name=shop", None),
        ("metadata.name=shop,spec.owner.user=x\\", "shop"),
    ],
)
def test_a_selector_that_asks_for_one_name(selector: str, name: str | None) -> None:
    assert single_name(selector) == name


@pytest.mark.parametrize(
    "selector",
    [
        pytest.param("," * 60_000, id="commas"),
        pytest.param("a in (" + "," * 60_000, id="a list that is never closed"),
        pytest.param("a in (" + "x," * 30_000 + ")", id="a long list"),
        pytest.param(" " * 60_000 + "!!", id="spaces in front"),
        pytest.param("a=" + " " * 60_000 + "!", id="spaces behind"),
        pytest.param("a" + " " * 60_000 + "x", id="spaces in the middle"),
        pytest.param("(" * 60_000, id="parentheses"),
        pytest.param("a" + "." * 60_000, id="a key without an end"),
    ],
)
def test_a_long_selector_holds_nobody_up(selector: str) -> None:
    started = time.process_time()
    with suppress(SelectorError):
        parsed(selector, selector, FIELDS)
    assert time.process_time() - started < 1
