"""The stage of the attacks: teams and projects as the operator leaves them, then it looks away."""

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from http import HTTPStatus
from typing import Any

import pytest
import yaml
from security import asking
from security.asking import ApiServer, Person, really
from security.people import (
    ADMIN,
    ALICE,
    ANEW,
    BOB,
    CAROL,
    CORE,
    DEPLOYER,
    ERIN,
    FRED,
    GINA,
    GITOPS,
    GRETA,
    HANS,
    IN_RISE,
    LEAKED,
    LEAVING,
    MALLORY,
    NEW,
    OPERATOR,
    PLATFORM,
    PREFIX,
    PROJECTS,
    RAW,
    REBORN,
    RISER,
    SHOP,
    SHRUNK,
    SITE,
    STALE,
    TEAMS,
    WILDCARD,
    YOUNG,
    ZOE,
)
from security.refusals import LEAVES, STRANGER
from security.specs import ALICES, MARKS, PROJECT_SPECS, SECRET, SINCE, TEAM_SPECS

from rise_crds.api import FIELD_MANAGER, FINALIZER, OPERATOR_USER
from rise_crds.v1alpha1.project import Project
from rise_crds.v1alpha1.team import Team
from rise_local.kubectl import Kubectl, Refusal
from rise_operator import gateway_groups
from rise_operator.manifest import Manifest
from rise_operator.project import desired as project_desired
from rise_operator.project.facts import NamespaceFacts, ProjectFacts
from rise_operator.team import desired as team_desired
from rise_operator.team.facts import TeamFacts

DEADLINE_S = 90.0
LABEL = f"test={PREFIX}"
AS_OPERATOR = ("--as", OPERATOR_USER)
SSA = ("apply", "--server-side", "--force-conflicts", "--field-manager", FIELD_MANAGER)


def until(claim: Callable[[], object], what: str, *, within_s: float = DEADLINE_S) -> None:
    deadline = time.monotonic() + within_s
    while not claim():
        if time.monotonic() > deadline:
            pytest.fail(f"not within {within_s:.0f} s: {what}")
        time.sleep(0.1)


def build(server: ApiServer, kubectl: Kubectl) -> None:
    """Put everything on the stage, and wait until the API server decides by it."""
    kubectl.run("apply", "-f", "-", stdin=yaml.safe_dump_all(careless_rights()))
    teams = {name: _armed(server, "teams", name, spec) for name, spec in TEAM_SPECS.items()}
    projects = {
        name: _armed(server, "projects", name, spec) for name, spec in PROJECT_SPECS.items()
    }
    server.must(ADMIN, really(asking.create("projects", YOUNG, ALICES)))
    server.must(ADMIN, really(asking.create("teams", RAW, {"owners": [ALICE.email]})))
    _as_the_operator(kubectl, list(children(teams, projects)))
    server.must(OPERATOR, really(asking.post(f"/api/v1/namespaces/rise-{SHOP}/secrets", SECRET)))
    for (kind, name), marks in MARKS.items():
        server.must(OPERATOR, really(asking.mark(kind, name, **marks)))
    for name, spec in SINCE.items():
        server.must(ADMIN, really(asking.change("teams", name, **spec)))
    server.must(ADMIN, really(asking.delete("teams", LEAVING)))
    wait_until_set(server.ask, SET)


def _armed(server: ApiServer, kind: str, name: str, spec: Mapping[str, Any]) -> Any:
    server.must(ADMIN, really(asking.create(kind, name, spec)))
    return server.must(OPERATOR, really(asking.mark(kind, name, finalizers=[FINALIZER])))


def children(teams: Mapping[str, Any], projects: Mapping[str, Any]) -> Iterator[Manifest]:
    parsed = {name: Team.model_validate(team) for name, team in teams.items()}
    for team in parsed.values():
        yield from team_desired.desired(team)
    facts = {name: TeamFacts.of(team) for name, team in parsed.items()}
    yield from gateway_groups.desired(facts.values())
    for each in projects.values():
        project = Project.model_validate(each)
        mine = NamespaceFacts(project.metadata.uid)
        yield from project_desired.desired(project, ProjectFacts(teams=facts, namespace=mine))


def _as_the_operator(kubectl: Kubectl, manifests: Sequence[Manifest]) -> None:
    """Apply as the operator; again while the API server has not seen a fresh binding yet."""
    text = yaml.safe_dump_all(manifests)

    def applied() -> bool:
        said = kubectl.attempt(*SSA, *AS_OPERATOR, "-f", "-", stdin=text)
        assert not isinstance(said, Refusal) or "cannot patch resource" in said.text, said.text
        return not isinstance(said, Refusal)

    until(applied, "the operator's own rights in the namespaces")


