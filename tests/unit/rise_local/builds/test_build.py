"""Found in the cache or built into it, by several at once, and when a build is cut short."""

import io
import signal
import subprocess
from pathlib import Path

import psutil
import pytest
from fixtures.go import Workshop

from rise_local.build import Progress
from rise_local.supervisor import until

PATIENCE_S = 60


def at_the_gate(workshop: Workshop) -> int:
    """Wait for a build that has begun; return the process id of its Go."""
    pid = workshop.go.with_name("pid")
    assert until(lambda: pid.is_file() and pid.read_text().endswith("\n"), timeout_s=PATIENCE_S)
    return int(pid.read_text())


def parts(workshop: Workshop) -> list[Path]:
    return list(workshop.shelf.glob(".*.part"))


def finish(run: subprocess.Popen[str]) -> tuple[str, str]:
    said, told = run.communicate(timeout=PATIENCE_S)
    assert run.returncode == 0, told
    return said, told


def test_what_is_in_the_cache_is_not_built_again(workshop: Workshop) -> None:
    first = workshop.build(Progress(io.StringIO()))
    assert workshop.build(Progress(io.StringIO())) == first
    assert workshop.calls("build") == 1


def test_two_runs_at_once_do_not_build_twice(workshop: Workshop) -> None:
    workshop.close()
    first = workshop.apart()
    at_the_gate(workshop)
    second = workshop.apart()
    assert second.stderr is not None
    said = [second.stderr.readline(), second.stderr.readline()]
    assert said[0].startswith("building tool with go1.99.0")
    assert f"waiting for another build of {workshop.shelf.name}, by process {first.pid}" in said[1]
    workshop.open()
    assert finish(first)[0] == finish(second)[0] == f"{workshop.shelf / 'tool'}\n"
    assert workshop.calls("build") == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_build_leaves_nothing(workshop: Workshop, number: signal.Signals) -> None:
    workshop.close()
    with workshop.apart() as run:
        go = at_the_gate(workshop)
        run.send_signal(number)
        run.communicate(timeout=PATIENCE_S)
        assert run.returncode != 0
    assert until(lambda: not psutil.pid_exists(go), timeout_s=PATIENCE_S)
    assert workshop.go.with_name("cleaned").exists(), "Go was not left to clean up"
    assert parts(workshop) == []
    assert not (workshop.shelf / "tool").exists()


def test_after_a_killed_build_its_compiler_is_waited_for_and_its_rest_removed(
    workshop: Workshop,
) -> None:
    workshop.close()
    with workshop.apart() as run:
        at_the_gate(workshop)
        run.kill()
    left = parts(workshop)
    assert [part.read_text() for part in left] == ["half\n"]

    second = workshop.apart()
    assert second.stderr is not None
    assert second.stderr.readline().startswith("building")
    assert "waiting for another build" in second.stderr.readline()
    workshop.open()
    finish(second)
    assert workshop.calls("build") == 2
    assert parts(workshop) == []
    assert (workshop.shelf / "tool").read_text().startswith("a program")
