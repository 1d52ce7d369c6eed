"""What the operator shows to probes, to Prometheus and in its log."""

import signal
from pathlib import Path

import operators
import pytest
from family import Family
from operators import Endpoint, second_operator, tokens_in

from rise_local.kubeconfig import token_of
from rise_local.platform import Platform

METRICS = [
    "workqueue_depth",
    "workqueue_adds_total",
    "workqueue_retries_total",
    "workqueue_queue_duration_seconds_count",
    "workqueue_work_duration_seconds_count",
    "workqueue_unfinished_work_seconds",
    "workqueue_longest_running_processor_seconds",
    "controller_runtime_reconcile_total",
    "controller_runtime_reconcile_errors_total",
    "controller_runtime_reconcile_time_seconds_count",
    "controller_runtime_active_workers",
    "rest_client_requests_total",
    "leader_election_master_status",
    "rise_reflector_lists_total",
    "rise_reflector_objects",
    "process_resident_memory_bytes",
]


def test_it_lives_and_is_ready(operator: Endpoint) -> None:
    assert operator.ask("/livez") == (200, "ok\n")
    assert operator.ask("/readyz") == (200, "ok\n")
    assert operator.ask("/else")[0] == 404


@pytest.mark.parametrize("name", METRICS)
def test_it_counts_under_the_names_that_dashboards_know(operator: Endpoint, name: str) -> None:
    status, text = operator.ask("/metrics")
    assert status == 200
    assert any(line.startswith((f"{name} ", f"{name}{{")) for line in text.splitlines())


def test_no_metric_has_a_label_for_each_object(operator: Endpoint, family: Family) -> None:
    family.touch(operator)
    assert family.name not in operator.ask("/metrics")[1]


def test_without_the_api_server_it_lives_and_says_what_is_missing(
    platform: Platform, operator: Endpoint
) -> None:
    platform.stop("kube-apiserver", signal.SIGKILL)  # it would wait for everybody's watches
    try:
        said = "not ready: the API server does not answer\n"
        operators.until(lambda: operator.ask("/readyz") == (503, said), f"it says {said}")
        assert operator.ask("/livez") == (200, "ok\n")
    finally:
        platform.start("kube-apiserver")
        platform.wait_ready()
    operators.until(operator.is_ready, "the operator is ready again")


def test_no_token_is_ever_logged(
    platform: Platform, operator: Endpoint, family: Family, tmp_path: Path
) -> None:
    token = token_of(platform.home.kubeconfig_of("operator"))
    assert token
    assert tokens_in(f"Authorization: Bearer {token}") == [token], "it would not be found"
    settings = {"leader_election": "false", "log_level": "DEBUG"}
    with second_operator(platform, tmp_path / "log", **settings) as second:
        second.endpoint.settle()
        family.touch(operator)
        said = second.text()
    assert "DEBUG" in said
    assert "working: " in said
    for text in (said, platform.logs("operator")):
        assert token not in text
        assert tokens_in(text) == []
        assert "Traceback" not in text
