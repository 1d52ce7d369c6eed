"""One build: counted, finished or explained."""

import io
import re

import pytest
from fixtures.go import Workshop

from rise_local.build import Progress
from rise_local.build.compiler import environment
from rise_local.errors import LocalError


def test_packages_are_counted_while_they_are_compiled(workshop: Workshop) -> None:
    stream = io.StringIO()
    program = workshop.build(Progress(stream, interval_s=0))
    assert program.read_text() == f"a program, built at {workshop.store.tools / 'tool'}\n"
    assert re.findall(r"tool (\d/\d) packages", stream.getvalue()) == ["0/3", "1/3", "2/3", "3/3"]
    assert program.with_name("tool.log").read_text() == "one\ntwo\nthree\n"


@pytest.mark.parametrize(
    ("said", "why"),
    [
        pytest.param(
            "write /tmp/x: no space left on device", "the disk is full: make room", id="no space"
        ),
        pytest.param("link: signal: killed", "for want of memory: end something", id="no memory"),
        pytest.param(
            "dial tcp: lookup proxy: no such host", "cannot be fetched: check the net", id="no net"
        ),
        pytest.param(
            "verifying x: SECURITY ERROR", "not what go.sum says: do not use", id="forged"
        ),
        pytest.param("main.go:1: syntax error", "Go refuses: read the log", id="anything else"),
    ],
)
def test_a_refusal_is_one_sentence_and_names_the_log(
    workshop: Workshop, said: str, why: str
) -> None:
    workshop.go.with_name("refusal").write_text(f"compiling\n{said}\n")
    with pytest.raises(LocalError) as refused:
        workshop.build(Progress(io.StringIO()))
    log = workshop.shelf / "tool.log"
    assert why in refused.value.message
    assert refused.value.message.endswith(f"The log: {log}")
    assert len(refused.value.message.splitlines()) == 1
    assert said in log.read_text()
    assert [each.name for each in workshop.shelf.iterdir()] == ["tool.log"]


def test_a_refused_build_is_tried_again(workshop: Workshop) -> None:
    refusal = workshop.go.with_name("refusal")
    refusal.write_text("no\n")
    with pytest.raises(LocalError):
        workshop.build(Progress(io.StringIO()))
    refusal.unlink()
    assert workshop.build(Progress(io.StringIO())).is_file()


def test_the_machines_own_go_settings_change_nothing() -> None:
    machine = {"PATH": "/bin", "GOFLAGS": "-tags=x", "GOARCH": "mips", "GOPROXY": "https://p"}
    assert environment(machine) == {
        "PATH": "/bin",
        "GOPROXY": "https://p",
        "CGO_ENABLED": "0",
        "GOFLAGS": "-mod=readonly",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
    }
