"""How often somebody may fail to sign in: by person and by address; what succeeds never counts.

Each key holds a bucket of failures that leaks: `burst` failures at once, then one each `every_s`.
An attempt takes room in the bucket while it lasts, so that a thousand guesses at once are no way
round; whoever finds it full of attempts alone waits for them instead of being refused.

Each process counts by itself: with two replicas somebody may fail twice as often.
"""

import asyncio
import math
import time
from collections.abc import AsyncGenerator, Callable, Collection
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

KEPT = 10_000
WAIT_S = 15.0  # longer than the identity provider may take to answer


@dataclass(frozen=True)
class Rule:
    """How many failures at once, and how long until one is forgotten."""

    burst: int
    every_s: float


PERSON = Rule(burst=10, every_s=30.0)
ADDRESS = Rule(burst=50, every_s=5.0)


class TooManyFailuresError(Exception):
    """Somebody has failed too often; `retry_after_s` is how long until they may try again."""

    def __init__(self, retry_after_s: int) -> None:
        """Remember how long."""
        super().__init__(f"try again in {retry_after_s} s")
        self.retry_after_s = retry_after_s


class Attempt:
    """A sign-in on its way; it counts if `failed` is called."""

    def __init__(self) -> None:
        """Begin as one that succeeds."""
        self.counts = False

    def failed(self) -> None:
        """Count it."""
        self.counts = True


@dataclass
class _Bucket:
    rule: Rule
    failures: float = 0.0
    at: float = 0.0
    open: int = 0

    def leak(self, now: float) -> None:
        """Forget what is long enough ago."""
        self.failures = max(0.0, self.failures - (now - self.at) / self.rule.every_s)
        self.at = now

    def full_for_s(self) -> float:
        """Return how long failures alone fill the bucket; zero: they do not."""
        return max(0.0, (self.failures + 1 - self.rule.burst) * self.rule.every_s)


class Attempts:
    """The buckets; those with the fewest failures are forgotten first when there are too many."""

    def __init__(self, *, kept: int = KEPT, clock: Callable[[], float] = time.monotonic) -> None:
        """Know of no failure, and never of more than `kept` keys."""
        self._kept = kept
        self._clock = clock
        self._buckets: dict[str, _Bucket] = {}
        self._ended = asyncio.Condition()

    def __len__(self) -> int:
        """Return how many keys are remembered."""
        return len(self._buckets)

    @asynccontextmanager
    async def one_more(self, *, address: str, person: str = "") -> AsyncGenerator[Attempt]:
        """Try to sign in from `address`, as `person` if that is known.

        Raises:
            TooManyFailuresError: one of the two has failed too often.
        """
        keys = {f"address {address}": ADDRESS, **({f"person {person}": PERSON} if person else {})}
        buckets = [self._bucket(key, rule) for key, rule in keys.items()]
        await self._room(buckets)
        attempt = Attempt()
        try:
            yield attempt
        finally:
            for bucket in buckets:
                bucket.open -= 1
                bucket.failures += attempt.counts
            async with self._ended:
                self._ended.notify_all()
            self._tidy()

    async def _room(self, buckets: Collection[_Bucket]) -> None:
        """Take room in every bucket, waiting for attempts that may still succeed."""
        deadline = self._clock() + WAIT_S
        while True:
            now = self._clock()
            for bucket in buckets:
                bucket.leak(now)
            full = max(bucket.full_for_s() for bucket in buckets)
            if full > 0 or now > deadline:
                raise TooManyFailuresError(max(1, math.ceil(full)))
            if all(bucket.failures + bucket.open + 1 <= bucket.rule.burst for bucket in buckets):
                for bucket in buckets:
                    bucket.open += 1
                return
            async with self._ended:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._ended.wait(), timeout=WAIT_S)

    def _bucket(self, key: str, rule: Rule) -> _Bucket:
        return self._buckets.setdefault(key, _Bucket(rule, at=self._clock()))

    def _tidy(self) -> None:
        if len(self._buckets) <= self._kept:
            return
        now = self._clock()
        for bucket in self._buckets.values():
            bucket.leak(now)
        ranked = sorted(
            self._buckets.items(),
            key=lambda item: (item[1].open > 0, item[1].failures),
            reverse=True,
        )
        self._buckets = dict(ranked[: self._kept // 2])
