"""What is tried out on the way to an answer: never anything but a dry run."""

import json
from typing import Any

import pytest

from rise_backend.access.attempts import NOBODY, attempt, right, tried
from rise_crds.verbs import VERBS

PRESENT: dict[str, Any] = {
    "metadata": {"name": "shop", "uid": "uid-of-shop", "resourceVersion": "7"},
    "spec": {"owner": {"user": "alice@example.com"}, "description": "Bread"},
}
EVERY = [(resource, verb) for resource, verbs in VERBS.items() for verb in verbs]
TRIED = [(resource, verb) for resource, verb in EVERY if tried(verb)]


@pytest.mark.parametrize(("resource", "verb"), TRIED)
@pytest.mark.parametrize("name", ["shop", "x?dryRun=&y", "x/status"])
def test_every_attempt_is_a_dry_run(resource: str, verb: str, name: str) -> None:
    made = attempt(verb, resource, name, "bob@example.com", PRESENT)
    assert made.target.endswith("?dryRun=All&fieldManager=rise-access")
    assert made.target.startswith(f"/apis/rise.dev/v1alpha1/{resource}")
    assert made.target.count("?") == 1
    assert made.path.count("/") <= 5
    if verb == "delete":
        assert json.loads(made.body)["dryRun"] == ["All"]
        assert json.loads(made.body)["preconditions"] == {"uid": "uid-of-shop"}


def test_what_policies_do_not_decide_is_not_tried() -> None:
    untried = {verb for _, verb in EVERY if not tried(verb)}
    assert untried == {"get", "list", "watch", "push", "set-owner", "assign", "own", "bind-group"}


@pytest.mark.parametrize(
    ("verb", "roles"),
    [
        pytest.param("edit", "patch", id="a word for people"),
        pytest.param("push", "push", id="a verb of Rise"),
        pytest.param("delete", "delete", id="a verb of Kubernetes"),
    ],
)
def test_roles_are_asked_for_a_verb_of_theirs(verb: str, roles: str) -> None:
    assert right(verb) == roles


@pytest.mark.parametrize(
    ("resource", "verb", "spec", "tries"),
    [
        pytest.param("projects", "edit", {}, {"description": "…"}, id="another description"),
        pytest.param(
            "projects", "edit", {"description": "…"}, {"description": "… …"}, id="always another"
        ),
        pytest.param(
            "projects",
            "share",
            {"members": [{"user": "carol@example.com", "role": "viewer"}]},
            {
                "members": [
                    {"user": "carol@example.com", "role": "viewer"},
                    {"user": NOBODY, "role": "viewer"},
                ]
            },
            id="one member more",
        ),
        pytest.param(
            "teams",
            "share",
            {"members": [f"p{number}@example.com" for number in range(500)]},
            {"members": [*(f"p{number}@example.com" for number in range(499)), NOBODY]},
            id="a full list stays within its bound",
        ),
        pytest.param(
            "projects", "transfer", {}, {"transferTo": {"user": NOBODY}}, id="an offer to nobody"
        ),
        pytest.param(
            "projects",
            "accept",
            {},
            {"transferTo": None, "owner": {"user": "bob@example.com", "team": None}},
            id="exactly what accepts, and nothing else",
        ),
    ],
)
def test_what_is_tried(
    resource: str, verb: str, spec: dict[str, Any], tries: dict[str, Any]
) -> None:
    made = attempt(verb, resource, "shop", "bob@example.com", {**PRESENT, "spec": spec})
    assert (made.method, json.loads(made.body)) == ("PATCH", {"spec": tries})


@pytest.mark.parametrize(
    ("resource", "spec"),
    [
        ("projects", {"owner": {"user": "bob@example.com"}}),
        ("teams", {"owners": ["bob@example.com"]}),
    ],
)
def test_one_creates_what_is_ones_own(resource: str, spec: dict[str, Any]) -> None:
    made = attempt("create", resource, "shop", "bob@example.com", None)
    assert made.method == "POST"
    assert json.loads(made.body)["spec"] == spec
