"""What a Project should look like in the cluster."""

import make
import pytest
from fixtures.golden import Golden
from projects import ANEW, FACTS, holders, named, verbs

from rise_operator.project.desired import access, desired, farewell, inside, namespace
from rise_operator.project.facts import NamespaceFacts, ProjectFacts

ALICE = "rise:alice@example.com"


def test_a_persons_project(golden: Golden) -> None:
    golden("operator/project", desired(make.project(), FACTS))


def test_a_teams_project_with_everybody_in_it(golden: Golden) -> None:
    project = make.project(
        owner={"team": "eng"},
        transferTo={"user": "erin@example.com"},
        members=[
            {"user": "frank@example.com", "role": "viewer"},
            {"team": "ops", "role": "developer"},
            {"user": "grace@example.com", "role": "developer"},
            {"team": "ops", "role": "viewer"},
        ],
        labels={"team": "bakery"},
        annotations={"example.com/note": "not for children"},
    )
    golden("operator/project-everybody", desired(project, FACTS))


def test_a_project_on_its_way_out(golden: Golden) -> None:
    project = make.project(
        deleting=True,
        owner={"team": "eng"},
        transferTo={"user": make.DAVE},
        members=[{"user": make.CAROL, "role": "developer"}],
    )
    golden("operator/project-farewell", farewell(project, FACTS))


def test_the_namespace_has_no_owner() -> None:
    metadata = namespace(make.project())["metadata"]
    assert metadata == {
        "name": "rise-shop",
        "labels": {
            "internal.rise.dev/project": "shop",
            "internal.rise.dev/project-uid": "uid-of-shop",
        },
    }


def test_roles_and_bindings_belong_to_the_project() -> None:
    project = make.project(uid="1-2-3")
    for manifest in access(project, FACTS):
        assert manifest["metadata"]["labels"]["internal.rise.dev/project-uid"] == "1-2-3"
        assert manifest["metadata"]["ownerReferences"] == [
            {
                "apiVersion": "rise.dev/v1alpha1",
                "kind": "Project",
                "name": "shop",
                "uid": "1-2-3",
                "controller": True,
                "blockOwnerDeletion": False,
            }
        ]


def test_what_stands_inside_goes_with_the_namespace_alone() -> None:
    for manifest in inside(make.project(), FACTS):
        assert manifest["metadata"]["namespace"] == "rise-shop"
        assert "ownerReferences" not in manifest["metadata"]


def test_order_namespace_access_inside_with_the_operators_right_first() -> None:
    manifests = desired(make.project(), FACTS)
    assert [(each["kind"], each["metadata"]["name"]) for each in manifests] == [
        ("Namespace", "rise-shop"),
        ("ClusterRole", "rise:project:shop:owner"),
        ("ClusterRoleBinding", "rise:project:shop:owner"),
        ("RoleBinding", "rise:ns:operator"),
        ("RoleBinding", "rise:ns:developer"),
        ("ServiceAccount", "rise-runtime"),
        ("ServiceAccount", "default"),
    ]


def test_the_service_account_holds_no_token() -> None:
    account = named(inside(make.project(), FACTS), "ServiceAccount")["rise-runtime"]
    assert account["automountServiceAccountToken"] is False


@pytest.mark.parametrize(
    ("facts", "touched"),
    [
        pytest.param(None, True, id="absent: made"),
        pytest.param(NamespaceFacts("uid-of-shop"), True, id="ours: kept"),
        pytest.param(NamespaceFacts("uid-of-shop", terminating=True), False, id="going: awaited"),
        pytest.param(NamespaceFacts(None), False, id="without label: somebody else's"),
        pytest.param(NamespaceFacts("uid-of-another"), False, id="another project's"),
        pytest.param(
            NamespaceFacts("uid-of-another", terminating=True), False, id="another's, going"
        ),
    ],
)
def test_a_namespace_is_touched_only_if_ours(facts: NamespaceFacts | None, touched: bool) -> None:  # noqa: FBT001 - the expectation
    manifests = desired(make.project(), ProjectFacts(namespace=facts))
    kinds = {each["kind"] for each in manifests}
    assert {"ClusterRole", "ClusterRoleBinding"} <= kinds
    assert ({"Namespace", "RoleBinding", "ServiceAccount"} <= kinds) is touched
    assert ({"Namespace", "RoleBinding", "ServiceAccount"} & kinds == set()) is not touched


def test_nothing_of_the_users_metadata_is_copied() -> None:
    project = make.project(labels={"bakery": "x"}, annotations={"bakery": "x"})
    assert "bakery" not in str(desired(project, FACTS))


def test_farewell_leaves_the_owner_a_look_and_nothing_else() -> None:
    project = make.project(
        transferTo={"user": make.BOB},
        members=[
            {"user": make.CAROL, "role": "developer"},
            {"user": make.DAVE, "role": "viewer"},
        ],
    )
    manifests = farewell(project, FACTS)
    assert verbs(manifests) == {"owner": ["get", "list", "watch", "delete"]}
    assert holders(manifests) == {"owner": [ALICE]}
    assert {each["kind"] for each in manifests} == {"ClusterRole", "ClusterRoleBinding"}


def test_farewell_gives_a_new_team_nothing_either() -> None:
    project = make.project(
        owner={"team": "eng"}, status={"owner": "team:eng", "ownerTeamUid": "uid-of-eng"}
    )
    assert holders(farewell(project, ProjectFacts(teams=ANEW))) == {}


def test_a_caller_may_change_what_it_got() -> None:
    project = make.project()
    first = desired(project, FACTS)
    for manifest in first:
        manifest["metadata"]["labels"]["changed"] = "yes"
        for subject in manifest.get("subjects", []):
            subject["name"] = "changed"
    assert "changed" not in str(desired(project, FACTS))
