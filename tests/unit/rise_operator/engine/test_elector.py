"""Who leads: one at a time, and somebody soon after the leader is gone."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import pytest
from clockwork import now, settled

from rise_operator.engine.elector import DURATION_S, RENEW_S, RETRY_S, Elector
from rise_operator.engine.metrics import Metrics
from rise_operator.engine.refusals import Away, Conflict, NotFound
from rise_operator.engine.resource import Resource

Body = dict[str, Any]


@dataclass
class Server:
    """A place for one Lease, with the API server's rule: replace exactly what was read."""

    lease: Body | None = None
    writes: int = 0
    written_at: float = 0
    meddle: Callable[[], None] = lambda: None  # runs between a read and the write that follows

    def touch(self) -> None:
        """Do what `kubectl annotate` does: a new version, and nothing else."""
        assert self.lease is not None
        self.writes += 1
        self.written_at = now()
        self.lease["metadata"]["resourceVersion"] = str(self.writes)

    @property
    def holder(self) -> str:
        assert self.lease is not None
        return str(self.lease["spec"]["holderIdentity"])


@dataclass
class Line:
    """One operator's way to the server, which may be cut, or silent."""

    server: Server
    cut: bool = False
    silent: bool = False
    slow_s: float = 0  # so late comes the answer to what was stored

    async def get(self, resource: Resource, name: str, namespace: str = "") -> Body:
        await self._reached(resource, name, namespace)
        if self.server.lease is None:
            raise NotFound(name)
        return deepcopy(self.server.lease)

    async def create(self, resource: Resource, manifest: Body) -> Body:
        await self._reached(resource, manifest["metadata"]["name"], "rise-system")
        if self.server.lease is not None:
            raise Conflict("it exists")
        return await self._stored(manifest)

    async def replace(self, resource: Resource, manifest: Body) -> Body:
        self.server.meddle()
        await self._reached(resource, manifest["metadata"]["name"], "rise-system")
        lease = self.server.lease
        version = manifest["metadata"]["resourceVersion"]
        if lease is None or lease["metadata"]["resourceVersion"] != version:
            raise Conflict("it has changed")
        return await self._stored(manifest)

    async def _stored(self, manifest: Body) -> Body:
        self.server.lease = deepcopy(manifest)
        self.server.touch()
        answer = deepcopy(self.server.lease)
        await asyncio.sleep(self.slow_s)
        return answer

    async def _reached(self, resource: Resource, name: str, namespace: str) -> None:
        assert (resource.plural, namespace, name) == ("leases", "rise-system", "rise-operator")
        if self.silent:
            await asyncio.Event().wait()
        if self.cut:
            raise Away("no route")


@dataclass
class Candidate:
    """One operator, and when it began and ceased to lead."""

    line: Line
    elector: Elector
    metrics: Metrics
    began: list[float] = field(default_factory=list[float])
    ceased: list[float] = field(default_factory=list[float])

    @property
    def leads(self) -> bool:
        return self.elector.leading.is_set()

    async def watch(self) -> None:
        while True:
            await self.elector.leading.wait()
            self.began.append(now())
            await self.elector.resigned.wait()
            self.ceased.append(now())


@asynccontextmanager
async def candidate(
    server: Server, identity: str = "a_8080", after_s: float = 0
) -> AsyncGenerator[Candidate]:
    metrics = Metrics()
    line = Line(server)
    elector = Elector(
        line, "rise-system", "rise-operator", identity=identity, metrics=metrics, clock=now
    )
    it = Candidate(line, elector, metrics)
    await asyncio.sleep(after_s)
    tasks = {asyncio.create_task(it.watch()), asyncio.create_task(elector.run())}
    try:
        yield it
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def test_the_first_one_leads_at_once() -> None:
    server = Server()
    async with candidate(server) as first:
        await settled()
        assert first.leads
        assert server.lease is not None
        spec = server.lease["spec"]
        assert spec["holderIdentity"] == "a_8080"
        assert (spec["leaseDurationSeconds"], spec["leaseTransitions"]) == (15, 0)


async def test_a_leader_renews_and_a_second_one_stands_by() -> None:
    server = Server()
    async with candidate(server) as first, candidate(server, "b_8080", 1) as second:
        await asyncio.sleep(600)
        assert first.began == [0]
        assert first.ceased == []
        assert not second.began
        assert 300 <= server.writes <= 400


