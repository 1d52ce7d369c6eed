"""What decides who sees an object, read from the object itself."""

import json
from typing import Any

import msgspec
import pytest

from rise_backend.gateway.objects import Row, project_entry, team_entry
from rise_backend.gateway.visibility import ProjectReaders, TeamReaders, TeamSeen

METADATA = {"name": "shop", "uid": "u", "resourceVersion": "12", "labels": {"a": "b"}}


def row(**parts: Any) -> Row:
    manifest = {"metadata": METADATA, **parts}
    return Row(cells=["shop"], object=msgspec.Raw(json.dumps(manifest).encode()))


@pytest.mark.parametrize(
    ("parts", "users", "teams"),
    [
        pytest.param({"spec": {"owner": {"user": "a"}}}, {"a"}, set[TeamSeen](), id="a person's"),
        pytest.param(
            {"spec": {"owner": {"team": "t"}}}, set[str](), {TeamSeen("t")}, id="not recorded yet"
        ),
        pytest.param(
            {"spec": {"owner": {"team": "t"}}, "status": {"owner": "team:t", "ownerTeamUid": "1"}},
            set[str](),
            {TeamSeen("t", "1")},
            id="a team's, recorded",
        ),
        pytest.param(
            {"spec": {"owner": {"team": "t"}}, "status": {"owner": "team:s", "ownerTeamUid": "1"}},
            set[str](),
            {TeamSeen("t")},
            id="a record of the team before",
        ),
        pytest.param(
            {"spec": {"owner": {"user": "a"}, "transferTo": {"user": "b"}}},
            {"a", "b"},
            set[TeamSeen](),
            id="offered",
        ),
        pytest.param(
            {
                "spec": {
                    "owner": {"user": "a"},
                    "members": [
                        {"user": "b", "role": "viewer"},
                        {"team": "t", "role": "viewer"},
                        {"team": "unseen", "role": "viewer"},
                    ],
                },
                "status": {"members": [{"team": "t", "uid": "1"}, {"team": "left", "uid": "2"}]},
            },
            {"a", "b"},
            {TeamSeen("t", "1")},
            id="members count under the recorded UID alone",
        ),
        pytest.param({}, set[str](), set[TeamSeen](), id="nothing said"),
    ],
)
def test_who_sees_a_project(parts: dict[str, Any], users: set[str], teams: set[TeamSeen]) -> None:
    readers = project_entry(row(**parts)).readers
    assert readers == ProjectReaders(frozenset(users), frozenset(teams))


def test_who_sees_a_team() -> None:
    spec = {"owners": ["a"], "members": ["b"], "idpGroup": "eng"}
    assert team_entry(row(spec=spec)).readers == TeamReaders("u", frozenset("ab"), "eng")


def test_an_entry_keeps_the_bytes() -> None:
    given = row(spec={"owner": {"user": "a"}}, unknown={"kept": True})
    entry = project_entry(given)
    assert entry.raw == bytes(given.object)
    assert json.loads(entry.partial)["metadata"] == METADATA
    assert (entry.name, entry.version, dict(entry.labels)) == ("shop", 12, {"a": "b"})
    assert entry.fields["spec.owner.user"] == "a"
