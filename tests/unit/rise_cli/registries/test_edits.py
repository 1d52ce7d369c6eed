"""One member of a JSON text changes; every other byte stays."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rise_cli.registries.edits import NoObjectError, parsed, with_member, without_member

HOST = "127.0.0.1:5000"
DOCKERS = """\
{
	"auths": {
		"ghcr.io": {
			"auth": "bWU6cHc="
		}
	},
	"HttpHeaders": {"X":  [1, 1e5, 1.0]},
	"credsStore": "",
	"psFormat": "table {{.ID}}\\t{{.Names}}"
}
"""
LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
OBJECTS = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
).map(lambda value: {"auths": {HOST + "0": value}, "other": value})
INDENTS = st.sampled_from([None, 2, "\t"])


def test_docker_finds_what_it_would_have_written_itself() -> None:
    added = with_member(DOCKERS, ("auths", HOST), {"auth": "x"})
    assert added == DOCKERS.replace(
        '"bWU6cHc="\n\t\t}',
        f'"bWU6cHc="\n\t\t}},\n\t\t"{HOST}": {{\n\t\t\t"auth": "x"\n\t\t}}',
    )
    assert without_member(added, ("auths", HOST)) == DOCKERS


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("", '{\n\t"a": {\n\t\t"b": 1\n\t}\n}\n', id="no file"),
        pytest.param("null", '{\n\t"a": {\n\t\t"b": 1\n\t}\n}\n', id="null"),
        pytest.param('{"a":null}', '{"a":{"b": 1}}', id="null inside"),
        pytest.param(" \n", '{\n\t"a": {\n\t\t"b": 1\n\t}\n}\n', id="an empty file"),
        pytest.param("{}", '{\n\t"a": {\n\t\t"b": 1\n\t}\n}', id="an empty object"),
        pytest.param('{"x":1}', '{"x":1, "a": {"b": 1}}', id="on one line"),
        pytest.param('{"a":{}}', '{"a":{"b": 1}}', id="an empty object inside"),
        pytest.param('{"a":{"b":2,"c":3}}', '{"a":{"b":1,"c":3}}', id="in its place"),
        pytest.param('{\n  "x": 1\n}', '{\n  "x": 1,\n  "a": {\n    "b": 1\n  }\n}', id="by two"),
        pytest.param('{"a":{"b":2},"a":{"c":3}}', '{"a":{"b":2},"a":{"c":3, "b": 1}}', id="twice"),
        pytest.param('{"\\u0061":{"b":2}}', '{"\\u0061":{"b":1}}', id="an escaped name"),
    ],
)
def test_a_member_is_set(before: str, after: str) -> None:
    assert with_member(before, ("a", "b"), 1) == after
    assert with_member(after, ("a", "b"), 1) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("", "", id="no file"),
        pytest.param('{"x":1}', '{"x":1}', id="nothing there"),
        pytest.param('{"a":null}', '{"a":null}', id="null"),
        pytest.param('{"a":{"b":1}}', '{"a":{}}', id="the only one"),
        pytest.param('{"a":{"b":1, "c":2}}', '{"a":{"c":2}}', id="the first"),
        pytest.param('{"a":{"c":2, "b":1}}', '{"a":{"c":2}}', id="the last"),
        pytest.param('{"a":{"c":2,"b":1, "d":3}}', '{"a":{"c":2,"d":3}}', id="in the middle"),
        pytest.param('{"a":{"b":1,"c":2,"b":3}}', '{"a":{"c":2}}', id="twice"),
    ],
)
def test_a_member_is_removed(before: str, after: str) -> None:
    assert without_member(before, ("a", "b")) == after


@pytest.mark.parametrize(
    "text", ["{", "[]", "1", '"a"', "{'a': 1}", '{"a":1,}', "\ufeff{}", "[" * 100_000]
)
def test_what_is_no_object_is_refused(text: str) -> None:
    for change in (lambda: with_member(text, ("a",), 1), lambda: without_member(text, ("a",))):
        with pytest.raises(NoObjectError):
            change()


def test_something_else_on_the_way_is_refused() -> None:
    with pytest.raises(NoObjectError):
        with_member('{"a": []}', ("a", "b"), 1)


@given(before=OBJECTS, value=LEAVES, indent=INDENTS)
def test_whatever_else_there_is_means_the_same(before: Any, value: Any, indent: Any) -> None:
    text = json.dumps(before, indent=indent)
    added = with_member(text, ("auths", HOST), value)
    expected = {**before, "auths": {**before["auths"], HOST: value}}
    assert parsed(added) == expected
    assert parsed(without_member(added, ("auths", HOST))) == before
