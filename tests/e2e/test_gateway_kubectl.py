"""An unmodified kubectl through the gateway: all that people need is the right to create."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fixtures.foreign import secret
from fixtures.people import Shell, project

pytestmark = pytest.mark.e2e
ALICE = {"user": "alice@example.com"}
BOB = {"user": "bob@example.com"}


@pytest.fixture
def mine(alice: Shell, prefix: str) -> str:
    """The name of alice's own project."""
    alice.apply(project(prefix, owner=ALICE, description="bread"))
    alice.kubectl("wait", "--for=condition=Ready", f"project/{prefix}", "--timeout=60s")
    return prefix


def _lines(text: str, prefix: str) -> list[str]:
    return [line for line in text.splitlines() if prefix in line]


def _listed(shell: Shell, prefix: str, *options: str) -> list[str]:
    answer = shell.json("kubectl", "get", "projects", *options, "-o", "json")
    found = [item["metadata"]["name"] for item in answer["items"]]
    return [name for name in found if name.startswith(prefix)]


def test_get(alice: Shell, administrator: Shell, mine: str, foreign: str) -> None:
    table = alice.kubectl("get", "projects")
    assert foreign not in table
    assert table.split()[:5] == ["NAME", "OWNER", "READY", "REASON", "AGE"]
    (row,) = _lines(table, mine)
    assert row.split()[:4] == [mine, "user:alice@example.com", "True", "Reconciled"]
    assert _lines(alice.kubectl("get", "rise", "-o", "name"), mine) == [f"project.rise.dev/{mine}"]
    there = administrator.json("kubectl", "get", "project", mine, "-o", "json")
    listed = alice.json("kubectl", "get", "projects", "-o", "json")["items"]
    assert [item for item in listed if item["metadata"]["name"] == mine] == [there]


def test_selectors(alice: Shell, mine: str, foreign: str) -> None:
    alice.kubectl("label", "project", mine, f"tier={mine}")
    assert _listed(alice, mine, "-l", f"tier={mine}") == [mine]
    assert _listed(alice, mine, "-l", f"tier in ({mine},x),tier!=y") == [mine]
    assert _listed(alice, mine, "-l", "tier=other") == []
    assert _listed(alice, mine, "-l", "!tier") == []
    assert _listed(alice, mine, "--field-selector", f"metadata.name={mine}") == [mine]
    assert _listed(alice, mine, "--field-selector", f"metadata.name={foreign}") == []
    assert _listed(alice, mine, "--field-selector", f"metadata.name={mine}-none") == []
    assert _listed(alice, mine, "--field-selector", "spec.owner.user=alice@example.com") == [mine]
    assert _listed(alice, mine, "--field-selector", "spec.owner.user=bob@example.com") == []
    said = alice.kubectl("get", "projects", "--field-selector", "spec.suspend=true", exit_code=1)
    assert "field label not supported: spec.suspend" in said


def test_what_the_cluster_says_of_itself(alice: Shell) -> None:
    said = alice.kubectl("explain", "project.spec.owner")
    assert "FIELD: owner <Object>" in said
    assert "Name of the owning Team." in said
    assert "rise:alice@example.com" in alice.kubectl("auth", "whoami")
    assert "Server Version" in alice.kubectl("version")


def _settled(shell: Shell, name: str) -> None:
    """Wait until the operator has answered the last change: nobody writes any more."""
    generation = shell.json("kubectl", "get", "project", name, "-o", "json")["metadata"][
        "generation"
    ]
    for each in (f"jsonpath={{.status.observedGeneration}}={generation}", "condition=Ready"):
        shell.kubectl("wait", f"--for={each}", f"project/{name}", "--timeout=60s")


