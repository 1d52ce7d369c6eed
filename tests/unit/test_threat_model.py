"""The pages about security name tests, rows and metrics that there are."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from security.matrix import ROWS

from rise_backend.metrics import Metrics as BackendMetrics
from rise_operator.engine.metrics import Metrics as OperatorMetrics

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/explanation/threat-model.md").read_text()
TESTS = sorted(set(re.findall(r"`(tests/\S+?\.py)::(\w+)`", PAGE)))
NUMBERS = [
    (int(first), int(last or first))
    for said in re.findall(r"[Rr]ows? ([\d, -]+)", PAGE)
    for first, last in re.findall(r"(\d+)(?:-(\d+))?", said)
]
METRIC = re.compile(r"`([a-z_]+)`")
DOORS = (
    "API server",
    "gateway",
    "REST",
    "GitOps",
    "operator",
    "backend",
    "database",
    "Dex",
    "registry",
)


@cache
def _functions(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text())
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in ast.walk(tree) if isinstance(node, kinds)}


@pytest.mark.parametrize(("path", "name"), TESTS)
def test_each_test_that_it_names_is_there(path: str, name: str) -> None:
    assert name in _functions(path)


def test_each_row_that_it_names_is_there() -> None:
    ends = {end for numbers in NUMBERS for end in numbers}
    assert len(TESTS) > 20
    assert len(ends) > 30
    assert sorted(ends - ROWS.keys()) == []


@pytest.mark.parametrize("door", DOORS)
def test_it_speaks_of_every_door(door: str) -> None:
    assert [line for line in PAGE.splitlines() if line.startswith("### ") and door in line]


def test_each_metric_of_the_page_is_measured() -> None:
    page = (ROOT / "docs/reference/metrics.md").read_text()
    names = {
        name
        for line in page.splitlines()
        if line.startswith("| `")
        for name in METRIC.findall(line.split("|")[1])
    }
    measured = (OperatorMetrics().exposition() + BackendMetrics().text()).decode()
    helped = set(re.findall(r"^# HELP (\S+)", measured, re.MULTILINE))
    assert len(names) > 15
    assert sorted(names - helped) == []
