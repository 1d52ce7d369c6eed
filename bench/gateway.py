"""The gateway beside the API server itself and `kubectl proxy`, in interleaved rounds.

One backend forwards people's own tokens, another impersonates; all of them have one process, and
the load has one of its own. `kubectl proxy` speaks plain HTTP to its client and checks no token: it
is given that advantage. What impersonation costs the API server itself is seen without a gateway,
with the same headers of the same account. Exits with 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import fmean, median, stdev

import crowd
import impersonated
import orjson
import uvloop
import watchers
from canned import canned
from goal import Goal
from load import Figures, Order, measured
from machine import Machine, cpu_s, this_machine, warn_if_busy
from provider import subject
from stand import Server, Stand, stand

ALICE, AUDITOR = "alice@example.com", "carol@example.com"
DIRECT, PROXY, TOKEN, IMPERSONATE = "direct", "kubectl proxy", "gateway, token", "gateway, as"
DIRECT_AS = "direct, as"
GATEWAYS = (TOKEN, IMPERSONATE)
SHOP = "shop-0000"
OF_ALICE = 50
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
MISSED = 1
HEAD = f"{'p50 ms':>9}{'p99 ms':>9}{'rps':>8}{'load CPU':>10}{'CPU us':>9}"


@dataclass(frozen=True)
class Side:
    """One way to the API server."""

    name: str
    url: str
    headers: Mapping[str, str]
    pid: int = 0  # of who stands between; 0: nobody


@dataclass(frozen=True)
class Sides:
    """What was measured of each side, in the same rounds."""

    rounds: dict[str, list[Figures]] = field(default_factory=dict[str, list[Figures]])

    def typical(self) -> dict[str, Figures]:
        """Return the medians of each side."""
        return {name: _median(figures) for name, figures in self.rounds.items()}

    def ratio(self, name: str, to: str, of: str = "rps") -> float:
        """Return one side's figure as a part of another's, over all rounds."""
        one, other = (fmean(getattr(each, of) for each in self.rounds[side]) for side in (name, to))
        return one / other

    def spread(self, name: str, of: str = "rps") -> float:
        """Return the standard error of a side's mean, as a part of it; of one round, nothing."""
        values = [getattr(each, of) for each in self.rounds[name]]
        if len(values) == 1:
            return 0.0
        return stdev(values) / len(values) ** 0.5 / fmean(values)


@dataclass
class Result:
    """Everything that was measured."""

    machine: Machine
    ceiling_rps: float
    gets: dict[str, Sides] = field(default_factory=dict[str, Sides])
    lists: Sides = field(default_factory=Sides)
    filtered: Sides = field(default_factory=Sides)
    watches: watchers.Figures | None = None
    goals: list[Goal] = field(default_factory=list[Goal])


