"""Argo CD and Flux as they apply, adopt, mend and prune: with the chart's narrow roles alone."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import audited
import gitops
import operators
import pytest
import yaml
from fixtures.people import Shell, project, team
from security.asking import APPLY, ApiServer, Person, Request, change, delete, get, mark, really
from security.people import ADMIN

from rise_local import chart
from rise_local.platform import Platform

ALICE = Person("rise:alice@example.com", ("rise:users",))
OWNERSHIP = "projects.ownership.rise.dev/ownership"


@dataclass(frozen=True)
class Controller:
    """One GitOps controller: its account, the name it applies under, how it marks what is its."""

    server: ApiServer
    account: str
    manager: str
    marks: Mapping[str, Mapping[str, str]]

    @property
    def who(self) -> Person:
        return Person(account=self.account)

    def applies(self, manifest: Mapping[str, Any], *, force: bool = True) -> Request:
        """Apply as it is done for an object in its repository."""
        name = manifest["metadata"]["name"]
        path = f"/apis/rise.dev/v1alpha1/{manifest['kind'].lower()}s/{name}"
        marked = {**manifest, "metadata": {**self.marks, **manifest["metadata"]}}
        query = (("fieldManager", self.manager), ("force", str(force).lower()))
        return really(Request("PATCH", path, marked, APPLY, query))

    def must(self, request: Request) -> Any:
        return self.server.must(self.who, request)

    def may_not(self, request: Request, says: str, code: int = 403) -> None:
        answer = self.server.ask(self.who, request)
        assert answer.code == code, answer.message
        assert says in answer.message


@dataclass(frozen=True)
class Repositories:
    """Argo CD for everybody, with pruning; Flux for the projects of one team."""

    argo: Controller
    flux: Controller
    team: str
    other_team: str


@pytest.fixture(scope="module")
def repositories(
    platform: Platform, administrator: Shell, server: ApiServer
) -> Generator[Repositories]:
    name = f"g{uuid4().hex[:6]}"
    administrator.kubectl("create", "namespace", name)
    for each in (name, f"{name}-b"):
        administrator.apply(team(each, owners=["alice@example.com"]))
        administrator.kubectl("wait", "--for=condition=Ready", f"team/{each}", "--timeout=60s")
    roles = _granted(platform, administrator, name)
    for account in ("argo", "flux"):
        administrator.kubectl("-n", name, "create", "serviceaccount", account)
        token = administrator.run("kubectl", "-n", name, "create", "token", account).stdout
        server.tokens[f"{name}:{account}"] = token.strip()
    tracking = f"{name}:rise.dev/Project:/{name}"
    argo = Controller(
        server,
        f"{name}:argo",
        "argocd-controller",
        {
            "annotations": {"argocd.argoproj.io/tracking-id": tracking},
            "labels": {"app.kubernetes.io/instance": name},
        },
    )
    labels = {f"kustomize.toolkit.fluxcd.io/{key}": name for key in ("name", "namespace")}
    flux = Controller(server, f"{name}:flux", "kustomize-controller", {"labels": labels})
    operators.until(
        lambda: server.ask(flux.who, _dry(flux.applies(_of_team(name, name)))).accepted,
        "the roles are effective",
    )
    yield Repositories(argo, flux, name, f"{name}-b")
    for kind in ("project", "team"):
        listed = administrator.run("kubectl", "get", kind, "-o", "name").stdout.split()
        mine = [each for each in listed if each.split("/")[1].startswith(name)]
        if mine:
            administrator.kubectl("delete", *mine, "--timeout=60s")
    administrator.kubectl("delete", "-f", "-", stdin=roles)
    administrator.kubectl("delete", "namespace", name, "--wait=false")


def _granted(platform: Platform, administrator: Shell, namespace: str) -> str:
    """Apply the roles that the chart renders for both accounts, and nothing else of it."""
    accounts = [
        {"namespace": namespace, "serviceAccount": "argo", "setOwner": True, "prune": True},
        {"namespace": namespace, "serviceAccount": "flux", "teams": [namespace]},
    ]
    rendered = chart.render(platform.programs["helm"], {"gitops": accounts})
    roles = [each for each in rendered if each["metadata"]["name"].startswith("rise:gitops:")]
    assert [each["kind"] for each in roles] == ["ClusterRole"] * 2 + ["ClusterRoleBinding"] * 2
    text = yaml.safe_dump_all(roles)
    assert "'*'" not in text
    administrator.kubectl("apply", "-f", "-", stdin=text)
    return text


def _dry(request: Request) -> Request:
    return Request(request.method, request.path, request.body, request.type, request.query)


def _of_team(name: str, owner: str) -> dict[str, Any]:
    return project(name, owner={"team": owner})


def _ready(server: ApiServer, name: str) -> Any:
    """Wait until the Project is Ready, and return it."""
    found: list[Any] = []

    def claim() -> bool:
        found[:] = [server.must(ADMIN, get("projects", name))]
        conditions = (found[0].get("status") or {}).get("conditions", ())
        return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)

    operators.until(claim, f"{name} is Ready")
    return found[0]


@pytest.mark.row(22, 64)
def test_argo_cd_creates_mends_adopts_and_prunes(
    repositories: Repositories, platform: Platform
) -> None:
    argo, name = repositories.argo, f"{repositories.team}-argo"
    wanted = project(name, owner={"user": "alice@example.com"}, description="as in git")

    made = argo.must(argo.applies(wanted))
    assert made["metadata"]["annotations"] == argo.marks["annotations"]
    assert made["metadata"]["managedFields"][0]["manager"] == "argocd-controller"
    _ready(argo.server, name)

    # drift: the owner edits; self-heal takes it back, and a sync without force says whose it is
    by_hand = change("projects", name, description="by hand")
    operators.until(lambda: argo.server.ask(ALICE, by_hand).accepted, "the owner may edit it")
    argo.server.must(ALICE, really(by_hand))
    argo.may_not(argo.applies(wanted, force=False), "conflict", 409)
    assert argo.must(argo.applies(wanted))["spec"]["description"] == "as in git"

    # adoption: what alice made by herself stays hers
    theirs = f"{name}-b"
    mine = project(theirs, owner={"user": "alice@example.com"}, description="by hand")
    path = "/apis/rise.dev/v1alpha1/projects"
    argo.server.must(ALICE, really(Request("POST", path, mine)))
    adopted = argo.must(argo.applies({**mine, "spec": {**mine["spec"], "description": "git"}}))
    assert adopted["spec"] == {**adopted["spec"], **mine["spec"], "description": "git"}
    assert adopted["metadata"]["labels"] == argo.marks["labels"]

    # prune: foreground, as Argo CD does; our finalizer ends it
    _ready(argo.server, theirs)
    argo.must(really(delete("projects", theirs, propagationPolicy="Foreground")))
    operators.until(
        lambda: argo.server.ask(ADMIN, get("projects", theirs)).code == 404, "it is gone"
    )
    said = _said_to_audit(platform, name)
    assert said["system:serviceaccount:" + argo.account, "create"] == "delegated"
    assert said["system:serviceaccount:" + argo.account, "update"] == "delegated"
    assert said[ALICE.user, "update"] == "direct"


@pytest.mark.row(66)
def test_flux_applies_for_its_team_alone(repositories: Repositories, platform: Platform) -> None:
    flux, name = repositories.flux, f"{repositories.team}-flux"
    flux.must(flux.applies(_of_team(name, repositories.team)))
    ready = _ready(flux.server, name)
    edited = {**_of_team(name, repositories.team)}
    edited["spec"] = {**edited["spec"], "description": "as in git"}
    flux.must(flux.applies(edited))

    mine = "you may only create a project owned by yourself"
    flux.may_not(_dry(flux.applies(_of_team(f"{name}-x", repositories.other_team))), mine)
    person = project(f"{name}-x", owner={"user": "alice@example.com"})
    flux.may_not(_dry(flux.applies(person)), mine)
    away = _of_team(name, repositories.other_team)
    flux.may_not(flux.applies(away), "changing the owner needs authority over both")
    flux.may_not(delete("projects", name), "cannot delete resource")
    flux.may_not(flux.applies(team(f"{name}-t", owners=["alice@example.com"])), "cannot patch")
    said = _said_to_audit(platform, name)
    assert said["system:serviceaccount:" + flux.account, "create"] == "delegated"
    assert gitops.flux(ready) == "Current"
    assert gitops.argo_cd(ready)[0] == "Healthy"


@pytest.mark.row(67, 131)
def test_what_is_the_operators_stays_out_of_their_reach(
    repositories: Repositories, administrator: Shell
) -> None:
    argo, name = repositories.argo, f"{repositories.team}-ops"
    wanted = project(name, owner={"user": "alice@example.com"})
    argo.must(argo.applies(wanted))
    _ready(argo.server, name)
    finalizers = ["rise.dev/operator", "resources-finalizer.argocd.argoproj.io"]
    argo.may_not(
        mark("projects", name, finalizers=finalizers), "finalizers may not be changed", 422
    )
    kopf = {"kopf.zalando.org/x": "1"}
    argo.may_not(mark("projects", name, annotations=kopf), "operator-owned annotations", 422)
    status = Request("PATCH", f"/apis/rise.dev/v1alpha1/projects/{name}/status", {}, APPLY)
    argo.may_not(status, "cannot patch resource")
    for path in ("/api/v1/secrets", f"/api/v1/namespaces/rise-{name}/secrets"):
        argo.may_not(Request("GET", path), "cannot list resource")

    # the stock role beside the narrow one: a wildcard turns it all off
    star = f"{name}-star"
    subject = f"--serviceaccount={argo.account}"
    administrator.kubectl("create", "clusterrole", star, "--verb=*", "--resource=*.*")
    administrator.kubectl("create", "clusterrolebinding", star, "--clusterrole", star, subject)
    try:
        again = _dry(argo.applies(wanted))
        operators.until(
            lambda: "through a wildcard role" in argo.server.ask(argo.who, again).message,
            "the wildcard is refused",
        )
    finally:
        administrator.kubectl("delete", "clusterrolebinding,clusterrole", star)
    operators.until(lambda: argo.server.ask(argo.who, again).accepted, "without it all is well")


def test_the_audit_log_holds_no_secret(platform: Platform, repositories: Repositories) -> None:
    assert repositories.team
    text = (platform.home.logs / "audit.log").read_text()
    assert operators.tokens_in(text) == []
    bodies = [each["objectRef"] for each in _events(platform) if "requestObject" in each]
    assert {each["apiGroup"] for each in bodies} == {"rise.dev"}
    accounts = [each for each in _events(platform) if "/token" in each["requestURI"]]
    assert accounts, "tokens were asked for, and their answers were not written down"


def _events(platform: Platform) -> list[Any]:
    return list(audited.events(platform.home.logs / "audit.log"))


def _said_to_audit(platform: Platform, name: str) -> dict[tuple[str, str], str]:
    """Return what the policy noted of each allowed write of a Project: (who, verb) → ownership."""
    said: dict[tuple[str, str], str] = {}
    for event in _events(platform):
        reference = event.get("objectRef", {})
        if reference.get("name") != name or reference.get("resource") != "projects":
            continue
        who = (event.get("impersonatedUser") or event["user"])["username"]
        noted = event.get("annotations", {}).get(OWNERSHIP)
        if noted and event["responseStatus"]["code"] < 300:
            verb = "create" if event["responseStatus"]["code"] == 201 else event["verb"]
            said[who, verb.replace("patch", "update")] = noted
    return said
