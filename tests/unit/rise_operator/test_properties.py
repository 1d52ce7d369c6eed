"""What holds for every Project and Team: seeded random ones, a hundred of each.

A seed that fails stays in the test's name: run it alone with -k.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import make
import pytest
from chance import PEOPLE, UIDS, case, failure, shuffled, some

from rise_crds.reasons import Reason
from rise_operator import gateway_groups
from rise_operator.manifest import Manifest
from rise_operator.project import desired as project_desired
from rise_operator.project import status as project_status
from rise_operator.team import desired as team_desired
from rise_operator.team import status as team_status
from rise_operator.verdict import Failure

seeds = pytest.mark.parametrize("seed", range(100))
LATER = make.NOW + timedelta(days=1)


def _team_manifests(seed: int) -> list[Manifest]:
    draw = random.Random(seed)
    group: dict[str, Any] = draw.choice([{}, {"idpGroup": "eng"}])
    team = make.team(
        owners=some(draw, PEOPLE, least=1),
        members=some(draw, PEOPLE),
        deleting=draw.random() < 0.2,
        **group,
    )
    return team_desired.desired(team)


def _manifests(seed: int) -> list[Manifest]:
    """Return everything the operator could write for one case, and for one Team."""
    drawn = case(seed)
    return [
        *project_desired.desired(drawn.project, drawn.facts),
        *project_desired.farewell(drawn.project, drawn.facts),
        *_team_manifests(seed),
        *gateway_groups.desired(drawn.facts.teams.values()),
    ]


def _of(seed: int, *kinds: str) -> Iterator[Manifest]:
    return (each for each in _manifests(seed) if each["kind"] in kinds)


# ---- desired -------------------------------------------------------------------------------------


@seeds
def test_the_order_of_the_input_does_not_matter(seed: int) -> None:
    one_way, other_way = case(seed), shuffled(case(seed), seed)
    for shape in (project_desired.desired, project_desired.farewell):
        assert shape(one_way.project, one_way.facts) == shape(other_way.project, other_way.facts)
    one, other = (
        project_status.status(each.project, each.facts, each.outcome, make.NOW)
        for each in (one_way, other_way)
    )
    assert one == other


@seeds
def test_no_rule_holds_a_star(seed: int) -> None:
    for manifest in _of(seed, "ClusterRole"):
        assert "*" not in str(manifest["rules"])


@seeds
def test_the_fence_around_the_operator_lets_every_role_through(seed: int) -> None:
    for manifest in _of(seed, "ClusterRole"):
        assert "aggregationRule" not in manifest
        for rule in manifest["rules"]:
            assert rule["resourceNames"]
            if manifest["metadata"]["name"] == "rise:gateway:groups":
                assert rule["apiGroups"] == ["authentication.k8s.io"]
                assert rule["resources"] == ["groups"]
                assert rule["verbs"] == ["impersonate:user-info"]
                assert all(name.startswith("rise:idp:") for name in rule["resourceNames"])
            else:
                assert manifest["metadata"]["name"].startswith(("rise:project:", "rise:team:"))
                assert rule["apiGroups"] == ["rise.dev"]
                assert set(rule["resources"]) <= {"projects", "teams"}


@seeds
def test_the_fence_lets_every_binding_through(seed: int) -> None:
    for manifest in _of(seed, "ClusterRoleBinding"):
        assert manifest["roleRef"]["kind"] == "ClusterRole"
        assert manifest["roleRef"]["name"] == manifest["metadata"]["name"]
    for manifest in _of(seed, "RoleBinding"):
        assert manifest["roleRef"]["kind"] == "ClusterRole"
        assert manifest["roleRef"]["name"].startswith("rise:ns:")
        assert manifest["roleRef"]["name"] == manifest["metadata"]["name"]
        assert manifest["metadata"]["namespace"] == "rise-shop"


@seeds
def test_every_binding_has_its_role_before_it(seed: int) -> None:
    drawn = case(seed)
    for manifests in (
        project_desired.desired(drawn.project, drawn.facts),
        project_desired.farewell(drawn.project, drawn.facts),
        _team_manifests(seed),
    ):
        roles: set[str] = set()
        for manifest in manifests:
            if manifest["kind"] == "ClusterRole":
                roles.add(manifest["metadata"]["name"])
            if manifest["kind"] == "ClusterRoleBinding":
                assert manifest["roleRef"]["name"] in roles


@seeds
def test_subjects_are_people_sorted_and_never_empty(seed: int) -> None:
    for manifest in _of(seed, "ClusterRoleBinding", "RoleBinding"):
        subjects = [(each["kind"], each["name"]) for each in manifest["subjects"]]
        assert subjects == sorted(set(subjects))
        assert subjects
        if manifest["metadata"]["name"] == "rise:ns:operator":
            assert subjects == [("ServiceAccount", "rise-operator")]
            continue
        for kind, name in subjects:
            assert name.startswith({"User": "rise:", "Group": "rise:idp:"}[kind])
            assert not name.startswith("rise:idp:") or kind == "Group"


@seeds
def test_no_object_is_written_twice(seed: int) -> None:
    drawn = case(seed)
    names = [
        (each["kind"], each["metadata"]["name"])
        for each in project_desired.desired(drawn.project, drawn.facts)
    ]
    assert len(names) == len(set(names))


@seeds
def test_a_team_created_anew_inherits_nothing(seed: int) -> None:
    drawn = case(seed)
    status, spec = drawn.body["status"], drawn.project.spec
    owner = f"team:{spec.owner.team}" == status.get("owner") and status.get("ownerTeamUid")
    recorded = {each["team"]: each["uid"] for each in status["members"]}
    may = {
        team.uid
        for name, team in drawn.facts.teams.items()
        if (spec.owner.team == name and (owner or team.uid) == team.uid)
        or (
            any(entry.team == name for entry in spec.members)
            and recorded.get(name, team.uid) == team.uid
        )
    }
    written = str(project_desired.desired(drawn.project, drawn.facts))
    marks = {uid for uids in UIDS.values() for uid in uids if f"owner-{uid}@" in written}
    assert marks == may


@seeds
def test_farewell_shows_the_project_to_its_owners_and_nobody_else(seed: int) -> None:
    drawn = case(seed)
    last, before = (
        {
            each["metadata"]["name"]: each["subjects"]
            for each in shape(drawn.project, drawn.facts)
            if each["kind"] == "ClusterRoleBinding"
        }
        for shape in (project_desired.farewell, project_desired.desired)
    )
    owner = "rise:project:shop:owner"
    assert last == ({owner: before[owner]} if owner in before else {})


# ---- status --------------------------------------------------------------------------------------


def _team_status(seed: int) -> dict[str, Any]:
    draw = random.Random(seed)
    team = make.team(deleting=draw.random() < 0.5)
    outcome = team_status.Outcome(failure(draw), failure(draw))
    return team_status.status(team, some(draw, ["shop", "bakery"]), outcome, make.NOW)


def _project_status(seed: int) -> dict[str, Any]:
    drawn = case(seed)
    return project_status.status(drawn.project, drawn.facts, drawn.outcome, make.NOW)


@seeds
@pytest.mark.parametrize("published", [_project_status, _team_status])
def test_a_status_is_one_that_kstatus_can_read(
    seed: int, published: Callable[[int], dict[str, Any]]
) -> None:
    conditions = published(seed)["conditions"]
    by_type = {each["type"]: each for each in conditions}
    assert len(by_type) == len(conditions)
    assert not {"Reconciling", "Stalled"} <= set(by_type)
    for type_ in {"Reconciling", "Stalled"} & set(by_type):
        assert by_type[type_]["status"] == "True"
    in_trouble = bool({"Reconciling", "Stalled"} & set(by_type))
    if by_type["Ready"]["status"] == "True":
        assert not in_trouble
    elif by_type["Ready"]["reason"] != "Suspended":
        assert in_trouble
    for each in conditions:
        assert each["message"]
        assert each["reason"] in set(Reason)


@seeds
def test_publishing_a_status_changes_neither_shape_nor_status(seed: int) -> None:
    drawn = case(seed)
    first = project_status.status(drawn.project, drawn.facts, drawn.outcome, make.NOW)
    after = drawn.with_status(first)
    assert project_status.status(after, drawn.facts, drawn.outcome, LATER) == first
    assert project_desired.desired(after, drawn.facts) == project_desired.desired(
        drawn.project, drawn.facts
    )


@seeds
def test_the_api_server_keeps_every_field_of_a_status(seed: int) -> None:
    drawn = case(seed)
    first = project_status.status(drawn.project, drawn.facts, drawn.outcome, make.NOW)
    kept = drawn.with_status(first).status.model_dump(
        mode="json", by_alias=True, exclude_unset=True
    )
    assert kept == first


@seeds
def test_the_database_never_decides_over_ready(seed: int) -> None:
    drawn = case(seed)

    def without_mirror(mirror: Failure | None) -> list[dict[str, Any]]:
        outcome = replace(drawn.outcome, mirror=mirror)
        published = project_status.status(drawn.project, drawn.facts, outcome, make.NOW)
        return [each for each in published["conditions"] if each["type"] != "Mirrored"]

    away = Failure(Reason.DATABASE_UNAVAILABLE, "away", final=True)
    assert without_mirror(None) == without_mirror(away)
