"""What a Team should look like in the cluster."""

from typing import Any

import make
import pytest
from fixtures.golden import Golden

from rise_operator.team.desired import desired
from rise_operator.team.facts import TeamFacts


def _held(**spec: Any) -> dict[str, list[str]]:
    return {
        each["metadata"]["name"]: [subject["name"] for subject in each["subjects"]]
        for each in desired(make.team(**spec))
        if each["kind"] == "ClusterRoleBinding"
    }


def test_a_team(golden: Golden) -> None:
    team = make.team(
        owners=[make.BOB, make.ALICE],
        members=[make.DAVE, make.CAROL],
        idpGroup="engineering",
        labels={"floor": "3"},
    )
    golden("operator/team", desired(team))


@pytest.mark.parametrize(
    ("spec", "member"),
    [
        pytest.param({}, None, id="owners alone"),
        pytest.param({"members": [make.BOB]}, ["rise:bob@example.com"], id="a member"),
        pytest.param({"idpGroup": "eng"}, ["rise:idp:eng"], id="a group"),
        pytest.param({"idpGroup": ""}, None, id="an empty group is none"),
        pytest.param(
            {"idpGroup": "eng", "members": [make.CAROL, make.BOB]},
            ["rise:idp:eng", "rise:bob@example.com", "rise:carol@example.com"],
            id="both, sorted",
        ),
        pytest.param(
            {"members": [make.ALICE]}, ["rise:alice@example.com"], id="an owner who is a member"
        ),
    ],
)
def test_who_holds_what(spec: dict[str, Any], member: list[str] | None) -> None:
    expected = {"rise:team:eng:owner": ["rise:alice@example.com"]}
    assert _held(**spec) == expected | ({"rise:team:eng:member": member} if member else {})


def test_without_members_there_is_no_members_role() -> None:
    assert {each["metadata"]["name"] for each in desired(make.team())} == {"rise:team:eng:owner"}


def test_a_group_never_owns_a_team() -> None:
    assert "rise:idp:eng" not in _held(idpGroup="eng")["rise:team:eng:owner"]


def test_each_role_has_its_verbs() -> None:
    manifests = desired(make.team(members=[make.BOB]))
    verbs = {
        each["metadata"]["name"]: each["rules"][0]["verbs"]
        for each in manifests
        if each["kind"] == "ClusterRole"
    }
    assert verbs == {
        "rise:team:eng:owner": [
            "get",
            "list",
            "watch",
            "update",
            "patch",
            "delete",
            "assign",
            "own",
        ],
        "rise:team:eng:member": ["get", "list", "watch", "assign"],
    }


def test_a_terminating_team_keeps_its_roles() -> None:
    spec: dict[str, Any] = {"members": [make.BOB], "idpGroup": "eng"}
    assert desired(make.team(deleting=True, **spec)) == desired(make.team(**spec))


def test_everything_belongs_to_the_team_under_its_uid() -> None:
    for manifest in desired(make.team(uid="1-2-3", members=[make.BOB])):
        metadata = manifest["metadata"]
        assert metadata["labels"] == {
            "internal.rise.dev/team": "eng",
            "internal.rise.dev/team-uid": "1-2-3",
        }
        assert metadata["ownerReferences"] == [
            {
                "apiVersion": "rise.dev/v1alpha1",
                "kind": "Team",
                "name": "eng",
                "uid": "1-2-3",
                "controller": True,
                "blockOwnerDeletion": False,
            }
        ]


def test_facts_are_the_same_whatever_the_order() -> None:
    there = make.team(owners=[make.ALICE, make.BOB], members=[make.CAROL, make.DAVE])
    back = make.team(owners=[make.BOB, make.ALICE], members=[make.DAVE, make.CAROL])
    assert TeamFacts.of(there) == TeamFacts.of(back)


def test_facts_say_what_is_terminating() -> None:
    assert TeamFacts.of(make.team(deleting=True)).terminating
    assert not TeamFacts.of(make.team()).terminating
