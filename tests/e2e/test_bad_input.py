"""What people get wrong, sent with their own kubectl and rise: a clear refusal, nothing kept."""

import json
from collections.abc import Callable
from typing import Any

import direct
import pytest
from fixtures.people import Shell, project, team

pytestmark = pytest.mark.e2e
ALICE = {"user": "alice@example.com"}


Made = Callable[[str], dict[str, Any]]


def _with(**extra: Any) -> Made:
    return lambda name: project(name, **{"owner": ALICE, **extra})


def _named(change: Callable[[str], str]) -> Made:
    return lambda name: project(change(name), owner=ALICE)


def _team(**spec: Any) -> Made:
    return lambda name: team(name, **spec)


def _finalized(name: str) -> dict[str, Any]:
    metadata = {"name": name, "finalizers": ["example.com/mine"]}
    return project(name, owner=ALICE) | {"metadata": metadata}


@pytest.mark.parametrize(
    ("manifest", "says"),
    [
        pytest.param(_with(colour="red"), 'unknown field "spec.colour"', id="unknown field"),
        pytest.param(_with(suspend="yes"), "spec.suspend", id="wrong type"),
        pytest.param(
            _with(owner={"user": "alice@example.com", "team": "core"}),
            "exactly one of user and team",
            id="two owners",
        ),
        pytest.param(_with(owner={}), "exactly one of user and team", id="no owner"),
        pytest.param(
            _with(owner={"user": "Alice@Example.com"}), "spec.owner.user", id="upper-case address"
        ),
        pytest.param(_named(lambda name: name + "x" * 40), "at most 40", id="name too long"),
        pytest.param(_named(lambda name: f"{name}--x"), "without '--'", id="double hyphen"),
        pytest.param(_named(lambda _: "kube-dns"), "reserved", id="reserved name"),
        pytest.param(
            _with(owner={"user": "bob@example.com"}),
            "you may only create a project owned by yourself",
            id="somebody else's project",
        ),
        pytest.param(
            _with(owner={"team": "no-such-team"}), "requested: team no-such-team", id="unknown team"
        ),
        pytest.param(_finalized, "finalizers may not be set by users", id="finalizer"),
        pytest.param(
            _team(owners=["bob@example.com"]),
            "the creator of a team must be one of its owners",
            id="somebody else's team",
        ),
        pytest.param(
            _team(owners=["alice@example.com"], idpGroup="eng"),
            "bind-group",
            id="a group of the identity provider",
        ),
    ],
)
def test_kubectl_says_what_is_wrong(
    alice: Shell,
    administrator: Shell,
    prefix: str,
    manifest: Made,
    says: str,
) -> None:
    sent = manifest(prefix)
    assert says in alice.apply(sent, exit_code=1)
    plural = f"{sent['kind'].lower()}s"
    assert direct.found(administrator, plural, sent["metadata"]["name"]) == {}


def test_a_taken_name_is_refused_without_saying_whose(
    alice: Shell, bob: Shell, prefix: str
) -> None:
    bob.rise("project", "create", prefix)
    refusal = alice.rise("project", "create", prefix, exit_code=6)
    assert "exists" in refusal
    assert "bob" not in refusal


def test_lines_that_end_in_crlf_are_fine(alice: Shell, prefix: str) -> None:
    manifest = (
        f"apiVersion: rise.dev/v1alpha1\r\nkind: Project\r\nmetadata:\r\n  name: {prefix}\r\n"
        "spec:\r\n  owner:\r\n    user: alice@example.com\r\n"
    )
    alice.kubectl("apply", "-f", "-", stdin=manifest)
    alice.kubectl("wait", "--for=condition=Ready", f"project/{prefix}", "--timeout=60s")


def test_of_several_documents_the_good_ones_are_kept(alice: Shell, prefix: str) -> None:
    good = json.dumps(project(prefix, owner=ALICE))
    bad = json.dumps(project(f"{prefix}-b", owner={"user": "bob@example.com"}))
    said = alice.kubectl("apply", "-f", "-", stdin=f"{good}\n---\n{bad}\n", exit_code=1)
    assert f"project.rise.dev/{prefix} created" in said
    assert "owned by yourself" in said


def test_a_manifest_of_two_megabytes_is_refused(alice: Shell, prefix: str) -> None:
    huge = project(prefix, owner=ALICE, description="x" * 2_000_000)
    said = alice.kubectl("create", "-f", "-", stdin=json.dumps(huge), exit_code=1)
    assert "spec.description" in said or "too large" in said.lower()


def test_a_foreign_namespace_is_not_adopted(
    alice: Shell, administrator: Shell, prefix: str
) -> None:
    administrator.kubectl("create", "namespace", f"rise-{prefix}")
    try:
        alice.apply(project(prefix, owner=ALICE))
        alice.kubectl(
            "wait",
            "--for=jsonpath={.status.conditions[?(@.type=='NamespaceReady')].reason}=NamespaceConflict",
            f"project/{prefix}",
            "--timeout=60s",
        )
        labels = administrator.kubectl("get", "namespace", f"rise-{prefix}", "--show-labels")
        assert "internal.rise.dev" not in labels
        alice.rise("project", "delete", prefix, "--yes")
        administrator.kubectl("get", "namespace", f"rise-{prefix}")
    finally:
        administrator.kubectl("delete", "namespace", f"rise-{prefix}")


def test_an_owner_team_that_appears_later_heals_the_project(
    administrator: Shell, prefix: str
) -> None:
    administrator.apply(project(f"{prefix}-p", owner={"team": prefix}))
    administrator.kubectl(
        "wait",
        "--for=jsonpath={.status.conditions[?(@.type=='Ready')].reason}=OwnerNotFound",
        f"project/{prefix}-p",
        "--timeout=60s",
    )
    administrator.apply(team(prefix, owners=["alice@example.com"]))
    administrator.kubectl("wait", "--for=condition=Ready", f"project/{prefix}-p", "--timeout=60s")


def test_a_wrong_password_is_said_at_once(alice: Shell) -> None:
    said = alice.rise(
        "login", "--email", "carol@example.com", "--password-stdin", stdin="wrong\n", exit_code=4
    )
    assert "password" in said


def test_an_unverified_address_cannot_sign_in(alice: Shell) -> None:
    said = alice.rise(
        "login", "--email", "eve@example.com", "--password-stdin", stdin="password\n", exit_code=4
    )
    assert "verified" in said
    assert "alice@example.com" in alice.rise("whoami")
