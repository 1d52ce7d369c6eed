"""The stage of the attacks (`security.world`) as values, without a server.

The largest objects are left out: what they cost is what they are for, and cost is not modelled.
"""

import copy
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rules.cluster import Cluster
from rules.policy import Object, policies
from security import specs, world
from security.on_namespaces import RUNNER
from security.people import ALICE, CROWD, LEAVING, RAW, SHOP, YOUNG

from rise_crds.api import FINALIZER
from rise_crds.documents import documents

CHART = Path(__file__).parents[1] / "golden/chart/rules.yaml"
NAMESPACES = ("default", "kube-system", "kube-node-lease", "rise-system")
FOREIGN_ROLES = ("view", "cluster-admin")
# What Kubernetes gives its own controller.
NAMESPACE_CONTROLLER = tuple(
    world.granted(
        "namespace-controller",
        world.user(RUNNER),
        world.rule([""], ["namespaces", "namespaces/finalize"], "get", "update", "delete"),
    )
)


def chart() -> list[Object]:
    """Return the chart's policies, bindings and cluster-wide rights, as helm renders them."""
    return documents(CHART.read_text())


def cluster(manifests: Sequence[Object]) -> Cluster:
    """Return everything as the attacks find it, guarded by the policies among `manifests`."""
    rules = [each for each in manifests if "Policy" in each["kind"]]
    rights = [each for each in manifests if "Policy" not in each["kind"]]
    return Cluster([*rights, *objects()], policies(rules))


def objects() -> Iterator[Object]:
    """Yield what `world.build` puts on the stage, as it stands when the operator looks away."""
    teams = {
        name: _object("Team", name, spec)
        for name, spec in specs.TEAM_SPECS.items()
        if name != CROWD
    }
    projects = {name: _object("Project", name, spec) for name, spec in specs.PROJECT_SPECS.items()}
    yield from map(copy.deepcopy, world.careless_rights())
    yield from map(copy.deepcopy, world.children(teams, projects))
    for name, spec in specs.SINCE.items():
        teams[name]["spec"] |= spec
    teams[LEAVING]["metadata"]["deletionTimestamp"] = "2026-01-02T03:04:05Z"
    kinds = {"teams": teams, "projects": projects}
    for (kind, name), marks in specs.MARKS.items():
        if name in kinds[kind]:
            kinds[kind][name]["metadata"] |= copy.deepcopy(dict(marks))
    yield from teams.values()
    yield from projects.values()
    yield _object("Project", YOUNG, specs.ALICES, finalizers=[])
    yield _object("Team", RAW, {"owners": [ALICE.email]}, finalizers=[])
    yield from NAMESPACE_CONTROLLER
    for name in NAMESPACES:
        yield {"kind": "Namespace", "metadata": {"name": name}}
    for name in FOREIGN_ROLES:
        yield {"kind": "ClusterRole", "metadata": {"name": name}, "rules": []}
    pull: Object = copy.deepcopy(specs.SECRET)
    pull["metadata"]["namespace"] = f"rise-{SHOP}"
    yield pull


def _object(
    kind: str, name: str, spec: Mapping[str, Any], *, finalizers: Sequence[str] = (FINALIZER,)
) -> Object:
    armed = {"finalizers": list(finalizers)} if finalizers else {}
    return {
        "apiVersion": "rise.dev/v1alpha1",
        "kind": kind,
        "metadata": {"name": name, "uid": f"uid-of-{name}", **armed},
        "spec": copy.deepcopy(dict(spec)),
        "status": {"observedGeneration": -1},
    }
