"""Without its policies Rise grants nothing new, says so, and goes on as soon as they are back."""

import asyncio
import json
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import direct
import operators
import pytest
from family import Family, condition
from fixtures.people import Shell, project, team
from kubernetes import client as official
from kubernetes import config
from operators import Endpoint
from web import Answer, TokenOf, Web

from rise_crds.policies import BINDING, POLICY
from rise_local import chart
from rise_local.kubectl import Kubectl
from rise_local.platform import CHART_VALUES, Platform
from rise_operator import policy_attempts
from rise_operator.cluster import NAMESPACE, Cluster
from rise_operator.engine.client import Client
from rise_operator.engine.credentials import Credentials
from rise_operator.engine.metrics import Metrics

ALICE = "alice@example.com"
PROJECTS = "/apis/rise.dev/v1alpha1/projects"
NOT_IN_FORCE = "the rules of ownership are not in force, and nothing is changed through Rise"


def _patch(kind: str, name: str, *operations: tuple[str, str, Any]) -> list[str]:
    patch = [{"op": op, "path": path, "value": value} for op, path, value in operations]
    return ["patch", kind, f"{name}.rise.dev", "--type=json", "-p", json.dumps(patch)]


EVERYTHING = {"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["*"], "resources": ["*"]}
SOME = {"objectSelector": {"matchLabels": {"a": "b"}}}
BROKEN = {"expression": "object.spec.nothing == 1"}
NO_KIND = {"apiVersion": "rise.dev/v1alpha1", "kind": "Nothing"}
# What somebody did to the policies → what is said of it.
DEEDS: Mapping[str, Sequence[str]] = {
    "missing: policy secrets.rise.dev": ["delete", POLICY, "secrets.rise.dev"],
    "missing: policy binding teams.ownership.rise.dev": [
        *("delete", BINDING, "teams.ownership.rise.dev")
    ],
    "edited: policy namespaces.rise.dev, in spec.failurePolicy": _patch(
        POLICY, "namespaces", ("replace", "/spec/failurePolicy", "Ignore")
    ),
    "edited: policy operator-fence.rise.dev, in spec.matchConstraints": _patch(
        POLICY,
        "operator-fence",
        ("add", "/spec/matchConstraints/excludeResourceRules", [EVERYTHING]),
    ),
    "edited: policy projects.live-membership.rise.dev, in spec.paramKind": _patch(
        POLICY, "projects.live-membership", ("replace", "/spec/paramKind", NO_KIND)
    ),
    "edited: policy projects.ownership.rise.dev, in spec.validations": _patch(
        POLICY, "projects.ownership", ("add", "/spec/validations/0", BROKEN)
    ),
    "edited: policy binding first-apply.rise.dev, in spec.matchResources": _patch(
        BINDING, "first-apply", ("add", "/spec/matchResources", SOME)
    ),
    "edited: policy binding subresources.rise.dev, in spec.validationActions": _patch(
        BINDING, "subresources", ("replace", "/spec/validationActions", ["Audit"])
    ),
}


@dataclass(frozen=True)
class Installed:
    """The chart, and the two programs that look at its policies."""

    operator: Endpoint
    backend: Web
    token: str  # alice's
    install: Callable[[], object]

    def again(self) -> None:
        """Install the chart, as an administrator would, and wait until both programs say so."""
        self.install()
        operators.until(self.operator.is_ready, "the operator is ready again")
        operators.until(self.backend_is_ready, "the backend is ready again")

    def backend_is_ready(self) -> bool:
        return self.backend.get("/readyz").code == 200

    def says(self) -> str:
        """Return what the backend says of the policies."""
        return self.backend.get("/readyz").json["checks"]["policies"]

    def tries(self, path: str, content: object) -> Answer:
        """Have alice create something through the gateway, as a dry run."""
        return self.backend.send("POST", f"{path}?dryRun=All", content, self.token)


@pytest.fixture
def installed(
    platform: Platform, admin_kubectl: Kubectl, operator: Endpoint, web: Web, token_of: TokenOf
) -> Generator[Installed]:
    rendered = chart.render(platform.programs["helm"], CHART_VALUES)

    def install() -> None:
        chart.apply(platform.home, admin_kubectl, rendered)

    it = Installed(operator, web, token_of("alice"), install)
    yield it
    it.again()
    platform.wait_ready()


@pytest.mark.row(80, 81)
def test_operator_and_backend_name_what_is_wrong_and_let_nothing_pass(
    installed: Installed, administrator: Shell, prefix: str
) -> None:
    operator, backend = installed.operator, installed.backend
    mine = project(prefix, owner={"user": ALICE})
    create = ("create", "--validate=false", "--dry-run=server", "-f", "-")
    as_alice = ("kubectl", "--as", f"rise:{ALICE}", "--as-group", "rise:users", *create)

    def allowed_directly() -> bool:
        done = administrator.run(*as_alice, stdin=json.dumps(mine), exit_code=None)
        return done.returncode == 0

    assert operator.ask("/readyz") == (200, "ok\n")
    assert installed.backend_is_ready()
    operators.until(allowed_directly, "the API server decides by the policies as they are")
    assert installed.tries(PROJECTS, mine).code == 201

    for deed in DEEDS.values():
        administrator.kubectl(*deed)

    for says, what in (
        (lambda: operator.ask("/readyz")[1], "operator"),
        (installed.says, "backend"),
    ):
        operators.until(
            lambda says=says: all(f"{said} (an administrator " in says() for said in DEEDS),
            f"the {what} names everything that is wrong",
        )
    assert operator.ask("/readyz")[0] == backend.get("/readyz").code == 503
    assert backend.get("/healthz").code == 503
    assert operator.ask("/livez")[0] == backend.get("/livez").code == 200, "a restart is no help"
    for text in (operator.ask("/metrics")[1], backend.get("/metrics").body.decode()):
        assert "rise_policies_in_force 0.0" in text

    for path in (PROJECTS, PROJECTS.replace("rise.dev", "rise%2Edev")):
        refused = installed.tries(path, mine)
        assert refused.code == 503, path
        assert NOT_IN_FORCE in refused.json["message"]
    assert backend.get(PROJECTS, installed.token).code == 200, "who reads loses nothing"
    operators.until(
        lambda: not allowed_directly(), "the API server refuses what its policies cannot judge"
    )

    installed.again()
    assert operator.ask("/readyz") == (200, "ok\n")
    operators.until(allowed_directly, "the API server decides by the policies as they are")
    assert installed.tries(PROJECTS, mine).code == 201


async def test_what_is_tried_is_refused_by_the_policies_and_by_nothing_else(
    platform: Platform, installed: Installed, administrator: Shell, family: Family
) -> None:
    assert installed.operator.is_ready()
    client = _as_the_operator(platform)
    try:
        tries = policy_attempts.attempts(client, _knowing(client, administrator, family))
        answers = [await policy_attempts.answered(each) for each in tries]
        for each, answer in zip(tries, answers, strict=True):
            assert f"'{each.policy}'" in str(answer)
        policies = {each.policy for each in tries}
        assert len(policies) == 5

        administrator.kubectl("delete", BINDING, *policies)
        for each in tries:
            assert await _passes_in_the_end(each), f"{each.policy} alone stood in its way"
    finally:
        await client.close()
    secrets = direct.listed(administrator, "secrets", family.namespace)
    assert "rise-is-anybody-there" not in [each["metadata"]["name"] for each in secrets]


async def _passes_in_the_end(attempt: policy_attempts.Attempt) -> bool:
    for _ in range(600):
        if await policy_attempts.answered(attempt) is None:
            return True
        await asyncio.sleep(0.1)
    return False


def _as_the_operator(platform: Platform) -> Client:
    configuration = official.Configuration()
    config.load_kube_config(
        str(platform.home.kubeconfig_of("operator")), client_configuration=configuration
    )
    return Client(Credentials(configuration), Metrics())


def _knowing(client: Client, administrator: Shell, family: Family) -> Cluster:
    """Return a cluster in which nothing but the family is known."""
    known = Cluster(client, lambda _kind, _name: None, Path("none"))
    for kind, name, cache in (
        ("team", family.name, known.teams.cache),
        ("project", family.name, known.projects.cache),
        ("namespace", family.namespace, known.children[NAMESPACE]),
    ):
        cache.seen(administrator.json("kubectl", "get", kind, name, "-o", "json"))
    return known


@pytest.mark.row(80)
def test_nothing_new_is_granted_until_they_are_back(
    platform: Platform, installed: Installed, administrator: Shell, family: Family, prefix: str
) -> None:
    operator = installed.operator
    before = family.children()
    administrator.kubectl(*DEEDS["missing: policy binding teams.ownership.rise.dev"])
    operators.until(lambda: not operator.is_ready(), "the operator has seen it")
    administrator.apply(project(prefix, owner={"user": ALICE}))
    administrator.apply(team(prefix, owners=[ALICE]))
    people = {"owners": [ALICE], "members": ["nina@example.com"], "idpGroup": f"{prefix}-other"}
    administrator.apply(team(family.name, **people))  # nina instead of bob, another group

    for kind in ("project", "team"):
        operators.until(
            lambda kind=kind: (
                condition(administrator, kind, prefix).get("reason") == "PolicyMissing"
            ),
            f"the {kind} says why it waits",
        )
        ready = condition(administrator, kind, prefix)
        assert ready["status"] == "False"
        assert "teams.ownership.rise.dev (an administrator installs the chart)" in ready["message"]
    operators.until(
        lambda: "PolicyMissing" in condition(administrator, "team", family.name)["reason"],
        "a team that was there says so, too",
    )
    operator.settle()
    assert _made_for(administrator, prefix) == []
    assert family.children() == before, "what was granted before stays, and nobody joins"
    assert condition(administrator, "project", family.name)["reason"] == "PolicyMissing"
    assert "nothing new is granted: missing: policy binding teams" in platform.logs(
        "operator", 10_000
    )

    # who only loses something loses it all the same
    administrator.apply(team(family.name, owners=[ALICE], members=[], idpGroup=family.name))
    member = f"ClusterRoleBinding rise:team:{family.name}:member"
    operators.until(
        lambda: "bob" not in json.dumps(family.children()[member]), "bob's right is taken away"
    )
    administrator.apply(team(family.name, **people))

    installed.again()
    for kind in ("project", "team"):
        administrator.kubectl("wait", "--for=condition=Ready", f"{kind}/{prefix}", "--timeout=60s")
    operators.until(lambda: "nina" in json.dumps(family.children()[member]), "nina has joined")
    assert _made_for(administrator, prefix)
    administrator.apply(
        team(family.name, owners=[ALICE], members=["bob@example.com"], idpGroup=family.name)
    )


def _made_for(administrator: Shell, name: str) -> list[str]:
    kinds = "namespaces,clusterroles,clusterrolebindings"
    found: list[Mapping[str, Any]] = administrator.json("kubectl", "get", kinds, "-o", "json")[
        "items"
    ]
    names = [str(each["metadata"]["name"]) for each in found]
    return [each for each in names if each == f"rise-{name}" or f":{name}:" in each]