def test_apply_edit_and_diff(alice: Shell, mine: str) -> None:
    same = project(mine, owner=ALICE, description="bread")
    new = project(mine, owner=ALICE, description="cake")
    assert "unchanged" in alice.apply(same)
    assert alice.kubectl("diff", "-f", "-", stdin=json.dumps(same)) == ""
    assert "+  description: cake" in alice.kubectl(
        "diff", "-f", "-", stdin=json.dumps(new), exit_code=1
    )
    assert "configured" in alice.apply(new, "--dry-run=server")
    assert "configured" in alice.apply(new)
    assert "unchanged" in alice.apply(new)
    _settled(alice, mine)
    assert alice.kubectl("diff", "-f", "-", stdin=json.dumps(new)) == ""

    patch = '{"spec":{"description":"pie"}}'
    assert "patched" in alice.kubectl("patch", "project", mine, "--type=merge", "-p", patch)
    assert "no change" in alice.kubectl("patch", "project", mine, "--type=merge", "-p", patch)
    json_patch = '[{"op":"replace","path":"/spec/description","value":"tart"}]'
    assert "patched" in alice.kubectl("patch", "project", mine, "--type=json", "-p", json_patch)
    editor = {**alice.env, "KUBE_EDITOR": "sed -i s/tart/crumble/"}
    assert "edited" in Shell("alice", editor).kubectl("edit", "project", mine)
    assert "crumble" in alice.kubectl("get", "project", mine, "-o", "yaml")
    assert "annotated" in alice.kubectl("annotate", "project", mine, "example.com/note=hello")
    _settled(alice, mine)
    whole = alice.json("kubectl", "get", "project", mine, "-o", "json")
    whole["spec"]["description"] = "flan"
    assert "replaced" in alice.kubectl("replace", "-f", "-", stdin=json.dumps(whole))
    assert "Conflict" in alice.kubectl("replace", "-f", "-", stdin=json.dumps(whole), exit_code=1)


def test_server_side_apply(alice: Shell, mine: str) -> None:
    server = ("--server-side", "--field-manager=mine")
    wanted = project(mine, owner=ALICE, sourceUrl="https://example.com/shop")
    assert "serverside-applied" in alice.apply(wanted, *server)
    assert "serverside-applied" in alice.apply(wanted, *server)
    other = project(mine, owner=ALICE, sourceUrl="https://example.com/other")
    conflict = alice.apply(other, "--server-side", "--field-manager=other", exit_code=1)
    assert 'conflict with "mine"' in conflict
    assert "serverside-applied" in alice.apply(
        other, "--server-side", "--field-manager=other", "--force-conflicts"
    )
    _settled(alice, mine)
    options = ("--server-side", "--field-manager=other")
    assert alice.kubectl("diff", *options, "-f", "-", stdin=json.dumps(other)) == ""


def test_a_first_server_side_apply_creates(alice: Shell, prefix: str) -> None:
    for description in ("bread", "cakes"):
        wanted = project(prefix, owner=ALICE, description=description)
        assert "serverside-applied" in alice.apply(wanted, "--server-side"), description
    alice.kubectl("wait", "--for=condition=Ready", f"project/{prefix}", "--timeout=60s")
    managed = ("get", "project", prefix, "-o", "json", "--show-managed-fields")
    found = json.loads(alice.kubectl(*managed))
    mine = [each for each in found["metadata"]["managedFields"] if each["manager"] == "kubectl"]
    assert [each["operation"] for each in mine] == ["Apply"]
    assert found["spec"]["description"] == "cakes"


def test_a_first_server_side_apply_follows_the_rules_of_every_creation(
    alice: Shell, administrator: Shell, prefix: str
) -> None:
    said = alice.apply(project(prefix, owner=BOB), "--server-side", exit_code=1)
    assert "owned by yourself" in said
    dry = ("--server-side", "--dry-run=server")
    assert "serverside-applied" in alice.apply(project(prefix, owner=ALICE), *dry)
    assert "NotFound" in administrator.kubectl("get", "project", prefix, exit_code=1)


def test_of_two_people_who_apply_one_new_name_at_once_one_gets_it(
    alice: Shell, bob: Shell, administrator: Shell, prefix: str
) -> None:
    owners = {"alice@example.com": alice, "bob@example.com": bob}

    def applied(owner: str, name: str) -> str:
        wanted = project(name, owner={"user": owner})
        return owners[owner].apply(wanted, "--server-side", "--force-conflicts", exit_code=None)

    with ThreadPoolExecutor(len(owners)) as people:
        for number in range(8):
            name = f"{prefix}-{number}"
            said = dict(zip(owners, people.map(applied, owners, [name] * 2), strict=True))
            won = [owner for owner in owners if "serverside-applied" in said[owner]]
            lost = [owner for owner in owners if "AlreadyExists" in said[owner]]
            assert len(won) == len(lost) == 1, said
            stored = administrator.json("kubectl", "get", "project", name, "-o", "json")
            assert stored["spec"]["owner"] == {"user": won[0]}
            assert won[0] not in said[lost[0]]


