"""What a renewal of a pull credential costs: writes and CPU, on a platform of its own.

The same operator with the same Projects is measured twice: once while credentials last a day, so
that nothing is to be done, and once while they last a minute. The difference is the renewals'.
Exits with 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

from candidate import Candidate, running
from contest import Contest
from creation import bulk
from judging import judged
from machine import Machine, this_machine
from writes import total

from rise_local import programs
from rise_local.site import Site

LIFE_S = 60
MINTED = "rise_registry_credentials_minted_total"
MANY, HOUR_S = 10_000, 3600
SHARE_GOAL = 0.01  # of a core, while 10,000 Projects are renewed within an hour
WRITES_GOAL = 2.0  # the status that names it, and the Secret


@dataclass(frozen=True)
class Watched:
    """What an operator did in a while."""

    seconds: float
    cpu_s: float
    writes: int
    minted: int


@dataclass(frozen=True)
class Result:
    """Everything that was measured."""

    machine: Machine
    projects: int
    quiet: Watched
    renewing: Watched
    writes_each: float
    cpu_ms_each: float
    share_of_a_core: float  # 10,000 Projects within an hour


def measure(contest: Contest, projects: int, seconds: float) -> Result:
    """Measure for `seconds` with that many Projects, quiet and renewing."""
    names = [f"renewed-{number:05}" for number in range(projects)]
    with running(contest.site) as operator:
        asyncio.run(bulk(contest.site, names, lambda _: None))
        operator.wait_idle(projects)
        quiet = _watched(operator, seconds)
    with running(contest.site, settings=_short_lives(contest.site)) as operator:
        operator.wait_idle(projects)
        asyncio.run(_rotated(contest, names))
        time.sleep(LIFE_S)  # until all of them are in the swing of it
        renewing = _watched(operator, seconds)
    quiet_share = quiet.cpu_s / quiet.seconds
    cpu_s = (renewing.cpu_s - quiet_share * renewing.seconds) / renewing.minted
    return Result(
        machine=this_machine(),
        projects=projects,
        quiet=quiet,
        renewing=renewing,
        writes_each=(renewing.writes - quiet.writes) / renewing.minted,
        cpu_ms_each=cpu_s * 1000,
        share_of_a_core=cpu_s * MANY / HOUR_S,
    )


def missed(result: Result) -> Iterator[str]:
    """Return a sentence for each goal that is missed."""
    if result.quiet.minted or result.quiet.writes:
        yield f"while nothing was to be done the operator did something: {result.quiet}"
    # what is cut off at either end of the time is less than one in fifty
    if not WRITES_GOAL * 0.98 <= result.writes_each <= WRITES_GOAL * 1.02:
        yield f"a renewal takes {result.writes_each:.2f} writes, {WRITES_GOAL:.0f} are needed"
    if result.share_of_a_core > SHARE_GOAL:
        yield f"10,000 renewals in an hour take {result.share_of_a_core:.2%} of a core"


def shown(result: Result) -> Iterator[str]:
    """Return the lines that people read."""
    yield f"machine: {result.machine}"
    for what, it in (("a day", result.quiet), ("a minute", result.renewing)):
        yield (
            f"{result.projects} projects, credentials last {what}: {it.minted} renewals, "
            f"{it.writes} writes, CPU {it.cpu_s:.2f} s in {it.seconds:.0f} s"
        )
    yield f"a renewal: {result.writes_each:.2f} writes, {result.cpu_ms_each:.1f} ms of CPU"
    yield f"10,000 within an hour: {result.share_of_a_core:.2%} of a core"


def _watched(operator: Candidate, seconds: float) -> Watched:
    began, cpu_s, writes, minted = _read(operator)
    time.sleep(seconds)
    ended, cpu_after_s, writes_after, minted_after = _read(operator)
    return Watched(ended - began, cpu_after_s - cpu_s, writes_after - writes, minted_after - minted)


def _read(operator: Candidate) -> tuple[float, float, int, int]:
    minted = int(total(operator.samples(), MINTED))
    return time.monotonic(), operator.cpu_s(), operator.sent().done, minted


def _short_lives(site: Site) -> dict[str, str]:
    registries = json.loads(programs.operator(site).env["RISE_OPERATOR_REGISTRIES"])
    for each in registries:
        each["options"]["pull_seconds"] = LIFE_S
    return {"RISE_OPERATOR_REGISTRIES": json.dumps(registries)}


async def _rotated(contest: Contest, names: list[str]) -> None:
    """Have each credential made anew: from then on each lasts a minute."""
    for name in names:
        mark = "rise.dev/rotate-credentials=2026-01-02T03:04:05Z"
        await asyncio.to_thread(contest.annotate, name, mark)


def main() -> int:
    """Measure, print, and return the exit code."""
    parser = argparse.ArgumentParser(description="Measure what renewals cost.")
    parser.add_argument("--projects", type=int, default=100, help="how many (default: 100)")
    parser.add_argument("--seconds", type=float, default=60.0, help="each time (default: 60)")
    return judged(
        parser,
        lambda contest, options: measure(contest, options.projects, options.seconds),
        shown,
        missed,
    )


if __name__ == "__main__":
    sys.exit(main())
