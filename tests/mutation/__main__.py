"""Change the chart's policies in one thing after the other: each change has to fail some test."""

import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache

from mutation.mutants import Mutant, mutants
from rules import stage
from rules.cluster import Cluster
from rules.verdict import complaints


@lru_cache(maxsize=1)
def _cluster() -> Cluster:
    """Return the chart's own; each process evaluates with one of its own."""
    return stage.cluster(stage.chart())


def _killer(mutant: Mutant) -> str:
    """Return the first test that notices; nothing when none does."""
    return next(complaints(_cluster(), mutant.manifest, mutant.binding), "")


def _all(named: list[str]) -> Iterator[Mutant]:
    for policy in _cluster().policies:
        if not named or policy.name in named:
            assert policy.binding
            yield from mutants(policy.manifest, policy.binding)


def main() -> int:
    """Report the mutants that nobody notices; with arguments, of the policies named so."""
    started = time.monotonic()
    every = list(_all(sys.argv[1:]))
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        killed = list(pool.map(_killer, every, chunksize=8))
    survivors = [mutant for mutant, by in zip(every, killed, strict=True) if not by]
    for mutant in survivors:
        print(mutant.title)
    seconds = time.monotonic() - started
    print(f"{len(survivors)} of {len(every)} changes pass unnoticed, {seconds:.0f} s")
    return bool(survivors)


if __name__ == "__main__":
    sys.exit(main())
