"""What the operator remembers, and which news counts."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from rise_operator.engine.cache import Cache, Change, Name, digest, name_of, version_of

Item = dict[str, Any]


@dataclass(frozen=True)
class Held:
    version: int
    text: str


@dataclass
class Story:
    """A cache, and every change it told of as (name, before, after, own)."""

    told: list[tuple[str, str | None, str | None, bool]] = field(
        default_factory=list[tuple[str, str | None, str | None, bool]]
    )

    def __post_init__(self) -> None:
        self.cache: Cache[Held] = Cache(_read, self._changed)

    def _changed(self, change: Change[Held]) -> None:
        before = change.before.text if change.before else None
        after = change.after.text if change.after else None
        self.told.append((change.name.name, before, after, change.own))

    def holds(self) -> dict[str, tuple[int, str]]:
        return {name.name: (item.version, item.text) for name, item in self.cache}


def _read(obj: Item) -> Held | None:
    return None if obj["text"] == "foreign" else Held(version_of(obj), obj["text"])


def _object(name: str, version: int, text: str = "") -> Item:
    metadata = {"name": name, "resourceVersion": str(version)}
    return {"metadata": metadata, "text": text or f"{name}@{version}"}


def test_events_are_taken_in_and_told() -> None:
    story = Story()
    story.cache.seen(_object("shop", 1))
    story.cache.seen(_object("shop", 2))
    story.cache.seen(_object("shop", 3), deleted=True)
    assert story.told == [
        ("shop", None, "shop@1", False),
        ("shop", "shop@1", "shop@2", False),
        ("shop", "shop@2", None, False),
    ]
    assert story.holds() == {}


@pytest.mark.parametrize(
    "event",
    [
        pytest.param((_object("shop", 4), False), id="an older one"),
        pytest.param((_object("shop", 5, "else"), False), id="the same one again"),
        pytest.param((_object("shop", 4), True), id="the end of an earlier life"),
    ],
)
def test_an_event_that_is_not_newer_is_ignored(event: tuple[Item, bool]) -> None:
    story = Story()
    story.cache.seen(_object("shop", 5))
    story.told.clear()
    obj, deleted = event
    story.cache.seen(obj, deleted=deleted)
    assert story.told == []
    assert story.holds() == {"shop": (5, "shop@5")}


def test_versions_are_numbers_and_not_text() -> None:
    story = Story()
    story.cache.seen(_object("shop", 9))
    story.cache.seen(_object("shop", 10))
    assert story.holds() == {"shop": (10, "shop@10")}


def test_the_end_of_what_was_never_known_is_no_news() -> None:
    story = Story()
    story.cache.seen(_object("shop", 5), deleted=True)
    assert story.told == []


def test_the_answer_to_a_write_counts_at_once_and_is_our_own() -> None:
    story = Story()
    story.cache.seen(_object("shop", 1))
    story.told.clear()
    story.cache.wrote(_object("shop", 2))
    assert story.told == [("shop", "shop@1", "shop@2", True)]
    story.cache.seen(_object("shop", 2))
    assert len(story.told) == 1, "the watch tells of our own write as if it were news"


def test_an_answer_that_comes_late_does_not_hide_what_the_watch_told_before() -> None:
    story = Story()
    story.cache.seen(_object("shop", 3))
    story.told.clear()
    story.cache.wrote(_object("shop", 2))
    assert story.told == []
    assert story.holds() == {"shop": (3, "shop@3")}


def test_what_somebody_does_after_our_write_is_news() -> None:
    story = Story()
    story.cache.wrote(_object("shop", 2))
    story.cache.seen(_object("shop", 3))
    assert story.told[-1] == ("shop", "shop@2", "shop@3", False)


def test_objects_that_do_not_concern_us_are_not_held() -> None:
    story = Story()
    story.cache.seen(_object("kube-system", 1, "foreign"))
    assert len(story.cache) == 0
    assert story.told == []


def test_an_object_that_stops_to_concern_us_is_gone_for_us() -> None:
    story = Story()
    story.cache.seen(_object("shop", 1))
    story.cache.seen(_object("shop", 2, "foreign"))
    assert story.holds() == {}
    assert story.told[-1] == ("shop", "shop@1", None, False)


def test_a_list_brings_what_is_new_and_takes_what_is_not_there_any_more() -> None:
    story = Story()
    for name in ("stays", "changes", "goes"):
        story.cache.seen(_object(name, 1))
    story.told.clear()
    story.cache.listing()
    listed = [_object("stays", 1), _object("changes", 5), _object("comes", 4)]
    story.cache.replace([*listed, _object("kube-system", 1, "foreign")], 5)
    assert sorted(story.told) == [
        ("changes", "changes@1", "changes@5", False),
        ("comes", None, "comes@4", False),
        ("goes", "goes@1", None, False),
    ]
    assert story.holds() == {
        "stays": (1, "stays@1"),
        "changes": (5, "changes@5"),
        "comes": (4, "comes@4"),
    }


def test_an_empty_list_leaves_nothing() -> None:
    story = Story()
    story.cache.seen(_object("shop", 1))
    story.cache.replace([], 9)
    assert story.holds() == {}


def test_a_list_wins_also_when_versions_have_gone_back() -> None:
    story = Story()
    story.cache.seen(_object("shop", 900))
    story.cache.wrote(_object("shop", 901))
    story.cache.listing()
    story.cache.replace([_object("shop", 12)], 20)
    assert story.holds() == {"shop": (12, "shop@12")}
    story.cache.seen(_object("shop", 21))
    assert story.holds() == {"shop": (21, "shop@21")}


def test_what_we_wrote_after_the_list_was_taken_is_newer_than_the_list() -> None:
    story = Story()
    story.cache.seen(_object("shop", 1))
    story.cache.listing()
    story.cache.wrote(_object("shop", 11))
    story.cache.wrote(_object("made", 12))
    story.cache.replace([_object("shop", 1)], 10)
    assert story.holds() == {"shop": (11, "shop@11"), "made": (12, "made@12")}


def test_what_we_wrote_before_the_list_was_taken_is_in_it_or_gone() -> None:
    story = Story()
    story.cache.listing()
    story.cache.wrote(_object("made", 8))
    story.cache.replace([], 10)
    assert story.holds() == {}, "somebody deleted it before the list was taken"


def test_what_others_did_after_the_list_was_taken_is_told_by_the_watch() -> None:
    story = Story()
    story.cache.listing()
    story.cache.seen(_object("shop", 11))
    story.cache.replace([], 10)
    assert story.holds() == {}, "a watch goes on from the list's version and tells it again"


def test_nothing_is_kept_of_writes_while_no_list_is_taken() -> None:
    story = Story()
    story.cache.listing()
    story.cache.replace([], 1)
    for number in range(100):
        story.cache.wrote(_object(f"p{number}", number + 2))
        story.cache.seen(_object(f"p{number}", number + 200), deleted=True)
    kept = [value for value in vars(story.cache).values() if isinstance(value, dict | set)]
    assert len(kept) == 4
    assert not any(kept)


def test_a_place_is_a_namespace_and_a_name() -> None:
    inside = {"metadata": {"name": "rise-runtime", "namespace": "rise-shop"}}
    assert name_of(inside) == Name("rise-shop", "rise-runtime")
    assert name_of(_object("shop", 1)) == Name("", "shop")
    story = Story()
    for namespace in ("a", "b"):
        obj = _object("same", 1)
        obj["metadata"]["namespace"] = namespace
        story.cache.seen(obj)
    assert len(story.cache) == 2
    assert story.cache.get(Name("a", "same")) is not None
    assert story.cache.get(Name("", "same")) is None


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param({"a": 1, "b": 2}, {"b": 2, "a": 1}, True, id="another order of keys"),
        pytest.param([1, 2], [2, 1], False, id="another order in a list"),
        pytest.param({"a": None}, {}, False, id="a field that is null"),
        pytest.param({"a": "1"}, {"a": 1}, False, id="text and number"),
        pytest.param({"a": {"b": 1}}, {"a": {"b": 1}}, True, id="the same"),
    ],
)
def test_a_fingerprint_tells_values_apart(one: Any, other: Any, *, same: bool) -> None:
    assert (digest(one) == digest(other)) is same


SHOP = Name("", "shop")


def test_a_watch_that_is_faster_than_the_answer_tells_no_news_either() -> None:
    story = Story()
    story.cache.seen(_object("shop", 1))
    story.told.clear()
    with story.cache.writing(SHOP):
        story.cache.seen(_object("shop", 2))
        assert story.told == [], "it may be our own write"
        story.cache.wrote(_object("shop", 2))
    assert story.told == [("shop", "shop@1", "shop@2", True)]


def test_what_others_do_while_we_write_is_told_afterwards() -> None:
    story = Story()
    story.cache.seen(_object("shop", 1))
    story.told.clear()
    with story.cache.writing(SHOP):
        story.cache.seen(_object("shop", 2, "theirs before"))
        story.cache.seen(_object("other", 9))
        story.cache.seen(_object("shop", 4, "theirs after"))
        story.cache.wrote(_object("shop", 3, "ours"))
    assert story.told == [
        ("other", None, "other@9", False),
        ("shop", "shop@1", "ours", True),
        ("shop", "ours", "theirs after", False),
    ]


def test_an_end_while_we_write_is_told_also_when_the_write_fails() -> None:
    story = Story()
    story.cache.seen(_object("shop", 1))
    story.told.clear()
    failing = story.cache.writing(SHOP)
    failing.__enter__()
    story.cache.seen(_object("shop", 2), deleted=True)
    assert not failing.__exit__(ConnectionError, ConnectionError(), None)
    assert story.told == [("shop", "shop@1", None, False)]


def test_two_writes_at_once_both_have_to_be_answered() -> None:
    story = Story()
    story.cache.seen(_object("shop", 1))
    story.told.clear()
    with story.cache.writing(SHOP):
        with story.cache.writing(SHOP):
            story.cache.seen(_object("shop", 3))
        assert story.told == []
        story.cache.wrote(_object("shop", 3))
    assert story.told == [("shop", "shop@1", "shop@3", True)]


def test_a_list_makes_what_was_put_off_old() -> None:
    story = Story()
    with story.cache.writing(SHOP):
        story.cache.seen(_object("shop", 2))
        story.cache.listing()
        story.cache.replace([], 5)
    assert story.holds() == {}
