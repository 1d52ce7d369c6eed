"""What kubectl prints through the gateway is what it prints to an administrator of the cluster.

`NAME` stands for the same project in both shells, `TIER` for a label that it alone bears.
"""

import json
import re
import shlex
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any
from uuid import uuid4

import pytest
from fixtures.people import Shell, project

pytestmark = pytest.mark.e2e
MALLORY = {"user": "mallory@example.com"}
ALICE = {"user": "alice@example.com"}
AGE = re.compile(r"\b(?:[0-9]+[smhd])+\b|(?<=Age: ).*")


@pytest.fixture(scope="module")
def mine(person: Callable[[str], Shell]) -> Generator[str]:
    """The name of mallory's own project."""
    mallory = person("mallory@example.com")
    name = f"k{uuid4().hex[:6]}"
    wanted = project(name, owner=MALLORY, description="bread")
    wanted["metadata"]["labels"] = {"tier": name}
    mallory.apply(wanted)
    for each in ("Ready", "Mirrored"):  # afterwards nobody changes it: two look at the same
        mallory.kubectl("wait", f"--for=condition={each}", f"project/{name}", "--timeout=60s")
    yield name
    mallory.kubectl("delete", "project", name, "--ignore-not-found", "--wait=false")


@pytest.mark.parametrize(
    "command",
    [
        "get project NAME",
        "get project NAME -o wide --show-labels -L tier",
        "get project NAME -o json --show-managed-fields",
        "get project NAME -o yaml",
        "get project NAME -o name",
        "get project NAME -o jsonpath={.status.conditions[*].type}",
        "get project NAME -o jsonpath-as-json={.spec}",
        "get project NAME -o go-template={{.metadata.uid}}",
        "get project NAME -o custom-columns=N:.metadata.name,U:.spec.owner.user",
        "get project/NAME --server-print=false",
        "get projects -l tier=TIER",
        "get projects -l tier=TIER -o wide --no-headers",
        "get projects -l tier=TIER -o json",
        "get projects -l tier=TIER --chunk-size=1 -o yaml",
        "get projects -l tier=TIER --sort-by=.metadata.creationTimestamp",
        "get projects -l 'tier in (TIER,x),tier!=y,!z' -o name",
        "get projects --field-selector=metadata.name=NAME -o wide",
        "get projects --field-selector=spec.owner.user=mallory@example.com -l tier=TIER -o name",
        "get projects --field-selector=spec.owner.user=bob@example.com -l tier=TIER",
        "get projects --ignore-not-found -l tier=nothing",
        "get rp,rt -l tier=TIER",
        "get rise -l tier=TIER",
        "get --raw /apis/rise.dev/v1alpha1/projects/NAME",
        "get --raw /apis/rise.dev/v1alpha1",
        "get project NAME -w --request-timeout=3s",
        "describe project NAME",
        "describe projects -l tier=TIER",
        "events --for project/NAME -o name",
        "explain project",
        "explain projects.spec.members --recursive",
        "explain team.spec --output=plaintext-openapiv2",
        "api-resources --api-group=rise.dev -o wide",
        "api-versions",
        "auth can-i create projects",
        "auth can-i list teams",
        "wait --for=condition=Ready project/NAME",
        "wait --for=jsonpath={.status.namespace}=rise-NAME project/NAME",
        "wait --for=create project/NAME",
        "wait --for=delete project/NAME-none",
        "wait --for=condition=Stalled project/NAME --timeout=3s",
        "label project NAME tier=TIER",
        "label project NAME tier=other",
        "label project NAME tier=other --overwrite --dry-run=server",
        "annotate project NAME a=b --dry-run=server -o yaml",
        'patch project NAME --type=merge -p {"spec":{"description":"bread"}}',
        'patch project NAME --type=merge -p {"spec":{"unknown":1}}',
        'patch project NAME --type=json -p [{"op":"test","path":"/spec/description","value":"x"}]',
        "patch project NAME --type=strategic -p {}",
        'patch project NAME --type=merge -p {"spec":{"description":7}}',
        "delete project NAME --dry-run=server",
        "delete projects -l tier=nothing",
        "get projects/NAME/nothing",
        "get nothing",
        "rollout status project/NAME",
    ],
)
def test_it_is_as_on_a_cluster_of_ones_own(
    mallory: Shell, administrator: Shell, mine: str, command: str
) -> None:
    words = shlex.split(command.replace("NAME", mine).replace("TIER", mine), posix="'" in command)

    def said_to(shell: Shell) -> CompletedProcess[str]:
        return shell.run("kubectl", *words, exit_code=None)

    with ThreadPoolExecutor(2) as both:
        there, here = both.map(said_to, (administrator, mallory))
    assert _ageless(here.stdout) == _ageless(there.stdout)
    assert _ageless(here.stderr) == _ageless(there.stderr)
    assert here.returncode == there.returncode