class Contest:
    """Everything that is measured on one stand."""

    def __init__(self, on: Stand, rounds: int, seconds: float) -> None:
        """Start what takes part."""
        self._stand = on
        self._rounds = rounds
        self._seconds = seconds
        self._tokens: dict[str, str] = {}
        self._proxies: dict[str, Server] = {}
        self.issuer = on.issuer()
        self.own = on.backend("token", on.site.issuer)
        self.impersonating = on.backend("impersonate", self.issuer.url)

    async def fill(self, projects: int) -> None:
        """Create what is asked for: `projects` Projects, 50 of them alice's."""
        owners = [ALICE] * OF_ALICE + [
            watchers.person(number) for number in range(projects - OF_ALICE)
        ]
        manifests = [crowd.project(f"shop-{at:04}", owner) for at, owner in enumerate(owners)]
        async with self._stand.administrator() as session:
            await crowd.created(session, crowd.rights(SHOP, ALICE) + crowd.auditor(AUDITOR))
            await crowd.created(session, manifests)

    def gets(self, connections: int) -> Sides:
        """Measure a GET of one Project."""
        return self._in_turn(self._sides(ALICE, f"{crowd.PROJECTS}/{SHOP}"), connections)

    def lists(self) -> Sides:
        """Measure the list of everything, of somebody who may list everything."""
        return self._in_turn(self._sides(AUDITOR, crowd.PROJECTS), 1)

    def filtered(self) -> Sides:
        """Measure a list of 50 beside the API server's own field selector."""
        auditor = self._token(AUDITOR)
        selected = f"{crowd.PROJECTS}?fieldSelector=spec.owner.user%3D{ALICE}"
        sides: list[Side] = []
        for shape, accept in (("JSON", "application/json"), ("Table", TABLE)):
            asked = {"Accept": accept, "Authorization": f"Bearer {auditor}"}
            sides.append(Side(f"field selector, {shape}", self._stand.api + selected, asked))
            asked = {"Accept": accept, "Authorization": f"Bearer {self._token(ALICE)}"}
            sides.append(Side(f"gateway, {shape}", self.own.url + crowd.PROJECTS, asked))
        return self._in_turn(sides, 1)

    def ceiling(self) -> float:
        """Return the answers per second that the load gets from a server that does nothing."""
        with canned(self._stand.site.authority.pair("bench")) as url:
            return measured(Order(url, self._stand.ca, connections=16, seconds=self._seconds)).rps

    def _token(self, email: str) -> str:
        if email not in self._tokens:
            self._tokens[email] = self._stand.sign_in(self.own, email)
        return self._tokens[email]

    def _sides(self, email: str, path: str) -> list[Side]:
        if email not in self._proxies:
            self._proxies[email] = self._stand.proxy(f"bench-{email}", self._token(email))
        json = {"Accept": "application/json", "Accept-Encoding": "identity"}
        own = {**json, "Authorization": f"Bearer {self._token(email)}"}
        other = {**json, "Authorization": f"Bearer {self.issuer.token(email)}"}
        floor = {**json, **impersonated.headers(self._stand, email, subject(email))}
        return [
            Side(DIRECT, self._stand.api + path, own),
            Side(DIRECT_AS, self._stand.api + path, floor),
            Side(PROXY, self._proxies[email].url + path, json, self._proxies[email].pid),
            Side(TOKEN, self.own.url + path, own, self.own.pid),
            Side(IMPERSONATE, self.impersonating.url + path, other, self.impersonating.pid),
        ]

    def _in_turn(self, sides: Sequence[Side], connections: int) -> Sides:
        """Measure all sides in turn, round after round.

        A round outlasts what the API server does once in a while: with many projects its garbage
        is collected every two seconds, and half of all shorter rounds would meet it.
        """
        found: dict[str, list[Figures]] = {side.name: [] for side in sides}
        for turn in range(self._rounds):
            for side in sides if turn % 2 == 0 else reversed(sides):
                order = Order(
                    side.url,
                    self._stand.ca,
                    side.headers,
                    connections=connections,
                    seconds=self._seconds,
                )
                before = cpu_s(side.pid) if side.pid else 0.0
                each = measured(order)
                used_s = cpu_s(side.pid) - before if side.pid else 0.0
                # the warming up is not counted in answers, but its CPU time is: they are few
                found[side.name].append(replace(each, between_us=used_s / each.answers * 1e6))
        return Sides(found)

    async def watches(self, count: int, seconds: float, per_s: float) -> watchers.Figures:
        """Measure many watches at the impersonating backend."""
        changes = int(seconds * per_s)
        return await watchers.measure(
            self._stand,
            self.impersonating,
            self.issuer,
            first=OF_ALICE,
            watches=count,
            changes=changes,
            per_s=per_s,
        )


def _median(figures: Sequence[Figures]) -> Figures:
    def of(name: str) -> float:
        return median(float(getattr(each, name)) for each in figures)

    return Figures(
        answers=sum(each.answers for each in figures),
        rps=of("rps"),
        p50_ms=of("p50_ms"),
        p99_ms=of("p99_ms"),
        bytes_each=int(of("bytes_each")),
        cpu_share=of("cpu_share"),
        between_us=of("between_us"),
    )


def goals(result: Result) -> Iterator[Goal]:
    """Return each figure beside what it should be."""
    gets = result.gets
    for gateway in GATEWAYS:
        one = gets["1"].typical()
        added = one[gateway].p50_ms - one[DIRECT].p50_ms
        yield Goal(f"GET, 1 connection, {gateway}: added ms", added, 0.9)
        ratio = gets["1"].ratio(gateway, PROXY, "p50_ms")
        yield Goal(f"GET, 1 connection, {gateway}: p50 to proxy", ratio, 1.1)
        for connections, least in (("16", 1.0), ("64", 0.9)):
            what = f"GET, {connections} connections, {gateway}: rps to proxy"
            ratio = gets[connections].ratio(gateway, PROXY)
            yield Goal(what, ratio, least, at_least=True)
        ratio = result.lists.ratio(gateway, PROXY, "p50_ms")
        yield Goal(f"whole list, {gateway}: p50 to proxy", ratio, 1.1)
    for shape in ("JSON", "Table"):
        theirs, ours = f"field selector, {shape}", f"gateway, {shape}"
        ratio = result.filtered.ratio(theirs, ours, "p50_ms")
        what = f"list of {OF_ALICE}, {shape}: times quicker than the field selector"
        yield Goal(what, ratio, 20, at_least=True)
    watches = result.watches
    if watches is not None:
        yield Goal("an idle watch: KiB", watches.kib_each, 50)
        yield Goal("a change of who sees it, at the watcher: most ms", watches.visible_most_ms, 100)
        yield Goal(f"{watches.watches} watches, {watches.changes} changes: lost", watches.lost, 0)


