"""helm, and the chart as it renders without any values."""

import json
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from rise_crds.api import SYSTEM_NAMESPACE
from rise_local.build import binaries
from rise_local.chart import CHART, Manifest, render

Helm = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def helm_program() -> Path:
    return binaries(("helm",))["helm"]


@pytest.fixture(scope="session")
def helm(helm_program: Path) -> Helm:
    """Return a function that runs a command of helm on the chart."""

    def run(
        command: str, values: Mapping[str, Any], namespace: str = SYSTEM_NAMESPACE
    ) -> subprocess.CompletedProcess[str]:
        name = ["rise"] if command == "template" else ["--strict"]
        return subprocess.run(
            [helm_program, command, *name, CHART, "--namespace", namespace, "--values", "-"],
            input=json.dumps(values),
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.fixture(scope="session")
def chart(helm_program: Path) -> list[Manifest]:
    return render(helm_program, {})
