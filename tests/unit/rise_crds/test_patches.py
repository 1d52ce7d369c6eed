"""What a change of a spec sends, and which refusal says that somebody was quicker."""

from typing import Any

import pytest

from rise_crds.patches import ATTEMPTS, PAUSE_S, Operation, merged, overtaken, patch, pauses

FOUND: dict[str, Any] = {
    "metadata": {"uid": "u", "generation": 3, "resourceVersion": "71"},
    "spec": {"owner": {"user": "alice@example.com"}, "description": "bread"},
}
BOB = {"user": "bob@example.com", "role": "viewer"}


@pytest.mark.parametrize(
    ("change", "operations"),
    [
        pytest.param(
            {"members": [BOB]},
            [{"op": "add", "path": "/spec/members", "value": [BOB]}],
            id="what is new is added",
        ),
        pytest.param(
            {"description": "cakes"},
            [{"op": "add", "path": "/spec/description", "value": "cakes"}],
            id="what is there is replaced",
        ),
        pytest.param(
            {"description": None},
            [{"op": "remove", "path": "/spec/description"}],
            id="null takes away",
        ),
        pytest.param({"transferTo": None}, [], id="what is not there cannot be taken away"),
        pytest.param(
            {"owner": {"team": "core", "user": None}},
            [{"op": "add", "path": "/spec/owner", "value": {"team": "core"}}],
            id="null takes away inside, too",
        ),
    ],
)
def test_a_change_becomes_operations(change: dict[str, Any], operations: list[Operation]) -> None:
    assert patch(FOUND, change)[2:] == operations


def test_it_holds_for_this_very_object_at_this_spec() -> None:
    assert patch(FOUND, {}) == [
        {"op": "test", "path": "/metadata/uid", "value": "u"},
        {"op": "test", "path": "/metadata/generation", "value": 3},
    ]


def test_a_tag_counts_its_status_too() -> None:
    assert {"op": "test", "path": "/metadata/resourceVersion", "value": "71"} in patch(
        FOUND, {}, "resourceVersion"
    )


# RFC 7396, appendix A, of its rows those that are about objects.
@pytest.mark.parametrize(
    ("present", "change", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, "bar", "bar"),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_merging_is_that_of_the_standard(present: Any, change: Any, result: Any) -> None:
    assert merged(present, change) == result


@pytest.mark.parametrize(
    ("code", "status", "is_it"),
    [
        pytest.param(422, {"reason": "Invalid", "details": {}}, True, id="a test failed"),
        pytest.param(
            422,
            {"reason": "Invalid", "details": {"causes": [{"field": "spec.members"}]}},
            False,
            id="the new content is against the rules",
        ),
        pytest.param(409, {"reason": "Conflict"}, True, id="a precondition failed"),
        pytest.param(409, {"reason": "AlreadyExists"}, False, id="the name is taken"),
        pytest.param(403, {"reason": "Forbidden"}, False, id="it is not allowed"),
        pytest.param(200, {"kind": "Project"}, False, id="it is written"),
    ],
)
def test_somebody_was_quicker(code: int, status: dict[str, Any], *, is_it: bool) -> None:
    assert overtaken(code, status) is is_it


def test_the_first_attempt_is_made_at_once_and_each_later_one_may_wait_for_twice_as_long() -> None:
    drawn = [list(pauses()) for _ in range(200)]
    longest = [max(at_turn) for at_turn in zip(*drawn, strict=True)]
    assert longest[0] == 0
    assert len(longest) == ATTEMPTS
    for turn, most in enumerate(longest[1:], start=1):
        assert PAUSE_S * 2**turn / 2 < most <= PAUSE_S * 2**turn
