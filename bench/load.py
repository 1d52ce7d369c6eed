"""A load: so many connections, each of which asks again as soon as its answer is there.

A process of its own, so that it takes nothing from who is measured but its share of the machine.
Standard input has an `Order` as JSON, standard output gets the `Figures`. The parser only looks for
the ends of answers: bodies are neither joined nor decoded.

One connection alone is a blocking socket: an event loop's turns around a single answer took longer
than the quickest server, and would have been counted as its time.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median, quantiles
from typing import Self, cast
from urllib.parse import urlsplit

import httptools
import orjson
import uvloop

WARM_S = 0.2
BUFFER_BYTES = 256 * 1024
PERCENT = 100
LEAST = 2  # answers, for a p99


@dataclass(frozen=True)
class Order:
    """What to ask whom, how many at a time, for how long."""

    url: str
    ca: str = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    method: str = "GET"
    body: str = ""
    connections: int = 1
    seconds: float = 2.0
    status: int = 200
    certificate: str = ""  # files, of the client
    key: str = ""


@dataclass(frozen=True)
class Figures:
    """What came of it."""

    answers: int
    rps: float
    p50_ms: float
    p99_ms: float
    bytes_each: int
    cpu_share: float  # of one core, used by the load itself
    between_us: float = 0.0  # CPU time of whoever stands before the API server, for each answer


class Load:
    """The connections of one order."""

    def __init__(self, order: Order) -> None:
        """Prepare the request, the same each time."""
        url = urlsplit(order.url)
        self.order = order
        self.host, self.port = url.hostname or "", url.port or 80
        self.tls = ssl.create_default_context(cafile=order.ca) if url.scheme == "https" else None
        if self.tls is not None and order.certificate:
            self.tls.load_cert_chain(order.certificate, order.key)
        target = url.path + (f"?{url.query}" if url.query else "")
        lines = [f"{order.method} {target} HTTP/1.1", f"Host: {url.netloc}"]
        lines += [f"{name}: {value}" for name, value in order.headers.items()]
        if order.body:
            lines.append(f"Content-Length: {len(order.body.encode())}")
        self.request = ("\r\n".join(lines) + "\r\n\r\n" + order.body).encode()
        self.taken_s: list[float] = []
        self.bytes = 0
        self.counting = False
        self.ends_at = float("inf")
        self.failure: Exception | None = None

    def run_alone(self) -> Figures:
        """Ask with one connection until the time is up.

        Raises:
            ConnectionError: an answer was not what it should be.
        """
        with _Blocking(self) as asker:
            ends_at = time.perf_counter() + WARM_S
            while time.perf_counter() < ends_at:
                asker.ask()
            began, used_s = time.perf_counter(), time.process_time()
            self.bytes, now = 0, began
            while now < began + self.order.seconds:
                asker.ask()
                asked_at, now = now, time.perf_counter()
                self.taken_s.append(now - asked_at)
        return self._figures(now - began, time.process_time() - used_s)

    async def run(self) -> Figures:
        """Ask with all connections until the time is up.

        Raises:
            ConnectionError: an answer was not what it should be.
        """
        loop = asyncio.get_running_loop()
        askers = [_Asker(self) for _ in range(self.order.connections)]
        name = self.host if self.tls else None
        for asker in askers:
            await loop.create_connection(
                lambda asker=asker: asker, self.host, self.port, ssl=self.tls, server_hostname=name
            )
        for asker in askers:
            asker.ask()
        await asyncio.sleep(WARM_S)
        self.counting, began, used_s = True, time.perf_counter(), time.process_time()
        self.ends_at = began + self.order.seconds
        await asyncio.gather(*(asker.done for asker in askers))
        wall_s = time.perf_counter() - began
        if self.failure is not None:
            raise self.failure
        return self._figures(wall_s, time.process_time() - used_s)

    def check(self, status: int) -> None:
        """Look at what an answer was.

        Raises:
            ConnectionError: it was not what it should be.
        """
        if status != self.order.status:
            raise ConnectionError(f"{self.order.url} answers {status}")

    def _figures(self, wall_s: float, used_s: float) -> Figures:
        return Figures(
            answers=len(self.taken_s),
            rps=len(self.taken_s) / wall_s,
            p50_ms=median(self.taken_s) * 1000,
            p99_ms=_p99(self.taken_s) * 1000,
            bytes_each=self.bytes // max(1, len(self.taken_s)),
            cpu_share=used_s / wall_s,
        )


class _Blocking:
    """One connection that waits for each answer; a context manager."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._complete = False
        self._parser = httptools.HttpResponseParser(self)
        self._buffer = memoryview(bytearray(BUFFER_BYTES))
        plain = socket.create_connection((load.host, load.port))
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        tls = load.tls
        self._socket = tls.wrap_socket(plain, server_hostname=load.host) if tls else plain

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def ask(self) -> None:
        self._complete = False
        self._socket.sendall(self._load.request)
        while not self._complete:
            count = self._socket.recv_into(self._buffer)
            if not count:
                raise ConnectionError(f"{self._load.order.url} hung up")
            self._load.bytes += count
            self._parser.feed_data(self._buffer[:count])
        self._load.check(self._parser.get_status_code())

    def on_message_complete(self) -> None:
        self._complete = True


class _Asker(asyncio.Protocol):
    def __init__(self, load: Load) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._load = load
        self._began = 0.0
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None

    def ask(self) -> None:
        assert self._transport
        self._began = time.perf_counter()
        self._transport.write(self._load.request)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if self._load.counting:
            self._load.bytes += len(data)
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        load, now = self._load, time.perf_counter()
        try:
            load.check(self._parser.get_status_code())
        except ConnectionError as error:
            load.failure = error
        if load.counting:
            load.taken_s.append(now - self._began)
        if now < load.ends_at and load.failure is None:
            self.ask()
        elif not self.done.done():
            self.done.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self._load.failure = ConnectionError(f"{self._load.order.url} hung up: {exc}")
            self.done.set_result(None)


def _p99(taken_s: list[float]) -> float:
    return quantiles(taken_s, n=PERCENT)[-1] if len(taken_s) >= LEAST else max(taken_s)


def measured(order: Order) -> Figures:
    """Run a load in a process of its own.

    Raises:
        ChildProcessError: an answer was not what it should be.
    """
    done = subprocess.run(
        [sys.executable, str(Path(__file__))],
        input=orjson.dumps(asdict(order)),
        capture_output=True,
        check=False,
    )
    if done.returncode != 0:
        raise ChildProcessError(done.stderr.decode().strip().splitlines()[-1])
    return Figures(**orjson.loads(done.stdout))


def main() -> None:
    """Carry out the order in standard input."""
    order = Order(**orjson.loads(sys.stdin.buffer.read()))
    if order.connections == 1:
        figures = Load(order).run_alone()
    else:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            figures = runner.run(Load(order).run())
    sys.stdout.buffer.write(orjson.dumps(figures))


if __name__ == "__main__":
    main()
