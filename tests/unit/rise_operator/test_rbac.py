"""What Projects and Teams have in common: people, roles, bindings."""

import pytest

from rise_operator.rbac import Parent, People, binding, grant, role

PARENT = Parent("Project", "projects", "shop", "1-2-3", (("label", "value"),))
LETTERS = frozenset("qwertyuiop")


def test_subjects_are_groups_then_people_each_sorted() -> None:
    names = [each["name"] for each in People(LETTERS, LETTERS).subjects()]
    assert names == [
        *(f"rise:idp:{letter}" for letter in sorted(LETTERS)),
        *(f"rise:{letter}" for letter in sorted(LETTERS)),
    ]


@pytest.mark.parametrize(
    ("people", "anybody"),
    [
        pytest.param(People(), False, id="nobody"),
        pytest.param(People(frozenset({"a"})), True, id="a person"),
        pytest.param(People(idp_groups=frozenset({"a"})), True, id="a group"),
    ],
)
def test_people_are_somebody_or_nobody(people: People, anybody: bool) -> None:  # noqa: FBT001 - the expectation
    assert bool(people) is anybody


def test_people_join() -> None:
    one, other = People(frozenset({"a"}), frozenset({"x"})), People(frozenset({"b"}))
    assert one | other == People(frozenset({"a", "b"}), frozenset({"x"}))


def test_a_role_names_one_object() -> None:
    assert role(PARENT, "owner", ("get",))["rules"] == [
        {
            "apiGroups": ["rise.dev"],
            "resources": ["projects"],
            "resourceNames": ["shop"],
            "verbs": ["get"],
        }
    ]


def test_a_binding_refers_to_the_role_of_its_name() -> None:
    bound = binding(PARENT, "owner", People(frozenset({"a"})))
    assert bound["metadata"]["name"] == "rise:project:shop:owner"
    assert bound["roleRef"] == {
        "apiGroup": "rbac.authorization.k8s.io",
        "kind": "ClusterRole",
        "name": "rise:project:shop:owner",
    }


def test_nobody_gets_no_binding() -> None:
    assert [each["kind"] for each in grant(PARENT, "owner", ("get",), People())] == ["ClusterRole"]
