"""A restart, a hand-over, and two operators at once by mistake: nothing is written for nothing."""

import signal
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

import operators
import pytest
from family import CLUSTER, Family, remove
from fixtures.people import Shell, project
from operators import Endpoint, second_operator

from rise_crds.api import SYSTEM_NAMESPACE
from rise_local.platform import Platform

ALICE = {"user": "alice@example.com"}
LEASE = "rise-operator"
LEADING = ("holderIdentity", "acquireTime", "leaseTransitions")


@pytest.fixture
def names(prefix: str, administrator: Shell) -> Generator[list[str]]:
    """Names for projects; whatever is made of them is gone afterwards."""
    mine = [f"{prefix}-{number}" for number in range(8)]
    yield mine
    remove(administrator, mine)


def _make(administrator: Shell, names: Sequence[str]) -> None:
    for name in names:
        administrator.apply(project(name, owner=ALICE))


def _ready(administrator: Shell, names: Sequence[str]) -> None:
    what = [f"project/{name}" for name in names]
    administrator.kubectl("wait", "--for=condition=Ready", *what, "--timeout=60s")


def _left(administrator: Shell, prefix: str) -> list[str]:
    found = administrator.kubectl("get", f"projects,{CLUSTER}", "-o", "name").split()
    return [name for name in found if prefix in name]


def _versions(administrator: Shell) -> dict[str, str]:
    """Return the resourceVersion of everything that an operator writes."""
    columns = "KIND:.kind,NS:.metadata.namespace,NAME:.metadata.name,V:.metadata.resourceVersion"
    kinds = f"projects,teams,{CLUSTER},rolebindings,serviceaccounts,events"
    listed = administrator.kubectl(
        "get", kinds, "-A", "--no-headers", "-o", f"custom-columns={columns}"
    )
    return dict(line.rsplit(maxsplit=1) for line in listed.splitlines())


def _lease(administrator: Shell) -> dict[str, Any]:
    """Return who leads, since when, and how often that has changed; "" for nobody."""
    said = administrator.json(
        "kubectl", "-n", SYSTEM_NAMESPACE, "get", "lease", LEASE, "-o", "json"
    )
    return {key: said["spec"].get(key, "") for key in LEADING}


def test_a_restart_writes_nothing(
    platform: Platform, family: Family, operator: Endpoint, administrator: Shell
) -> None:
    operator.settle()
    family.touch(operator)
    before = _versions(administrator)
    platform.stop("operator")
    platform.start("operator")
    many = len(administrator.kubectl("get", "projects", "-o", "name").split())
    operators.until(lambda: operator.reconciles() >= many, "every project is looked at")
    operator.settle()
    assert operator.writes() == 0
    assert _versions(administrator) == before


def test_after_a_kill_nothing_is_written_either_and_the_lease_is_taken_back_at_once(
    platform: Platform, family: Family, operator: Endpoint, administrator: Shell
) -> None:
    family.touch(operator)
    before, lease = _versions(administrator), _lease(administrator)
    operators.killed(platform)
    operators.until(operator.leads, "it leads again")
    operators.until(lambda: operator.reconciles() > 0, "it works again")
    operator.settle()
    assert _lease(administrator) == lease, "it waited for the Lease's end, as a stranger would"
    assert operator.writes() == 0
    assert _versions(administrator) == before


def test_two_at_once_by_mistake_do_no_harm(
    platform: Platform,
    operator: Endpoint,
    administrator: Shell,
    names: list[str],
    tmp_path: Path,
) -> None:
    with second_operator(platform, tmp_path / "log", leader_election="false") as second:
        both = (operator, second.endpoint)
        assert not second.endpoint.leads()
        _make(administrator, names)
        _ready(administrator, names)
        for each in both:
            each.settle()
        assert all(each.reconciles() > 0 for each in both), "only one of them works"

        writes, before = [each.writes() for each in both], _versions(administrator)
        for name in names:
            administrator.kubectl("annotate", "project", name, "rise.dev/touched=1")
        for each in both:
            each.settle()
        assert [each.writes() for each in both] == writes, "they go on writing"
        after = _versions(administrator)
        assert {key for key in after if after[key] != before.get(key)} == {
            key for key in after if key.startswith("Project ") and key.split()[-1] in names
        }

        role = f"rise:project:{names[0]}:owner"
        administrator.kubectl("delete", "clusterrole", role)
        operators.until(
            lambda: any(line.endswith(role) for line in _left(administrator, role)),
            "the role is made anew",
        )
        for each in both:
            each.settle()
        assert 1 <= sum(each.writes() for each in both) - sum(writes) <= 2

        administrator.kubectl("delete", "project", *names, "--timeout=90s")
        operators.until(lambda: not _left(administrator, names[0][:-2]), "nothing is left")
        for each in both:
            each.settle()
        assert second.process.poll() is None
    assert "Traceback" not in second.text()


def test_who_stands_by_takes_over_when_the_leader_says_goodbye(
    platform: Platform,
    operator: Endpoint,
    administrator: Shell,
    names: list[str],
    tmp_path: Path,
) -> None:
    operators.until(operator.leads, "the platform's own operator leads")
    with second_operator(platform, tmp_path / "log") as second:
        _make(administrator, names[:1])
        _ready(administrator, names[:1])
        assert not second.endpoint.leads()
        assert second.endpoint.reconciles() == 0
        assert second.endpoint.writes() == 0

        first = _lease(administrator)["holderIdentity"]
        platform.stop("operator")
        try:
            assert _lease(administrator)["holderIdentity"] != first, "it said goodbye"
            operators.until(second.endpoint.leads, "the second one leads")
            _make(administrator, names[1:2])
            _ready(administrator, names[:2])
        finally:
            platform.start("operator")
        assert second.endpoint.leads()
        assert not operator.leads()
    operators.until(operator.leads, "the platform's own operator leads again")
    _make(administrator, names[2:3])
    _ready(administrator, names[:3])


def test_who_stands_by_takes_over_from_a_dead_leader_when_its_lease_has_ended(
    platform: Platform,
    operator: Endpoint,
    administrator: Shell,
    names: list[str],
    tmp_path: Path,
) -> None:
    operators.until(operator.leads, "the platform's own operator leads")
    with second_operator(platform, tmp_path / "log") as second:
        platform.stop("operator", signal.SIGKILL)
        try:
            operators.until(second.endpoint.leads, "the second one leads")
            _make(administrator, names[:1])
            _ready(administrator, names[:1])
        finally:
            platform.start("operator")
    operators.until(operator.leads, "the platform's own operator leads again")