def _ageless(text: str) -> str:
    """Return what was printed without ages, and without the room that they take in a column."""
    return re.sub(" +", " ", AGE.sub("AGE", text))


@dataclass(frozen=True)
class Step:
    """One command on files that differ in their description, and what it says."""

    command: str
    says: str
    exit_code: int = 0


STEPS = [
    Step("diff -f cake", "+  name: NAME", 1),
    Step("diff --server-side -f cake", "+  name: NAME", 1),
    Step("create --dry-run=server -f cake", "created (server dry run)"),
    Step("apply --server-side --dry-run=server -f cake", "serverside-applied (server dry run)"),
    Step("create -f cake", "created"),
    Step("create -f cake", "AlreadyExists", 1),
    Step("wait --for=condition=Ready -f cake --timeout=60s", "condition met"),
    Step("diff -f cake", ""),
    Step("diff --server-side -f cake", ""),
    Step("diff --server-side --force-conflicts -f pie", "+  description: pie", 1),
    Step("replace -f pie", "leave metadata.finalizers as it is", 1),
    Step("replace --force -f cake", "replaced"),
    Step("get -f cake -o jsonpath={.spec.description}", "cake"),
    Step("apply view-last-applied -f cake", "no last-applied-configuration annotation", 1),
    Step("apply -f pie", "configured"),
    Step("apply view-last-applied -f pie", "description: pie"),
    Step("apply -f pie", "unchanged"),
    Step("apply --server-side -f cake", "serverside-applied"),
    Step("apply --server-side -f cake", "serverside-applied"),
    Step("edit -f cake", "edited"),
    Step("delete -f cake --cascade=foreground --timeout=60s", "deleted"),
    Step("get -f cake", "NotFound", 1),
    Step("delete -f cake", "NotFound", 1),
]


def test_a_life_from_diff_to_delete(alice: Shell, prefix: str, tmp_path: Path) -> None:
    files: dict[str, str] = {}
    for description in ("cake", "pie"):
        path = tmp_path / f"{description}.json"
        path.write_text(json.dumps(project(prefix, owner=ALICE, description=description)))
        files[description] = str(path)
    editing = Shell("alice", {**alice.env, "KUBE_EDITOR": "sed -i s/cake/crumble/"})
    for step in STEPS:
        words = [files.get(word, word) for word in step.command.split()]
        said = editing.kubectl(*words, exit_code=step.exit_code)
        if step.says:
            assert step.says.replace("NAME", prefix) in said, step
        else:
            assert not said, step


def test_all_is_all_that_one_sees_and_may(
    alice: Shell, mallory: Shell, administrator: Shell, prefix: str
) -> None:
    """As docs/how-to/kubectl.md says: what others own, or what is protected, stays."""
    viewer = [{**MALLORY, "role": "viewer"}]
    alice.apply(project(f"{prefix}-alices", owner=ALICE, members=viewer))
    specs: dict[str, dict[str, Any]] = {"a": {}, "b": {}, "kept": {"deletionProtection": True}}
    for name, spec in specs.items():
        wanted = project(f"{prefix}-{name}", owner=MALLORY, **spec)
        wanted["metadata"]["labels"] = {"set": prefix}
        mallory.apply(wanted)

    def left() -> set[str]:
        names = administrator.kubectl("get", "projects", "-o", "name").split()
        return {name.rsplit("-", 1)[1] for name in names if f"/{prefix}-" in name}

    pruned = ("apply", "--prune", "-l", f"set={prefix}", "-f", "-")
    again = project(f"{prefix}-b", owner=MALLORY)
    again["metadata"]["labels"] = {"set": prefix}
    said = mallory.kubectl(
        *pruned, "--prune-allowlist=rise.dev/v1alpha1/Project", stdin=json.dumps(again), exit_code=1
    )
    assert f"project.rise.dev/{prefix}-a pruned" in said
    assert "deletionProtection" in said
    mallory.kubectl("wait", "--for=delete", f"project/{prefix}-a", "--timeout=60s")
    assert left() == {"alices", "b", "kept"}

    said = mallory.kubectl("delete", "projects", "--all", "--timeout=60s", exit_code=1)
    assert f'"{prefix}-b" deleted' in said
    assert "deletionProtection" in said
    assert f'"{prefix}-alices" is forbidden' in said
    mallory.until(lambda: left() == {"alices", "kept"}, "what was hers is gone, and nothing else")
    unprotected = '{"spec":{"deletionProtection":false}}'
    mallory.kubectl("patch", "project", f"{prefix}-kept", "--type=merge", "-p", unprotected)