EDIT_STALE = asking.change("projects", STALE, description="x")
EDIT_SITE = asking.change("projects", SITE, description="x")
# Who may do what once everything on the stage counts; otherwise what the refusal says.
SET: Sequence[tuple[Person, asking.Request, str]] = (
    (ALICE, asking.get("projects", SHOP), ""),
    (BOB, EDIT_SITE, ""),
    (GINA, EDIT_SITE, ""),
    (ALICE, asking.create("projects", NEW, {"owner": {"team": LEAVING}}), LEAVES),
    (CAROL, EDIT_STALE, STRANGER),
    (HANS, EDIT_STALE, STRANGER),
    (ERIN, EDIT_STALE, ""),
    (FRED, asking.change("projects", ANEW, description="x"), STRANGER),
    (MALLORY.also(LEAKED), asking.listed("projects"), ""),
    (GITOPS, asking.create("projects", NEW, ALICES), ""),
    (DEPLOYER, asking.create("projects", NEW, {"owner": {"team": CORE}}), ""),
)
# The gateway says to whoever has left what it says to strangers.
SET_BEHIND_THE_GATEWAY: Sequence[tuple[Person, asking.Request, str]] = (
    (GINA, EDIT_SITE, ""),
    (CAROL, EDIT_STALE, "not found"),
    (HANS, EDIT_STALE, "not found"),
    (HANS, asking.get("projects", STALE), "not found"),
    (ERIN, EDIT_STALE, ""),
    (ZOE, asking.get("teams", SHRUNK), ""),
    (MALLORY, asking.get("teams", REBORN), ""),
    (FRED, asking.get("projects", ANEW), "not found"),
)


def wait_until_set(
    ask: Callable[[Person, asking.Request], asking.Answer],
    decisions: Sequence[tuple[Person, asking.Request, str]],
) -> None:
    """Wait until `ask` is answered as it has to be: a server may see what is new one by one."""

    def said(who: Person, does: asking.Request, says: str) -> bool:
        answer = ask(who, does)
        if not says:
            return answer.accepted
        return not answer.accepted and re.search(says, answer.message) is not None

    for who, does, says in decisions:
        until(
            partial(said, who, does, says),
            f"{does.method} {does.path} by {who.user}: {says or 'allowed'}",
        )


def clear(server: ApiServer, kubectl: Kubectl) -> None:
    """Leave nothing behind, so that the stage can be set again."""
    for kind, names in (("projects", PROJECTS), ("teams", TEAMS)):
        for name in names:
            server.ask(OPERATOR, really(asking.change(kind, name, deletionProtection=False)))
            server.ask(OPERATOR, really(asking.delete(kind, name)))
            server.ask(OPERATOR, really(asking.mark(kind, name, finalizers=None)))
    namespaces = [f"/api/v1/namespaces/rise-{name}" for name in PROJECT_SPECS]
    for path in namespaces:
        server.ask(OPERATOR, really(asking.Request("DELETE", path)))
    kubectl.run("delete", "clusterroles,clusterrolebindings", "-l", LABEL)
    kubectl.run("delete", "clusterrole", gateway_groups.NAME, "--ignore-not-found")
    for path in namespaces:
        until(_is_gone(server, path), f"{path} is gone")


def _is_gone(server: ApiServer, path: str) -> Callable[[], bool]:
    return lambda: server.ask(ADMIN, asking.Request("GET", path)).code == HTTPStatus.NOT_FOUND


def careless_rights() -> Iterator[Manifest]:
    """Yield rights that somebody hands out beside Rise: too wide, or to machines."""
    rise = ["rise.dev"]
    both = ["projects", "teams"]
    work = ["create", "get", "list", "watch", "update", "patch", "delete", "deletecollection"]
    bind_group = rule(rise, ["teams"], "bind-group")
    yield from granted(
        "leaked",
        _group(LEAKED),
        rule(rise, [*both, "projects/status", "teams/status"], *work),
        rule([""], ["namespaces", "namespaces/status", "namespaces/finalize"], *work),
        rule([""], ["secrets"], *work),
    )
    yield from granted("wildcard", _group(WILDCARD), rule(["*"], ["*"], "*"))
    yield from granted("binders", _group(f"{PREFIX}:binders"), bind_group)
    yield from granted("gitops", user(GITOPS), rule(rise, both, "set-owner", *work))
    yield from granted("greta", user(GRETA), rule(rise, both, "set-owner", *work))
    namespaces = rule([""], ["namespaces"], *work)
    yield from granted("platform", user(PLATFORM), rule(rise, both, "*"), namespaces)
    assigns = {**rule(rise, ["teams"], "assign"), "resourceNames": [CORE, REBORN]}
    teams = rule(rise, ["teams"], "set-owner")
    yield from granted("deployer", user(DEPLOYER), rule(rise, both, *work), assigns)
    for name, who in (("in-rise", IN_RISE), ("riser", RISER)):
        yield from granted(name, user(who), rule(rise, both, *work), assigns, teams)


def granted(name: str, subject: Manifest, *rules: Manifest) -> Iterator[Manifest]:
    key, _, value = LABEL.partition("=")
    metadata = {"name": f"{PREFIX}:{name}", "labels": {key: value}}
    group = "rbac.authorization.k8s.io"
    head = {"apiVersion": f"{group}/v1", "metadata": metadata}
    yield json.loads(json.dumps({**head, "kind": "ClusterRole", "rules": rules}))
    reference = {"apiGroup": group, "kind": "ClusterRole", "name": metadata["name"]}
    binding = {**head, "kind": "ClusterRoleBinding", "roleRef": reference, "subjects": [subject]}
    yield json.loads(json.dumps(binding))


def rule(groups: Sequence[str], resources: Sequence[str], *verbs: str) -> Manifest:
    return {"apiGroups": list(groups), "resources": list(resources), "verbs": list(verbs)}


def _group(name: str) -> Manifest:
    return {"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": name}


def user(who: Person) -> Manifest:
    return {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": who.user}