def shown(result: Result) -> Iterator[str]:
    """Return the lines that people read."""
    yield f"machine: {result.machine}"
    yield f"the load alone, 16 connections, TLS: {result.ceiling_rps:.0f} answers/s"
    yield ""
    yield f"{'GET of one Project':<24}{'c':>4}" + HEAD
    for connections, sides in result.gets.items():
        for name, each in sides.typical().items():
            yield f"{name:<24}{connections:>4}{_figures(each)}"
    for connections, sides in result.gets.items():
        yield _added(connections, sides.typical())
        errors = [f"{name} ±{sides.spread(name):.1%}" for name in (PROXY, *GATEWAYS)]
        yield f"c={connections}: standard errors of the answers per second: {', '.join(errors)}"
    yield ""
    for title, sides in (("whole list", result.lists), ("filtered list", result.filtered)):
        for name, each in sides.typical().items():
            yield f"{title}, {name:<26}{each.bytes_each:>10} B{_figures(each)}"
    yield ""
    if result.watches is not None:
        yield str(result.watches)
        yield ""
    yield from map(str, result.goals)


def _added(connections: str, sides: Mapping[str, Figures]) -> str:
    p50_ms = {name: each.p50_ms for name, each in sides.items()}
    floor_ms = p50_ms[DIRECT_AS] - p50_ms[DIRECT]
    token_ms, ours_ms = p50_ms[TOKEN] - p50_ms[DIRECT], p50_ms[IMPERSONATE] - p50_ms[DIRECT_AS]
    return (
        f"c={connections}: impersonation adds {floor_ms:.2f} ms in the API server itself; the "
        f"gateway adds {token_ms:.2f} ms with tokens, {ours_ms:.2f} ms impersonating"
    )


def _figures(each: Figures) -> str:
    times = f"{each.p50_ms:>9.2f}{each.p99_ms:>9.2f}{each.rps:>8.0f}"
    return f"{times}{each.cpu_share:>10.2f}{each.between_us:>9.0f}"


def _measured(options: argparse.Namespace) -> Result:
    with stand() as on:
        contest = Contest(on, options.rounds, options.seconds)
        asyncio.run(contest.fill(options.projects))
        result = Result(this_machine(), contest.ceiling())
        for connections in (1, 16, 64):
            result.gets[str(connections)] = contest.gets(connections)
        result.filtered = contest.filtered()
        result.lists = contest.lists()
        if options.watches:
            flood = contest.watches(options.watches, options.flood, options.rate)
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                result.watches = runner.run(flood)
    result.goals = list(goals(result))
    return result


def main() -> int:
    """Measure, print, and return the exit code."""
    parser = argparse.ArgumentParser(description="Measure the gateway beside kubectl proxy.")
    parser.add_argument("--rounds", type=int, default=8, help="of each side (default: 8)")
    parser.add_argument("--seconds", type=float, default=2.5, help="of a round (default: 2.5)")
    parser.add_argument("--projects", type=int, default=10_000, help="default: 10000")
    parser.add_argument("--watches", type=int, default=2_000, help="default: 2000; 0: none")
    parser.add_argument("--flood", type=float, default=10, help="seconds of changes (default: 10)")
    parser.add_argument("--rate", type=float, default=200, help="changes a second (default: 200)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    options = parser.parse_args()
    warn_if_busy()
    result = _measured(options)
    sys.stdout.write("\n".join(shown(result)) + "\n")
    if options.json:
        options.json.write_bytes(orjson.dumps(result, option=orjson.OPT_INDENT_2))
    missed = [goal for goal in result.goals if not goal.met]
    for goal in missed:
        sys.stderr.write(f"missed: {goal}\n")
    return MISSED if missed else 0


if __name__ == "__main__":
    sys.exit(main())
