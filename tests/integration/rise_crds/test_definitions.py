"""What the definitions ask of the API server: columns, names, lists, rules over time."""

import json
import time
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import make
import pytest
from fixtures.golden import Golden

from rise_crds.api import FINALIZER, OPERATOR_USER
from rise_crds.patches import Operation, patch
from rise_local.kubectl import Kubectl, Refusal
from rise_local.platform import Platform
from rise_local.supervisor import until

DEADLINE_S = 60.0
AS_OPERATOR = ("--as", OPERATOR_USER)
DRY = ("--dry-run=server", "-o", "json")
APPLY = ("apply", "--server-side", "--field-manager", "test", "-f", "-")


@dataclass(frozen=True)
class Stored:
    """A Project in the API server that no operator looks after."""

    kubectl: Kubectl
    name: str

    def manifest(self, **spec: Any) -> str:
        return json.dumps(
            {
                "apiVersion": "rise.dev/v1alpha1",
                "kind": "Project",
                "metadata": {"name": self.name},
                "spec": spec,
            }
        )

    def patched(self, **spec: Any) -> str | Refusal:
        """Ask what a merge patch would come to."""
        patch = json.dumps({"spec": spec})
        return self.kubectl.attempt(
            "patch", "project", self.name, "--type=merge", "-p", patch, *DRY
        )

    def publish(self, **status: Any) -> str | Refusal:
        """Write the status as the operator."""
        patch = json.dumps({"status": status})
        what = ("project", self.name, "--subresource=status", "--type=merge", "-p", patch)
        return self.kubectl.attempt("patch", *what, *AS_OPERATOR)

    def read(self) -> dict[str, Any]:
        return json.loads(self.kubectl.run("get", "project", self.name, "-o", "json"))

    def changed(self, operations: list[Operation]) -> str | Refusal:
        """Make a change by a JSON Patch."""
        return self.kubectl.attempt(
            "patch", "project", self.name, "--type=json", "-p", json.dumps(operations)
        )

    def finalizers(self, *names: str) -> None:
        patch = json.dumps({"metadata": {"finalizers": list(names)}})
        what = ("project", self.name, "--type=merge", "-p", patch)
        self.kubectl.attempt("patch", *what, *AS_OPERATOR)


@pytest.fixture(scope="module", autouse=True)
def _no_operator(control_plane: Platform) -> Generator[None]:
    """Stop the operator when it runs: here nothing but the API server acts."""
    running = any(state.name == "operator" and state.is_up for state in control_plane.states())
    if running:
        control_plane.stop("operator")
    yield
    if running:
        control_plane.start("operator")


@pytest.fixture
def stored(admin_kubectl: Kubectl) -> Generator[Stored]:
    it = Stored(admin_kubectl, f"d{uuid4().hex[:6]}")
    manifest = it.manifest(owner={"user": make.ALICE}, registry="local")
    deadline = time.monotonic() + DEADLINE_S
    while isinstance(said := admin_kubectl.attempt(*APPLY, stdin=manifest), Refusal):
        assert time.monotonic() < deadline, said.text
        time.sleep(0.2)
    yield it
    it.finalizers(FINALIZER)  # nobody deletes a project before it has this
    admin_kubectl.attempt("delete", "project", it.name, "--wait=false")
    it.finalizers()


def test_the_definitions_are_sound(admin_kubectl: Kubectl) -> None:
    names = ("projects.rise.dev", "teams.rise.dev")
    found = json.loads(admin_kubectl.run("get", "crd", *names, "-o", "json"))
    for definition in found["items"]:
        held = {
            each["type"] for each in definition["status"]["conditions"] if each["status"] == "True"
        }
        assert held == {"Established", "NamesAccepted"}


def test_how_kinds_are_called(admin_kubectl: Kubectl) -> None:
    kinds: list[dict[str, Any]] = []

    def discovered() -> bool:  # a moment after the definitions are established
        found = json.loads(admin_kubectl.run("get", "--raw", "/apis/rise.dev/v1alpha1"))
        kinds[:] = [each for each in found["resources"] if "/" not in each["name"]]
        return len(kinds) > 1

    until(discovered, timeout_s=DEADLINE_S)
    called = [(each["name"], each["shortNames"], each["categories"]) for each in kinds]
    # the API server tells of them in any order
    assert sorted(called) == [("projects", ["rp"], ["rise"]), ("teams", ["rt"], ["rise"])]
    assert not any(each["namespaced"] for each in kinds)


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("project.spec", "What people want the project to be"),
        ("project.spec.members.role", "ENUM"),
        ("project.spec.owner.user", "lower case"),
        ("project.status.conditions", "`Ready` sums up"),
        ("team.spec.idpGroup", "bind-group"),
    ],
)
def test_kubectl_explains_a_field(admin_kubectl: Kubectl, field: str, words: str) -> None:
    assert words in admin_kubectl.run("explain", field)


def test_a_new_project_is_not_yet_observed(stored: Stored) -> None:
    found = json.loads(stored.kubectl.run("get", "rp", stored.name, "-o", "json"))
    assert found["status"] == {"observedGeneration": -1}
    assert found["metadata"]["generation"] == 1


