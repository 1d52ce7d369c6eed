"""What the API server's own decisions cost when there are many projects, asked without a gateway.

Each project has a role and a binding, as the operator makes them: RBAC walks the bindings for every
check, the admission policies make checks of their own. alice reads and patches one Project (the
patch changes nothing: every policy runs, nothing is stored), by her own token and as the gateway's
account impersonates her. The floor is the same GET in the same rounds by an administrator of the
group `system:masters`, for whom the API server asks no authorizer. Exits with 1 when a goal is
missed.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import crowd
import impersonated
import orjson
from load import Order, measured
from machine import Machine, this_machine, warn_if_busy
from provider import subject
from stand import Stand, stand

ALICE = "alice@example.com"
SHOP = "shop"
MERGE = "application/merge-patch+json"
MISSED = 1
# Milliseconds at a number of projects, measured by the research that this design rests on. It was
# another machine: what they are to each other can be asked for, not the milliseconds.
RESEARCH_MS = {
    (0, "GET", "token"): 1.1,
    (0, "GET", "as"): 1.6,
    (0, "PATCH", "token"): 2.7,
    (0, "PATCH", "as"): 3.7,
    (1_000, "GET", "token"): 1.3,
    (1_000, "GET", "as"): 1.5,
    (1_000, "PATCH", "token"): 4.0,
    (1_000, "PATCH", "as"): 3.2,
    (10_000, "GET", "token"): 3.8,
    (10_000, "GET", "as"): 2.7,
    (10_000, "PATCH", "token"): 6.1,
    (10_000, "PATCH", "as"): 4.5,
}
RESEARCH_FLOOR_MS = RESEARCH_MS[0, "GET", "token"]  # an administrator was not measured: less
FLOOR = ("GET", "administrator")
PEOPLE = ("token", "as")


@dataclass(frozen=True)
class Row:
    """One figure."""

    projects: int
    method: str
    way: str
    p50_ms: float
    to_floor: float

    @property
    def goal(self) -> float | None:
        """How often the floor it should be at most; None: nobody has measured that."""
        seen_ms = RESEARCH_MS.get((self.projects, self.method, self.way))
        return None if seen_ms is None else seen_ms / RESEARCH_FLOOR_MS

    @property
    def missed(self) -> bool:
        """Whether it takes longer than it should."""
        return self.goal is not None and self.to_floor > self.goal


@dataclass
class Result:
    """Everything that was measured."""

    machine: Machine
    rows: list[Row] = field(default_factory=list[Row])


class Contest:
    """One API server that gets more and more bindings."""

    def __init__(self, on: Stand, rounds: int, seconds: float) -> None:
        """Make alice's Project."""
        self._stand = on
        self._rounds = rounds
        self._seconds = seconds
        self._had = -1
        token = on.sign_in(on.backend("token", on.site.issuer), ALICE)
        own = {"Authorization": f"Bearer {token}"}
        self._ways = {"token": own, "as": impersonated.headers(on, ALICE, subject(ALICE))}
        self._administrator = on.site.authority.pair("admin")

    async def grow(self, projects: int) -> None:
        """Have a role and a binding for that many projects besides alice's."""
        added = range(max(0, self._had), projects)
        async with self._stand.administrator() as session:
            if self._had < 0:
                await crowd.created(session, [crowd.project(SHOP, ALICE)])
                await crowd.created(session, crowd.rights(SHOP, ALICE))
            everything = [
                each
                for at in added
                for each in crowd.rights(f"other-{at:05}", f"owner-{at:05}@bench.example.com")
            ]
            await crowd.created(session, everything)
        self._had = projects

    def measure(self) -> Iterator[Row]:
        """Measure both requests both ways, in turn."""
        sides = [FLOOR, *((method, way) for method in ("GET", "PATCH") for way in PEOPLE)]
        taken: dict[tuple[str, str], list[float]] = {side: [] for side in sides}
        for side in sides:  # a server that has just started is slower: this round does not count
            measured(self._order(*side))
        for turn in range(self._rounds):
            for side in sides if turn % 2 == 0 else reversed(sides):
                taken[side].append(measured(self._order(*side)).p50_ms)
        p50_ms = {side: median(figures) for side, figures in taken.items()}
        for side, each_ms in p50_ms.items():
            yield Row(self._had, *side, each_ms, each_ms / p50_ms[FLOOR])

    def _order(self, method: str, way: str) -> Order:
        url = f"{self._stand.api}{crowd.PROJECTS}/{SHOP}"
        if (method, way) == FLOOR:
            return Order(
                url,
                self._stand.ca,
                seconds=self._seconds,
                certificate=str(self._administrator.certificate),
                key=str(self._administrator.key),
            )
        headers = self._ways[way]
        if method == "GET":
            return Order(url, self._stand.ca, headers, seconds=self._seconds)
        headers = {**headers, "Content-Type": MERGE}
        spec = crowd.project(SHOP, ALICE)["spec"]
        body = orjson.dumps({"spec": {"description": spec["description"]}}).decode()
        return Order(url, self._stand.ca, headers, "PATCH", body, seconds=self._seconds)


def shown(result: Result) -> Iterator[str]:
    """Return the lines that people read."""
    yield f"machine: {result.machine}"
    yield f"{'projects':>9}  {'':<19}{'p50 ms':>8}{'to floor':>10}    goal"
    for row in result.rows:
        goal = "" if row.goal is None else f"{row.goal:>8.2f}"
        what = f"{row.method}, {row.way}"
        yield f"{row.projects:>9}  {what:<19}{row.p50_ms:>8.2f}{row.to_floor:>10.2f}{goal}"


def _measured(sizes: Sequence[int], rounds: int, seconds: float) -> Result:
    result = Result(this_machine())
    with stand() as on:
        contest = Contest(on, rounds, seconds)
        for projects in sorted({0, *sizes}):
            asyncio.run(contest.grow(projects))
            result.rows += contest.measure()
    return result


def main() -> int:
    """Measure, print, and return the exit code."""
    parser = argparse.ArgumentParser(description="Measure what authorization costs.")
    parser.add_argument("--projects", type=int, nargs="*", default=[1_000], help="default: 1000")
    parser.add_argument("--rounds", type=int, default=3, help="of each request (default: 3)")
    parser.add_argument("--seconds", type=float, default=2, help="of a round (default: 2)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    options = parser.parse_args()
    warn_if_busy()
    result = _measured(options.projects, options.rounds, options.seconds)
    sys.stdout.write("\n".join(shown(result)) + "\n")
    if options.json:
        options.json.write_bytes(orjson.dumps(result, option=orjson.OPT_INDENT_2))
    missed = [row for row in result.rows if row.missed]
    for row in missed:
        what = f"{row.method}, {row.way}, {row.projects} projects"
        sys.stderr.write(f"missed: {what}: {row.to_floor:.2f} x floor, goal {row.goal:.2f}\n")
    return MISSED if missed else 0


if __name__ == "__main__":
    sys.exit(main())