async def test_the_next_one_begins_within_one_try_after_a_goodbye() -> None:
    server = Server()
    async with candidate(server) as first, candidate(server, "b_8080", 1) as second:
        await asyncio.sleep(60)
        await first.elector.release()
        assert not first.leads
        first.line.cut = True  # its process has ended
        left_at = now()
        await second.elector.leading.wait()
        assert now() - left_at <= RETRY_S
        assert server.lease is not None
        assert server.lease["spec"]["leaseTransitions"] == 1


@pytest.mark.parametrize("slow_s", [0, 1, 4], ids=["at once", "after 1 s", "after 4 s"])
@pytest.mark.parametrize("how", ["cut", "silent"])
async def test_who_cannot_renew_ceases_in_time_and_the_next_one_begins_later(
    how: str, slow_s: float
) -> None:
    server = Server()
    async with candidate(server) as first, candidate(server, "b_8080", 1) as second:
        first.line.slow_s = slow_s
        for _ in range(8):  # the tries are not in step: each time it is another moment
            await asyncio.sleep(100)
            setattr(first.line, how, True)
            renewed_at = server.written_at
            await second.elector.leading.wait()
            ceased, began = first.ceased[-1], second.began[-1]
            assert 0 < ceased - renewed_at <= RENEW_S
            assert DURATION_S <= began - renewed_at <= DURATION_S + 2 * RETRY_S
            await second.elector.release()
            second.line.cut = True
            setattr(first.line, how, False)
            await first.elector.leading.wait()
            second.line.cut = False


async def test_a_short_outage_changes_nothing() -> None:
    server = Server()
    async with candidate(server) as first, candidate(server, "b_8080", 1) as second:
        for _ in range(5):
            await asyncio.sleep(30)
            first.line.cut = True
            await asyncio.sleep(RENEW_S - 2 * RETRY_S - 0.5)
            first.line.cut = False
        assert first.began == [0]
        assert first.ceased == []
        assert not second.began


async def test_after_an_outage_for_all_one_of_them_leads_again() -> None:
    server = Server()
    async with candidate(server) as first, candidate(server, "b_8080", 1) as second:
        await asyncio.sleep(30)
        for each in (first, second):
            each.line.cut = True
        await asyncio.sleep(120)
        assert not first.leads
        for each in (first, second):
            each.line.cut = False
        await asyncio.sleep(3 * RETRY_S)
        assert [first.leads, second.leads].count(True) == 1


async def test_a_restarted_process_takes_its_own_lease_back_at_once() -> None:
    server = Server()
    async with candidate(server):
        await settled()
    async with candidate(server) as again:
        await settled()
        assert again.leads
        assert server.lease is not None
        assert server.lease["spec"]["leaseTransitions"] == 0


async def test_a_stranger_waits_for_the_lease_of_a_dead_one_by_its_own_clock() -> None:
    server = Server()
    async with candidate(server):
        await settled()
    assert server.lease is not None
    server.lease["spec"]["renewTime"] = "1999-01-01T00:00:00.000000Z"  # a clock that is wrong
    async with candidate(server, "b_8080") as stranger:
        await stranger.elector.leading.wait()
        assert DURATION_S <= now() <= DURATION_S + RETRY_S


async def test_somebody_who_edits_the_lease_does_not_unseat_the_leader() -> None:
    server = Server()
    async with candidate(server) as first:
        await asyncio.sleep(10)
        meddled: list[float] = []

        def meddle() -> None:
            if len(meddled) < 2:
                meddled.append(now())
                server.touch()

        server.meddle = meddle
        await asyncio.sleep(30)
        assert len(meddled) == 2
        assert first.ceased == []


async def test_a_lease_that_is_deleted_is_made_anew_by_one() -> None:
    server = Server()
    async with candidate(server) as first, candidate(server, "b_8080", 1) as second:
        for _ in range(10):
            await asyncio.sleep(20)
            server.lease = None
            await asyncio.sleep(20)
            assert [first.leads, second.leads].count(True) == 1


async def test_of_two_that_find_the_lease_ended_one_wins() -> None:
    server = Server()
    async with candidate(server):
        await settled()
    async with candidate(server, "b_8080") as one, candidate(server, "c_8080") as other:
        await asyncio.sleep(60)
        assert [one.leads, other.leads].count(True) == 1
        assert len(one.began) + len(other.began) == 1


async def test_the_metric_tells_who_leads() -> None:
    server = Server()
    async with candidate(server) as first, candidate(server, "b_8080", 1) as second:
        await asyncio.sleep(10)
        found = [
            each.metrics.registry.get_sample_value(
                "leader_election_master_status", {"name": "rise-operator"}
            )
            for each in (first, second)
        ]
        assert found == [1, 0]
