"""How many requests were answered, and how long that took.

Counted in plain dictionaries and put in the library's form when /metrics is asked for: each of the
library's own counters takes a lock, and three of them were a twentieth of a request.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from itertools import accumulate

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

BUCKETS_S = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_BOUNDS = (*map(str, BUCKETS_S), "+Inf")


class Answers(Collector):
    """The answers of one backend; to be used from its event loop alone."""

    def __init__(self) -> None:
        """Begin at zero."""
        self._counts: defaultdict[tuple[str, str, str], int] = defaultdict(int)
        self._durations: defaultdict[str, list[int]] = defaultdict(lambda: [0] * len(_BOUNDS))
        self._seconds: defaultdict[str, float] = defaultdict(float)

    def count(self, surface: str, method: str, code: int, seconds: float | None) -> None:
        """Count an answer; `seconds` until its end, None: it was a stream."""
        self._counts[surface, method, str(code)] += 1
        if seconds is not None:
            self._durations[surface][bisect_left(BUCKETS_S, seconds)] += 1
            self._seconds[surface] += seconds

    def collect(self) -> Iterator[Metric]:
        """Return what was counted, as /metrics shows it."""
        requests = CounterMetricFamily(
            "rise_backend_requests",
            "Requests answered, by surface (rest, gateway, own), method and status code",
            labels=["surface", "method", "code"],
        )
        for labels, count in self._counts.items():
            requests.add_metric(labels, count)
        yield requests
        duration = HistogramMetricFamily(
            "rise_backend_request_duration_seconds",
            "Time to the end of the answer; watches and logs are not counted",
            labels=["surface"],
        )
        for surface, counts in self._durations.items():
            buckets = list(zip(_BOUNDS, accumulate(counts), strict=True))
            duration.add_metric([surface], buckets, self._seconds[surface])
        yield duration
