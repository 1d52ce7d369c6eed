"""What the status of a Project holds besides conditions, and when it stays as it is."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import make
import pytest
from projects import (
    ENG_MEMBER,
    FACTS,
    GONE,
    RECORDED,
    RECORDED_MEMBER,
    REFUSED,
    REPLACED,
    TEAM,
    done,
    reasons,
)

from rise_crds.api import ANNOTATION_ROTATE
from rise_crds.v1alpha1.project import CredentialRecord, RegistryStatus
from rise_operator.project.facts import NamespaceState, ProjectFacts
from rise_operator.project.registry_status import Pull, is_dead, is_withheld, rotation_wanted
from rise_operator.project.status import Outcome, status


@pytest.mark.parametrize(
    ("project", "facts", "expected"),
    [
        pytest.param(make.project(), FACTS, {"owner": "user:alice@example.com"}, id="a person"),
        pytest.param(make.project(**TEAM), FACTS, RECORDED, id="a team, seen first"),
        pytest.param(make.project(**TEAM), GONE, {"owner": "team:eng"}, id="a team not there yet"),
        pytest.param(make.project(**TEAM, status=RECORDED), GONE, RECORDED, id="gone: remembered"),
        pytest.param(
            make.project(**TEAM, status=RECORDED), REPLACED, RECORDED, id="anew: remembered"
        ),
        pytest.param(
            make.project(status=RECORDED),
            FACTS,
            {"owner": "user:alice@example.com"},
            id="taken from the team: forgotten",
        ),
        pytest.param(
            make.project(**TEAM, status={"owner": "user:alice@example.com"}),
            REPLACED,
            {"owner": "team:eng", "ownerTeamUid": "uid-of-the-new-eng"},
            id="away and back: the new team is confirmed",
        ),
        pytest.param(
            make.project(deleting=True, **TEAM, status=RECORDED),
            FACTS,
            RECORDED,
            id="remembered to the end",
        ),
    ],
)
def test_the_owner_is_recorded(project: Any, facts: ProjectFacts, expected: dict[str, str]) -> None:
    published = status(project, facts, done(), make.NOW)
    assert {
        key: published[key] for key in ("owner", "ownerTeamUid") if key in published
    } == expected


@pytest.mark.parametrize(
    ("members", "before", "facts", "after"),
    [
        pytest.param(ENG_MEMBER, [], FACTS, RECORDED_MEMBER, id="seen first"),
        pytest.param(ENG_MEMBER, [], GONE, None, id="not there yet"),
        pytest.param(ENG_MEMBER, RECORDED_MEMBER, GONE, RECORDED_MEMBER, id="gone: remembered"),
        pytest.param(ENG_MEMBER, RECORDED_MEMBER, REPLACED, RECORDED_MEMBER, id="anew: remembered"),
        pytest.param([], RECORDED_MEMBER, FACTS, None, id="taken out: forgotten"),
        pytest.param(
            [*ENG_MEMBER, {"team": "eng", "role": "developer"}],
            [],
            FACTS,
            RECORDED_MEMBER,
            id="twice in the spec, once in the record",
        ),
        pytest.param([{"user": make.BOB, "role": "viewer"}], [], FACTS, None, id="no team"),
    ],
)
def test_member_teams_are_recorded(
    members: list[dict[str, str]],
    before: list[dict[str, str]],
    facts: ProjectFacts,
    after: list[dict[str, str]] | None,
) -> None:
    project = make.project(members=members, status={"members": before})
    assert status(project, facts, done(), make.NOW).get("members") == after


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        (NamespaceState.OURS, "rise-shop"),
        (NamespaceState.TERMINATING, "rise-shop"),
        (NamespaceState.ABSENT, None),
        (NamespaceState.FOREIGN, None),
    ],
)
def test_the_namespace_is_shown_while_it_is_the_projects(
    state: NamespaceState, shown: str | None
) -> None:
    assert status(make.project(), FACTS, Outcome(state), make.NOW).get("namespace") == shown


def test_every_condition_carries_the_generation() -> None:
    published = status(make.project(generation=7), FACTS, done(), make.NOW)
    assert published["observedGeneration"] == 7
    assert {each["observedGeneration"] for each in published["conditions"]} == {7}


# ---- nothing is written when nothing changed -----------------------------------------------------


def test_the_same_state_hours_later_is_the_same_status() -> None:
    spec: dict[str, Any] = {**TEAM, "members": ENG_MEMBER}
    first = status(make.project(**spec), FACTS, done(), make.NOW)
    later = make.NOW + timedelta(hours=17)
    assert status(make.project(**spec, status=first), FACTS, done(), later) == first


def test_a_time_moves_only_with_its_status() -> None:
    first = status(make.project(), FACTS, done(), make.NOW)
    later = make.NOW + timedelta(hours=17)
    outcome = done(failure=REFUSED)
    second = status(make.project(status=first), FACTS, outcome, later)
    moved = {
        each["type"] for each in second["conditions"] if each["lastTransitionTime"] > _time(first)
    }
    assert moved == {"Ready", "Reconciling", "AccessSynced"}


def _time(published: dict[str, Any]) -> str:
    return max(each["lastTransitionTime"] for each in published["conditions"])


def test_conditions_that_no_longer_hold_are_dropped() -> None:
    stalled = status(make.project(registry="harbour"), FACTS, Outcome(), make.NOW)
    healed = status(make.project(status=stalled), FACTS, done(), make.NOW)
    assert "Stalled" not in reasons(healed)


@pytest.mark.parametrize(
    ("asked", "recorded", "wanted"),
    [
        pytest.param("2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z", True, id="another one"),
        pytest.param("2026-01-02T00:00:00Z", None, True, id="the first one"),
        pytest.param("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", False, id="obeyed"),
        pytest.param(None, "2026-01-01T00:00:00Z", False, id="taken away"),
        pytest.param("tomorrow", None, False, id="no time"),
    ],
)
def test_whether_a_rotation_is_wanted(
    asked: str | None, recorded: str | None, *, wanted: bool
) -> None:
    registry = {
        "provider": "distribution",
        "repository": "r.test/shop",
        "credentials": [{"id": "a"}],
        "rotation": recorded,
    }
    annotations = {} if asked is None else {ANNOTATION_ROTATE: asked}
    project = make.project(status={"registry": registry}, annotations=annotations)
    assert rotation_wanted(project) is wanted


def test_a_project_without_a_credential_has_nothing_to_rotate() -> None:
    project = make.project(annotations={ANNOTATION_ROTATE: "2026-01-02T00:00:00Z"})
    assert not rotation_wanted(project)


def test_a_rotation_that_waits_is_told_and_the_project_stays_ready() -> None:
    annotations = {ANNOTATION_ROTATE: "2026-01-02T00:00:00Z"}
    record = RegistryStatus(
        provider="distribution",
        repository="r.test/shop",
        credentials=[CredentialRecord(id="a", expires_at=make.NOW + timedelta(days=1))],
    )
    pull = Pull(record, rotation_at=make.NOW + timedelta(minutes=5))
    published = status(make.project(annotations=annotations), FACTS, Outcome(pull=pull), make.NOW)
    found = {each["type"]: each for each in published["conditions"]}
    said = found["CredentialsValid"]
    assert (said["status"], said["reason"]) == ("True", "RotationDelayed")
    assert "03:09:05 UTC" in said["message"]
    assert found["Ready"]["status"] == "True"


def test_a_resumed_project_that_waits_for_its_credential_says_until_when() -> None:
    suspended = {"provider": "distribution", "repository": "r.test/shop"}
    project = make.project(status={"registry": suspended})
    pull = Pull(project.status.registry, rotation_at=make.NOW + timedelta(minutes=5))
    published = status(project, FACTS, Outcome(pull=pull), make.NOW)
    found = {each["type"]: each for each in published["conditions"]}
    said = found["CredentialsValid"]
    assert (said["status"], said["reason"]) == ("False", "RotationDelayed")
    assert "03:09:05 UTC" in said["message"]
    assert found["Ready"]["reason"] == "RotationDelayed"


def test_while_the_old_credentials_are_revoked_nothing_says_that_they_are() -> None:
    project = make.project(status={"registry": {"provider": "d", "repository": "r.test/shop"}})
    later = make.NOW + timedelta(minutes=5)
    pull = Pull(project.status.registry, pending=True, rotation_at=later)
    published = status(project, FACTS, Outcome(pull=pull), make.NOW)
    (said,) = [each for each in published["conditions"] if each["type"] == "CredentialsValid"]
    assert (said["status"], said["reason"]) == ("False", "Progressing")
    assert not is_withheld(make.project(status=published))
    published = status(project, FACTS, Outcome(pull=replace(pull, pending=False)), make.NOW)
    assert is_withheld(make.project(status=published))


@pytest.mark.parametrize(
    ("credentials", "owner", "suspend", "dead"),
    [
        pytest.param(None, None, False, False, id="never had one"),
        pytest.param([], "user:alice@example.com", False, True, id="goes on after a suspension"),
        pytest.param([], "user:alice@example.com", True, False, id="is suspended still"),
        pytest.param([{"id": "a"}], "user:alice@example.com", False, False, id="has one"),
        pytest.param([{"id": "a"}], "user:bob@example.com", False, True, id="was another's"),
        pytest.param([{"id": "a"}], "team:alice@example.com", False, True, id="was a team's"),
    ],
)
def test_whose_credential_is_dead(
    credentials: list[dict[str, str]] | None, owner: str | None, *, suspend: bool, dead: bool
) -> None:
    place = {"provider": "distribution", "repository": "r.test/shop", "owner": owner}
    said = {} if credentials is None else {"registry": {**place, "credentials": credentials}}
    assert is_dead(make.project(status=said, suspend=suspend)) is dead
