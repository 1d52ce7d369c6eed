"""Many Projects at once: the operator beside a floor, in the same run, on a platform of their own.

The floor is a bare client that sends the very requests that the operator sends. Both take turns
(floor, operator, operator, floor, …), so that neither gets the fresher machine each time. Each
operator first meets what the others made, and the last one has nothing to do at all: neither may
write anything then. Exits with 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from candidate import start_s
from contest import FLOOR, OPERATOR, WORKERS, Contest, Restart, Round
from judging import judged
from machine import Machine, this_machine
from writes import Writes

WALL_GOAL = 1.5


@dataclass(frozen=True)
class Result:
    """Everything that was measured."""

    machine: Machine
    projects: int  # in each round
    workers: int
    needed: int  # writes for one Project
    rounds: list[Round]
    wall_ratio: float
    cpu_ratio: float
    restart: Restart
    start_cpu_s: float


def measure(contest: Contest, size: int, pairs: int) -> Result:
    """Measure `pairs` rounds of each side, with `size` Projects.

    Raises:
        AssertionError: the figures would not mean what they say.
    """
    contest.record()
    rounds: list[Round] = []
    for pair in range(pairs):
        sides = (contest.by_floor, contest.by_operator)
        rounds += [side(size) for side in (sides if pair % 2 == 0 else reversed(sides))]
    adoption = contest.restart()  # the last floor's Projects have no rows yet
    if adoption.writes != Writes():
        raise AssertionError(f"the operator mends what the floor made: {adoption.writes}")
    return Result(
        machine=this_machine(),
        projects=size,
        workers=WORKERS,
        needed=contest.needed,
        rounds=rounds,
        wall_ratio=_mean(rounds, OPERATOR, "wall_s") / _mean(rounds, FLOOR, "wall_s"),
        cpu_ratio=_mean(rounds, OPERATOR, "cpu_s") / _mean(rounds, FLOOR, "cpu_s"),
        restart=contest.restart(),
        start_cpu_s=start_s(contest.site),
    )


def missed(result: Result) -> Iterator[str]:
    """Return a sentence for each goal that is missed."""
    if result.wall_ratio > WALL_GOAL:
        yield f"the operator takes {result.wall_ratio:.2f} x the floor, the goal is {WALL_GOAL} x"
    needed = result.needed * result.projects
    for each in result.rounds:
        if each.writes.done != needed:
            yield f"the {each.who} wrote {each.writes.done} times, {needed} writes are needed"
    if result.restart.writes.done or result.restart.writes.refused:
        yield f"a restart writes: {result.restart.writes}"
    if result.restart.rows_written:
        yield "a restart writes rows that were right"


def shown(result: Result) -> Iterator[str]:
    """Return the lines that people read."""
    yield f"machine: {result.machine}"
    yield (
        f"{result.projects} projects a round, {result.workers} at a time, "
        f"{result.needed} writes needed for each"
    )
    yield ""
    yield f"{'':<10}{'wall s':>8}{'CPU s':>8}{'writes':>8}{'refused':>9}{'peak MiB':>10}"
    for each in result.rounds:
        writes = f"{each.writes.done:>8}{each.writes.refused:>9}"
        yield f"{each.who:<10}{each.wall_s:>8.2f}{each.cpu_s:>8.2f}{writes}{each.peak_mib:>10.0f}"
    yield f"{'ratio':<10}{result.wall_ratio:>8.2f}{result.cpu_ratio:>8.2f}"
    yield ""
    restart = result.restart
    yield (
        f"restart with {restart.projects} projects: {restart.wall_s:.1f} s, "
        f"CPU {restart.cpu_s:.2f} s (a start without any takes {result.start_cpu_s:.2f}), "
        f"{restart.writes.done} writes, peak {restart.peak_mib:.0f} MiB"
    )


def _mean(rounds: Sequence[Round], who: str, what: str) -> float:
    figures = [float(getattr(each, what)) for each in rounds if each.who == who]
    return sum(figures) / len(figures)


def main() -> int:
    """Measure, print, and return the exit code."""
    parser = argparse.ArgumentParser(description="Measure the operator beside a floor.")
    parser.add_argument("--projects", type=int, default=200, help="in each round (default: 200)")
    parser.add_argument("--pairs", type=int, default=2, help="rounds of each side (default: 2)")
    return judged(
        parser,
        lambda contest, options: measure(contest, options.projects, options.pairs),
        shown,
        missed,
    )


if __name__ == "__main__":
    sys.exit(main())
