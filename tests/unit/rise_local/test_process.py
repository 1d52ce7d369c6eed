"""What process-compose is told."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from rise_local.home import Home
from rise_local.process import NEVER, Probe, Process, compose

CA = Path("/state/pki/ca.crt")


def told(*processes: Process, root: str = "/state") -> tuple[str, dict[str, dict[str, object]]]:
    text = compose(Home(Path(root)), processes, CA)
    return text, yaml.safe_load(text.replace("$$", "$"))["processes"]


def test_a_failing_probe_never_ends_a_process_for_good() -> None:
    _, processes = told(Process("dex", ["dex"], Probe(url="http://127.0.0.1:1/healthz")))
    probe = processes["dex"]["readiness_probe"]
    assert isinstance(probe, dict)
    assert probe["failure_threshold"] == NEVER
    assert processes["dex"]["availability"] == {"restart": "always", "backoff_seconds": 1}


def test_an_url_is_taken_apart() -> None:
    _, processes = told(Process("etcd", ["etcd"], Probe(url="http://127.0.0.1:23/readyz")))
    probe = processes["etcd"]["readiness_probe"]
    assert isinstance(probe, dict)
    assert probe["http_get"] == {
        "scheme": "http",
        "host": "127.0.0.1",
        "port": "23",
        "path": "/readyz",
    }


def test_a_dollar_is_written_twice() -> None:
    text, _ = told(Process("dex", ["dex", "$HOME"], Probe(command=["true"])))
    assert "$$HOME" in text


def test_braces_in_a_path_are_no_template() -> None:
    _, processes = told(Process("dex", ["dex"], Probe(command=["true"])), root="/{{x}}")
    assert processes["dex"]["working_dir"] == '/{{"{{"}}x}}'


def test_a_process_that_waits_is_not_started_with_the_others() -> None:
    _, processes = told(Process("operator", ["operator"], Probe(command=["true"]), waits=True))
    assert processes["operator"]["disabled"] is True


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"command": ["dex", "serve"]}, id="command"),
        pytest.param({"env": {"ISSUER": "https://b.test"}}, id="a variable's value"),
        pytest.param({"env": {"ISSUER": "https://a.test", "DEBUG": "1"}}, id="one variable more"),
        pytest.param({"env": {}}, id="one variable less"),
        pytest.param({"probe": Probe(command=["false"])}, id="probe"),
        pytest.param({"after": ["postgres"]}, id="what it comes after"),
    ],
)
def test_whatever_a_process_is_started_by_is_told(other: dict[str, Any]) -> None:
    dex = Process("dex", ["dex"], Probe(command=["true"]), env={"ISSUER": "https://a.test"})
    assert told(dex) == told(replace(dex))
    assert told(dex)[0] != told(replace(dex, **other))[0], "`make up` compares the text"