def test_apply_and_delete_wait_for_the_end(alice: Shell, administrator: Shell, mine: str) -> None:
    assert "deleted" in alice.kubectl("delete", "project", mine, "--wait", "--timeout=60s")
    assert "NotFound" in administrator.kubectl("get", "project", mine, exit_code=1)
    assert "NotFound" in alice.kubectl("delete", "project", mine, exit_code=1)
    assert alice.kubectl("delete", "project", mine, "--ignore-not-found") == ""
    again = project(mine, owner=ALICE)
    assert "created" in alice.apply(again)
    assert "unchanged" in alice.apply(again), "what was just made can be used at once"
    alice.kubectl("wait", "--for=create", f"project/{mine}", "--timeout=60s")
    alice.kubectl("wait", "--for=condition=Ready", f"project/{mine}", "--timeout=60s")
    name = f"--for=jsonpath={{.status.namespace}}=rise-{mine}"
    alice.kubectl("wait", name, f"project/{mine}", "--timeout=60s")
    assert "deleted" in alice.kubectl("delete", "-f", "-", stdin=json.dumps(again))
    alice.kubectl("wait", "--for=delete", f"project/{mine}", "--timeout=60s")


def test_a_name_may_be_made_by_the_server(alice: Shell, prefix: str) -> None:
    manifest: dict[str, Any] = project("", owner=ALICE)
    manifest["metadata"] = {"generateName": f"{prefix}-"}
    said = alice.kubectl("create", "-f", "-", "-o", "name", stdin=json.dumps(manifest))
    assert said.startswith(f"project.rise.dev/{prefix}-")
    assert "created" in alice.kubectl(
        "create", "--dry-run=server", "-f", "-", stdin=json.dumps(project(prefix, owner=ALICE))
    )
    assert "NotFound" in alice.kubectl("get", "project", prefix, exit_code=1)


@pytest.mark.parametrize(
    "command",
    [
        ("get", "project", "NAME"),
        ("get", "project", "NAME", "-o", "yaml"),
        ("describe", "project", "NAME"),
        ("delete", "project", "NAME"),
        ("label", "project", "NAME", "a=b"),
        ("annotate", "project", "NAME", "a=b"),
        ("edit", "project", "NAME"),
        ("patch", "project", "NAME", "--type=merge", "-p", '{"spec":{"description":"x"}}'),
        ("get", "team", "NAME"),
        ("delete", "team", "NAME"),
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_foreign_and_unknown_are_not_found(
    alice: Shell, foreign: str, command: tuple[str, ...]
) -> None:
    unknown = f"{foreign}-none"
    said = [
        alice.kubectl(*(name if word == "NAME" else word for word in command), exit_code=1)
        for name in (foreign, unknown)
    ]
    kind = "teams" if "team" in command else "projects"
    assert f'{kind}.rise.dev "{foreign}" not found' in said[0]
    assert said[0].replace(foreign, unknown) == said[1]


def test_somebody_elses_name_can_be_neither_taken_nor_read(
    alice: Shell, bob: Shell, foreign: str
) -> None:
    for options in ((), ("--server-side",), ("--dry-run=server",)):
        said = alice.apply(project(foreign, owner=ALICE), *options, exit_code=1)
        assert "AlreadyExists" in said
        assert secret(foreign) not in said
        assert "bob" not in said
    assert secret(foreign) in bob.kubectl("get", "project", foreign, "-o", "yaml")


@pytest.mark.parametrize(
    "what",
    [
        ("get", "nodes"),
        ("get", "namespaces"),
        ("get", "secrets", "-A"),
        ("get", "secrets", "-n", "kube-system"),
        ("get", "pods", "-n", "default"),
        ("get", "events", "-n", "kube-system"),
        ("get", "clusterroles"),
        ("get", "validatingadmissionpolicies"),
        ("create", "namespace", "mine"),
        ("delete", "projects", "--all", "-n", "default", "--as", "rise:bob@example.com"),
        ("get", "projects", "--as", "rise:bob@example.com"),
        ("get", "projects", "--as-group", "system:masters", "--as", "x"),
        ("auth", "whoami", "--as", "system:admin"),
    ],
    ids=" ".join,
)
def test_what_is_not_theirs_is_refused(mallory: Shell, what: tuple[str, ...]) -> None:
    said = mallory.kubectl(*what, exit_code=1)
    if "--as" in what:
        assert "the header impersonate-" in said
        assert "leave out --as and --as-group" in said
    else:
        assert "Forbidden" in said
        assert "rise:mallory@example.com" in said


def test_a_project_opens_its_own_namespace_alone(
    alice: Shell, bob: Shell, mine: str, foreign: str
) -> None:
    assert "No resources found" in alice.kubectl("get", "pods", "-n", f"rise-{mine}")
    assert "Forbidden" in alice.kubectl("get", "pods", "-n", f"rise-{foreign}", exit_code=1)
    assert "Forbidden" in bob.kubectl("get", "pods", "-n", f"rise-{mine}", exit_code=1)
    assert "Forbidden" in alice.kubectl("get", "secrets", "-n", f"rise-{mine}", exit_code=1)
