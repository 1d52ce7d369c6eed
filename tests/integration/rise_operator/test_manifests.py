"""What the operator wants to write, written to a real API server with exactly its rights."""

import json
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import make
import pytest
import yaml

from rise_crds.api import FIELD_MANAGER, OPERATOR_USER
from rise_crds.v1alpha1.project import Project
from rise_crds.v1alpha1.team import Team
from rise_local.kubectl import Kubectl, Refusal
from rise_local.platform import Platform
from rise_operator import gateway_groups
from rise_operator.manifest import Manifest
from rise_operator.project import desired as project_desired
from rise_operator.project.facts import ProjectFacts
from rise_operator.project.status import Outcome, status
from rise_operator.team import desired as team_desired
from rise_operator.team import status as team_status
from rise_operator.team.facts import TeamFacts

DEADLINE_S = 60.0
AS_OPERATOR = ("--as", OPERATOR_USER)
APPLY = ("apply", "--server-side", "--force-conflicts", "--field-manager", FIELD_MANAGER)
ERIN = "erin@example.com"
FRANK = "frank@example.com"


@dataclass(frozen=True)
class Written:
    """A Team and its Project in a cluster, and all that the operator wrote for them."""

    kubectl: Kubectl
    name: str
    project: Project
    team: Team
    facts: ProjectFacts

    def manifests(self) -> list[Manifest]:
        return [
            *team_desired.desired(self.team),
            *project_desired.desired(self.project, self.facts),
            *gateway_groups.desired(self.facts.teams.values()),
        ]

    def live(self, manifests: Sequence[Manifest]) -> list[dict[str, Any]]:
        found = self.kubectl.run("get", "-f", "-", "-o", "json", stdin=_yaml(manifests))
        return json.loads(found)["items"]


def _yaml(manifests: Sequence[Manifest]) -> str:
    return yaml.safe_dump_all(manifests)