def test_a_change_is_made_for_the_spec_that_was_read_whatever_its_status_is(
    stored: Stored,
) -> None:
    read = stored.read()
    assert not isinstance(stored.publish(observedGeneration=1, conditions=[]), Refusal)
    moved = stored.read()["metadata"]
    assert moved["resourceVersion"] != read["metadata"]["resourceVersion"]
    assert not isinstance(stored.changed(patch(read, {"description": "bread"})), Refusal)
    overtaken = stored.changed(patch(read, {"description": "cakes"}))
    assert isinstance(overtaken, Refusal)
    assert "error in our request" in overtaken.text
    assert stored.read()["spec"]["description"] == "bread"
    by_tag = stored.changed(patch(read, {"suspend": True}, "resourceVersion"))
    assert isinstance(by_tag, Refusal)


def test_what_kubectl_shows(stored: Stored, golden: Golden) -> None:
    said = {"reason": "OwnerNotFound", "message": "there is no team eng", "observedGeneration": 1}
    ready = {"type": "Ready", "status": "False", "lastTransitionTime": "2026-01-02T03:04:05Z"}
    published = stored.publish(
        observedGeneration=1, owner="team:eng", namespace="rise-shop", conditions=[ready | said]
    )
    assert not isinstance(published, Refusal), published.text
    assert _table(stored.kubectl, "rp", stored.name) == {
        "NAME": stored.name,
        "OWNER": "team:eng",
        "READY": "False",
        "REASON": "OwnerNotFound",
        "AGE": "",
    }
    shown: dict[str, Any] = {}
    for kind in ("projects", "teams"):
        path = f"/apis/rise.dev/v1alpha1/{kind}"
        found = json.loads(stored.kubectl.run("get", "crd", f"{kind}.rise.dev", "-o", "json"))
        shown[path] = found["spec"]["versions"][0]["additionalPrinterColumns"]
    golden("crds/columns", shown)


def _table(kubectl: Kubectl, *what: str) -> dict[str, str]:
    """Return what `kubectl get` prints of one object, without its age."""
    heads, row = kubectl.run("get", *what).splitlines()
    return dict(zip(heads.split(), row.split(), strict=True)) | {"AGE": ""}


def test_the_category_lists_every_kind(stored: Stored) -> None:
    assert f"project.rise.dev/{stored.name}" in stored.kubectl.run("get", "rise", "-o", "name")


@pytest.mark.parametrize(
    ("selector", "found"),
    [
        (f"spec.owner.user={make.ALICE}", True),
        (f"spec.owner.user={make.BOB}", False),
        ("spec.owner.team=eng", False),
        (f"spec.owner.user={make.ALICE},spec.owner.team=", True),
    ],
)
def test_projects_are_selected_by_owner(stored: Stored, selector: str, *, found: bool) -> None:
    listed = stored.kubectl.run("get", "projects", "--field-selector", selector, "-o", "name")
    assert (stored.name in listed) == found


def test_a_registry_stays(stored: Stored) -> None:
    for change in ("ecr", None):
        said = stored.patched(registry=change)
        assert isinstance(said, Refusal)
        assert "registry cannot be changed once it is set" in said.text
    assert not isinstance(stored.patched(registry="local", suspend=True), Refusal)


def test_a_registry_may_be_named_later(stored: Stored) -> None:
    plain = Stored(stored.kubectl, f"{stored.name}b")
    stored.kubectl.run(*APPLY, stdin=plain.manifest(owner={"user": make.ALICE}))
    try:
        assert not isinstance(plain.patched(registry="ecr"), Refusal)
    finally:
        plain.finalizers(FINALIZER)
        plain.kubectl.attempt("delete", "project", plain.name, "--wait=false")
        plain.finalizers()


def test_an_apply_that_changes_the_owner_leaves_one(stored: Stored) -> None:
    to_team = stored.manifest(owner={"team": "eng"}, registry="local")
    found = json.loads(stored.kubectl.run(*APPLY, *DRY, stdin=to_team))
    assert found["spec"]["owner"] == {"team": "eng"}


def test_a_merge_patch_that_adds_an_owner_is_refused(stored: Stored) -> None:
    said = stored.patched(owner={"team": "eng"})
    assert isinstance(said, Refusal)
    assert "owner is exactly one of user and team" in said.text


@pytest.mark.parametrize(
    ("status", "fault"),
    [
        pytest.param({"observedGeneration": "one"}, "observedGeneration", id="no number"),
        pytest.param(
            {"conditions": [{"type": "Ready"}]}, "lastTransitionTime", id="half a condition"
        ),
        pytest.param({"owner": "x" * 261}, "status.owner", id="a long owner"),
        pytest.param({"members": [{"team": "eng"}]}, "uid", id="a team without UID"),
    ],
)
def test_a_status_that_is_none_is_refused(stored: Stored, status: Any, fault: str) -> None:
    said = stored.publish(**status)
    assert isinstance(said, Refusal)
    assert fault in said.text


def test_conditions_are_a_map_by_type(stored: Stored) -> None:
    ready = {"type": "Ready", "status": "True", "reason": "Reconciled", "message": ""}
    ready["lastTransitionTime"] = "2026-01-02T03:04:05Z"
    said = stored.publish(conditions=[ready, ready])
    assert isinstance(said, Refusal)
    assert "Duplicate value" in said.text
