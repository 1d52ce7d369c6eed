"""Lists and events as the API server writes them."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from rise_backend.gateway import formats
from rise_backend.gateway.formats import Columns, Shape
from rise_backend.gateway.objects import Entry, Row, project_entry

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC).timestamp()
DEFINITIONS = [{"name": "Name", "type": "string"}, {"name": "Age", "type": "date"}]
COLUMNS = Columns.of(DEFINITIONS)


def manifest(name: str = "shop", version: int = 7) -> dict[str, Any]:
    return {
        "apiVersion": "rise.dev/v1alpha1",
        "kind": "Project",
        "metadata": {
            "name": name,
            "uid": f"uid-{name}",
            "resourceVersion": str(version),
            "creationTimestamp": "2026-01-02T03:00:05Z",
            "labels": {"tier": "web"},
        },
        "spec": {"owner": {"user": "alice@example.com"}},
    }


def entry(name: str = "shop", version: int = 7) -> Entry:
    raw = msgspec.Raw(json.dumps(manifest(name, version)).encode())
    return project_entry(Row(cells=[name, "0s"], object=raw))


def listed(shape: Shape, include: str = "Metadata") -> Any:
    return json.loads(
        formats.listed(
            "Project",
            [entry("a"), entry("b")],
            shape=shape,
            version=9,
            columns=COLUMNS,
            include=include,
            now_s=NOW,
        )
    )


def test_a_row_may_be_older_than_the_columns() -> None:
    old = project_entry(Row(cells=["shop"], object=msgspec.Raw(json.dumps(manifest()).encode())))
    body = formats.listed(
        "Project",
        [old],
        shape=Shape.TABLE,
        version=9,
        columns=COLUMNS,
        include="None",
        now_s=NOW,
    )
    assert json.loads(body)["rows"] == [{"cells": ["shop"]}]


def test_a_list_of_objects() -> None:
    assert listed(Shape.OBJECTS) == {
        "apiVersion": "rise.dev/v1alpha1",
        "kind": "ProjectList",
        "metadata": {"continue": "", "resourceVersion": "9"},
        "items": [manifest("a"), manifest("b")],
    }


def test_a_list_of_nothing_is_an_empty_list() -> None:
    body = formats.listed(
        "Team", [], shape=Shape.OBJECTS, version=9, columns=COLUMNS, include="", now_s=NOW
    )
    assert json.loads(body)["items"] == []


def test_a_table_with_ages_of_now() -> None:
    table = listed(Shape.TABLE)
    assert table["columnDefinitions"] == DEFINITIONS
    assert [row["cells"] for row in table["rows"]] == [["a", "4m"], ["b", "4m"]]
    assert table["rows"][0]["object"] == {
        "kind": "PartialObjectMetadata",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": manifest("a")["metadata"],
    }


@pytest.mark.parametrize(("include", "held"), [("Object", manifest("a")), ("None", None)])
def test_a_table_holds_what_was_asked_for(include: str, held: object) -> None:
    assert listed(Shape.TABLE, include)["rows"][0].get("object") == held


def test_a_list_of_metadata() -> None:
    body = listed(Shape.METADATA)
    assert body["kind"] == "PartialObjectMetadataList"
    assert [item["metadata"]["name"] for item in body["items"]] == ["a", "b"]
    assert "spec" not in body["items"][0]


@pytest.mark.parametrize("shape", Shape)
def test_only_the_first_event_defines_columns(shape: Shape) -> None:
    first, second = (
        json.loads(
            formats.event(
                "ADDED",
                entry(),
                shape=shape,
                columns=COLUMNS,
                first=is_first,
                include="",
                now_s=NOW,
            )
        )
        for is_first in (True, False)
    )
    assert first["type"] == second["type"] == "ADDED"
    if shape is Shape.TABLE:
        assert first["object"]["columnDefinitions"] == DEFINITIONS
        assert second["object"]["columnDefinitions"] is None
        assert second["object"]["rows"][0]["cells"] == ["shop", "4m"]


@pytest.mark.parametrize("shape", Shape)
def test_a_bookmark_says_how_far_one_has_seen(shape: Shape) -> None:
    body = json.loads(formats.bookmark("Project", 12, shape=shape, initial_end=True))
    held = body["object"]
    if shape is Shape.TABLE:
        held = held["rows"][0]["object"]
    assert body["type"] == "BOOKMARK"
    assert held["metadata"]["resourceVersion"] == "12"
    assert held["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}


CONTROLLER_RUNTIME = (
    "application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,"
    "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"
)


@pytest.mark.parametrize(
    ("accept", "shape"),
    [
        ("", Shape.OBJECTS),
        ("*/*", Shape.OBJECTS),
        ("application/json", Shape.OBJECTS),
        ("application/yaml, application/json", Shape.OBJECTS),
        ("application/vnd.kubernetes.protobuf,application/json", Shape.OBJECTS),
        ("application/json;as=Table;v=v1;g=meta.k8s.io,application/json", Shape.TABLE),
        ("application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json", Shape.OBJECTS),
        (CONTROLLER_RUNTIME, Shape.METADATA),
        ("application/vnd.kubernetes.protobuf", None),
        ("application/cbor", None),
    ],
)
def test_the_first_shape_that_can_be_served(accept: str, shape: Shape | None) -> None:
    assert formats.accepted(accept) is shape


@pytest.mark.parametrize(
    ("ago", "age"),
    [
        (timedelta(seconds=-5), "<invalid>"),
        (timedelta(seconds=-1), "0s"),
        (timedelta(seconds=0), "0s"),
        (timedelta(seconds=119), "119s"),
        (timedelta(seconds=120), "2m"),
        (timedelta(seconds=150), "2m30s"),
        (timedelta(minutes=9, seconds=59), "9m59s"),
        (timedelta(minutes=10, seconds=5), "10m"),
        (timedelta(minutes=179), "179m"),
        (timedelta(hours=3), "3h"),
        (timedelta(hours=7, minutes=59), "7h59m"),
        (timedelta(hours=8, minutes=5), "8h"),
        (timedelta(hours=47), "47h"),
        (timedelta(days=2), "2d"),
        (timedelta(days=2, hours=5), "2d5h"),
        (timedelta(days=8, hours=5), "8d"),
        (timedelta(days=729), "729d"),
        (timedelta(days=730), "2y"),
        (timedelta(days=800), "2y70d"),
        (timedelta(days=365 * 8 + 5), "8y"),
    ],
)
def test_an_age(ago: timedelta, age: str) -> None:
    assert formats.age(NOW - ago.total_seconds(), NOW) == age


def test_no_age() -> None:
    assert formats.age(None, NOW) == "<unknown>"