def _until(claim: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not claim():
        if time.monotonic() > deadline:
            pytest.fail(f"not within {DEADLINE_S:.0f} s: {what}")
        time.sleep(0.2)


def _applied(kubectl: Kubectl, manifests: Sequence[Manifest]) -> None:
    """Apply as the operator; again while the API server has not seen a fresh binding yet."""
    said: list[str | Refusal] = []

    def accepted() -> bool:
        said[:] = [kubectl.attempt(*APPLY, *AS_OPERATOR, "-f", "-", stdin=_yaml(manifests))]
        return not isinstance(said[0], Refusal) or "cannot patch resource" not in said[0].text

    _until(accepted, "the operator's own right in the namespace")
    assert not isinstance(said[0], Refusal), said[0].text


@pytest.fixture(scope="module", autouse=True)
def _no_operator(control_plane: Platform) -> Generator[None]:
    """Stop the operator when it runs: here a test writes in its place."""
    running = any(state.name == "operator" and state.is_up for state in control_plane.states())
    if running:
        control_plane.stop("operator")
    yield
    if running:
        control_plane.start("operator")


@pytest.fixture(scope="module")
def written(admin_kubectl: Kubectl) -> Generator[Written]:
    name = f"m{uuid4().hex[:6]}"
    spec = {
        "owner": {"team": name},
        "transferTo": {"user": ERIN},
        "members": [
            {"user": make.CAROL, "role": "developer"},
            {"user": make.DAVE, "role": "viewer"},
        ],
    }
    team_spec = {"owners": [make.ALICE], "members": [make.BOB], "idpGroup": name}
    for kind, body in (("Team", team_spec), ("Project", spec)):
        manifest = {
            "apiVersion": "rise.dev/v1alpha1",
            "kind": kind,
            "metadata": {"name": name},
            "spec": body,
        }
        admin_kubectl.run("create", "-f", "-", stdin=_yaml([manifest]))
        finalizer = '{"metadata":{"finalizers":["rise.dev/operator"]}}'
        admin_kubectl.run(
            "patch", f"{kind}.rise.dev", name, "--type=merge", "-p", finalizer, *AS_OPERATOR
        )
    team = Team.model_validate_json(admin_kubectl.run("get", "team", name, "-o", "json"))
    project = Project.model_validate_json(admin_kubectl.run("get", "project", name, "-o", "json"))
    facts = ProjectFacts(
        teams={name: TeamFacts.of(team)}, registries=frozenset({"local"}), default_registry="local"
    )
    it = Written(admin_kubectl, name, project, team, facts)
    _applied(admin_kubectl, it.manifests())
    yield it
    for kind in ("project", "team"):
        _release(admin_kubectl, f"{kind}/{name}")
    admin_kubectl.run("delete", "namespace", f"rise-{name}", "--wait=false", *AS_OPERATOR)


def _release(kubectl: Kubectl, what: str) -> None:
    """Delete an object, and take the operator's finalizer off."""
    kubectl.attempt("delete", what, "--wait=false")
    without = '{"metadata":{"finalizers":null}}'
    kubectl.attempt("patch", what, "--type=merge", "-p", without, *AS_OPERATOR)


def test_every_field_arrives(written: Written) -> None:
    manifests = written.manifests()
    for wanted, live in zip(manifests, written.live(manifests), strict=True):
        assert _kept(wanted, live) == wanted


def _kept(wanted: Any, live: Any) -> Any:
    """Return what `live` holds of the fields of `wanted`; lists count whole."""
    if not isinstance(wanted, dict):
        return live
    return {key: _kept(wanted[key], live.get(key)) for key in wanted}


def test_applying_again_writes_nothing(written: Written) -> None:
    def versions() -> list[str]:
        return [each["metadata"]["resourceVersion"] for each in written.live(written.manifests())]

    before = versions()
    _applied(written.kubectl, written.manifests())
    assert versions() == before


GROUP = "the team's group"


@pytest.mark.parametrize(
    ("who", "what", "may", "may_not"),
    [
        (make.ALICE, "projects", "get list watch update patch delete push", "own"),
        (make.BOB, "projects", "get list watch update patch delete push", "own"),
        (GROUP, "projects", "get list watch update patch delete push", "own"),
        (make.CAROL, "projects", "get list watch push", "update patch delete"),
        (make.DAVE, "projects", "get list watch", "update patch delete push"),
        (ERIN, "projects", "get patch", "list update delete push"),
        (FRANK, "projects", "", "get list watch update patch delete push"),
        (make.ALICE, "teams", "get list watch update patch delete assign own", "push"),
        (make.BOB, "teams", "get list watch assign", "update patch delete own"),
        (GROUP, "teams", "get list watch assign", "update patch delete own"),
        (make.CAROL, "teams", "", "get assign own"),
    ],
)
def test_people_may_what_their_role_says(
    written: Written, who: str, what: str, may: str, may_not: str
) -> None:
    asked = Question(f"{may} {may_not}".split(), what, "rise.dev", written.name)
    assert _allowed(written, who, asked) == may.split()


@pytest.mark.parametrize(
    ("who", "may"),
    [
        (make.ALICE, True),
        (make.BOB, True),
        (GROUP, True),
        (make.CAROL, True),
        (make.DAVE, True),
        (ERIN, False),
        (FRANK, False),
    ],
)
def test_people_see_the_namespace_of_their_project(written: Written, who: str, may: bool) -> None:  # noqa: FBT001 - the expectation
    pods = Question(["list", "create"], "pods", namespace=f"rise-{written.name}")
    assert _allowed(written, who, pods) == (["list"] if may else [])
    assert _allowed(written, who, replace(pods, resource="secrets")) == []
    assert _allowed(written, who, replace(pods, namespace="default")) == []


@dataclass(frozen=True)
class Question:
    """What somebody may do: the API server answers."""

    verbs: Sequence[str]
    resource: str
    group: str = ""
    name: str = ""
    namespace: str = ""

    def reviews(self, user: str, groups: Sequence[str]) -> list[dict[str, Any]]:
        attributes = {
            "group": self.group,
            "resource": self.resource,
            "name": self.name,
            "namespace": self.namespace,
        }
        return [
            {
                "apiVersion": "authorization.k8s.io/v1",
                "kind": "SubjectAccessReview",
                "spec": {
                    "user": user,
                    "groups": list(groups),
                    "resourceAttributes": {**attributes, "verb": verb},
                },
            }
            for verb in self.verbs
        ]


def _allowed(written: Written, who: str, question: Question) -> list[str]:
    """Return the verbs that `who` may."""
    user = "rise:somebody@example.com" if who == GROUP else f"rise:{who}"
    groups = ["rise:users", *([f"rise:idp:{written.name}"] if who == GROUP else [])]
    reviews = _yaml(question.reviews(user, groups))
    said = written.kubectl.run(
        "create", "-f", "-", "-o", "jsonpath={.status.allowed} ", stdin=reviews
    )
    return [verb for verb, yes in zip(question.verbs, said.split(), strict=True) if yes == "true"]


def test_a_status_arrives_whole(written: Written) -> None:
    published = status(written.project, written.facts, Outcome(), make.NOW)
    assert _published(written, "Project", published) == published
    of_team = team_status.status(written.team, [], team_status.Outcome(), make.NOW)
    assert _published(written, "Team", of_team) == of_team


def _published(written: Written, kind: str, published: dict[str, Any]) -> dict[str, Any]:
    manifest = {
        "apiVersion": "rise.dev/v1alpha1",
        "kind": kind,
        "metadata": {"name": written.name},
        "status": published,
    }
    options = ("--subresource=status", "-o", "json", "--show-managed-fields=false")
    answer = written.kubectl.run(*APPLY, *AS_OPERATOR, *options, "-f", "-", stdin=_yaml([manifest]))
    return json.loads(answer)["status"]


def test_at_the_end_the_owner_looks_on_and_can_delete(written: Written) -> None:
    _applied(written.kubectl, project_desired.farewell(written.project, written.facts))
    verbs = ("get", "list", "watch", "update", "patch", "delete", "push")
    asked = Question(verbs, "projects", "rise.dev", written.name)
    last = ["get", "list", "watch", "delete"]
    _until(lambda: _allowed(written, make.ALICE, asked) == last, "the owner's role is reduced")
